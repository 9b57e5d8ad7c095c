"""The pictures in a request: a form, the bytes of one file, or JSON with base64."""

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass
from email.message import Message
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser

from kanjian.serve.limits import Limits, Refused

if TYPE_CHECKING:
    from python_multipart.multipart import MultipartCallbacks

# The last is what curl --data-binary says of any file unless it is told
_RAW = ("", "application/octet-stream", "application/x-www-form-urlencoded")
# Of pictures in JSON there are few, of numbers many; a list costs ten times as much as a number
_OBJECTS, _LISTS = 50_000, 200_000
_SLICE = 1 << 20
_NAME = 200  # letters of a name that are kept; it is only said back, never opened


@dataclass(frozen=True)
class Sent:
    """One picture as it came.

    Args:
        name: Only to tell the answers apart: it is said back and never touches a disk.
        data: The bytes of the file.
    """

    name: str
    data: bytes


class Encoded(BaseModel):
    """A picture in JSON: the bytes of its file in base64, or a data URL of it."""

    model_config = ConfigDict(extra="forbid")
    data: str
    name: str | None = None


class Question(BaseModel):
    """What JSON asks about."""

    model_config = ConfigDict(extra="forbid")
    pictures: list[str | Encoded] = Field(min_length=1)


def pictures_of(body: bytes, content_type: str, limits: Limits) -> list[Sent]:
    """The pictures in the body of a request, by what it says it is.

    Args:
        body: All of it.
        content_type: multipart/form-data: every part is a picture; application/json:
            {"pictures": ["base64", {"name": …, "data": "base64"}, …]}; image/…,
            application/octet-stream, application/x-www-form-urlencoded or nothing at all:
            the bytes of one picture.
        limits: How many there may be.

    Raises:
        Refused: If it is of another kind, is not what it says, holds no picture or too many.

    Example:
        >>> pictures_of(b"P5 1 1 255 x", "image/x-portable-graymap", Limits())
        [Sent(name='picture 1', data=b'P5 1 1 255 x')]
        >>> body = b'{"pictures": ["UDU=", {"name": "a.png", "data": "UDU="}]}'
        >>> [sent.name for sent in pictures_of(body, "application/json", Limits())]
        ['picture 1', 'a.png']
    """
    kind = content_type.partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        found = _from_form(body, content_type, limits)
    elif kind == "application/json":
        found = _from_json(body, limits)
    elif kind in _RAW or kind.startswith("image/"):
        found = [(None, body)] if body else []
    else:
        raise Refused(
            415, "unknown_type",
            "send a picture as multipart/form-data, image/…, application/octet-stream, or as "
            f"base64 in application/json, got {kind[:80]!r}.",
        )  # fmt: skip
    if not found:
        raise Refused(400, "no_picture", "the request holds no picture.")
    check_count(len(found), limits)
    return [
        Sent((name or f"picture {number}")[:_NAME], data)
        for number, (name, data) in enumerate(found, 1)
    ]


Found = list[tuple[str | None, bytes]]


def check_count(count: int, limits: Limits) -> None:
    """Refuse more pictures than one request may hold."""
    if count > limits.pictures:
        raise Refused(
            413, "too_many", f"one request may hold {limits.pictures} pictures, got {count}."
        )


def from_base64(text: str) -> bytes:
    """The bytes that base64, or a data URL of it, stands for.

    Raises:
        Refused: If it is no base64.

    Example:
        >>> from_base64("UDU="), from_base64("data:image/png;base64,UDU=")
        (b'P5', b'P5')
    """
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(400, "bad_base64", f"a picture is not valid base64: {error}.") from error


def parsed(model: type[BaseModel], body: bytes, limits: Limits) -> BaseModel:
    """The body as this model.

    Raises:
        Refused: If it is no JSON (400), JSON of another form (422), or holds too much to be
            read (413): all of Python stands still while JSON is read.
    """
    _check_values(body, limits)
    try:
        return model.model_validate_json(body)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        raise Refused(400, "bad_json", f"{first['msg']}.")
    raise wrong_form(first, "the body")


def wrong_form(error: Mapping[str, Any], whole: str) -> Refused:
    """What pydantic found wrong, as a refusal.

    Args:
        error: Its first one.
        whole: What it looked at, where that is wrong as a whole.

    Example:
        >>> str(wrong_form({"type": "extra_forbidden", "loc": ("tops",), "msg": ""}, "the body"))
        'tops: there is no such name here.'
    """
    where = ".".join(str(part) for part in error["loc"][:4])
    unknown = error["type"] == "extra_forbidden"
    reason = "there is no such name here" if unknown else error["msg"]
    return Refused(422, "wrong_form", f"{where[:80] or whole}: {reason}.")


def _check_values(body: bytes, limits: Limits) -> None:
    """Count what there is to make, some 60 times faster than it is made."""
    lists = _count(body, b"[")
    many = lists + _count(body, b",") > limits.values
    if many or lists > _LISTS or _count(body, b"{") > _OBJECTS:
        raise Refused(
            413, "too_many_values", f"JSON may hold {limits.values:,} values, {_LISTS:,} lists and "
            f"{_OBJECTS:,} objects. Send files (base64 in JSON), or pixels as binary data.",
        )  # fmt: skip


def _count(body: bytes, mark: bytes) -> int:
    # piece by piece: others may run in between
    return sum(body.count(mark, at, at + _SLICE) for at in range(0, len(body), _SLICE))


def _from_json(body: bytes, limits: Limits) -> Found:
    question = parsed(Question, body, limits)
    assert isinstance(question, Question)
    found: Found = []
    for entry in question.pictures:
        name, text = (None, entry) if isinstance(entry, str) else (entry.name, entry.data)
        found.append((name, from_base64(text)))
    return found


def _from_form(body: bytes, content_type: str, limits: Limits) -> Found:
    boundary = _parameter(content_type, "content-type", "boundary")
    if not boundary:
        raise Refused(400, "bad_form", "the form states no boundary.")
    form = _Form(limits)
    try:
        parser = MultipartParser(boundary.encode("latin-1", "replace"), form.callbacks())
        parser.write(body)
        parser.finalize()
    except (FormParserError, ValueError) as error:
        raise Refused(400, "bad_form", f"the form cannot be read: {error}.") from error
    if not form.whole:
        raise Refused(400, "bad_form", "the form is cut short: its last boundary is missing.")
    return form.found


class _Form:
    """What the parser of multipart bodies tells, one part after the other, all in memory."""

    def __init__(self, limits: Limits) -> None:
        self.found: Found = []
        self.whole = False
        self._limits = limits
        self._data = bytearray()
        self._field, self._value = b"", b""
        self._headers: dict[bytes, bytes] = {}

    def callbacks(self) -> "MultipartCallbacks":
        return {
            "on_part_begin": self._begin,
            "on_header_field": self._take_field,
            "on_header_value": self._take_value,
            "on_header_end": self._end_header,
            "on_part_data": self._take_data,
            "on_part_end": self._end,
            "on_end": self._finish,
        }

    def _begin(self) -> None:
        check_count(len(self.found) + 1, self._limits)
        self._data, self._headers = bytearray(), {}

    def _take_field(self, data: bytes, start: int, end: int) -> None:
        self._field += data[start:end]

    def _take_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _end_header(self) -> None:
        self._headers[self._field.lower()] = self._value
        self._field, self._value = b"", b""

    def _take_data(self, data: bytes, start: int, end: int) -> None:
        self._data += memoryview(data)[start:end]

    def _end(self) -> None:
        stated = self._headers.get(b"content-disposition", b"").decode("utf-8", "replace")
        name = _parameter(stated, "content-disposition", "filename")
        self.found.append((name, bytes(self._data)))

    def _finish(self) -> None:
        self.whole = True


def _parameter(value: str, header: str, name: str) -> str | None:
    """One parameter of a header, as in the boundary of a form."""
    message = Message()
    message[header] = value.replace("\r", " ").replace("\n", " ")
    found = message.get_param(name, header=header)
    if isinstance(found, tuple):  # RFC 2231: charset, language, text
        found = found[2]
    return found or None
