"""What the OpenAPI page says of refusals, the same for all routes."""

import re
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from kanjian.json_types import JsonObject
from kanjian.spoken import heading

_TOLD = ("summary", "description")


class Error(BaseModel):
    """Why a request was refused: one sentence, one word for programs, and the status again."""

    error: str
    code: str
    status: int


def _refusal(description: str) -> JsonObject:
    return {"model": Error, "description": description}


BEHIND_THE_GATE: dict[int | str, JsonObject] = {
    400: _refusal("The request cannot be understood."),
    401: _refusal("The token is missing or wrong."),
    403: _refusal("Without a token only this machine is answered."),
}
NOT_FOUND: dict[int | str, JsonObject] = {404: _refusal("There is no such recognizer.")}
REFUSALS: dict[int | str, JsonObject] = {
    **BEHIND_THE_GATE,
    **NOT_FOUND,
    408: _refusal("The request came too slowly."),
    413: _refusal("More bytes or pictures than allowed."),
    415: _refusal("Not a kind of content that can hold pictures."),
    422: _refusal("A value is out of range, or of another form."),
    429: _refusal("Too much to do; Retry-After tells when to come back."),
}
UNREADABLE: dict[int | str, JsonObject] = {
    422: _refusal("No picture could be read, or a value is out of range.")
}


def translated(schema: Any) -> Any:
    """The same description of a server, in the language of the reader.

    Example:
        >>> translated({"summary": "What is served", "name": "What is served"})["name"]
        'What is served'
    """
    if isinstance(schema, list):
        return [translated(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    return {
        key: "\n\n".join(map(heading, paragraphs(value)))
        if key in _TOLD and isinstance(value, str)
        else translated(value)
        for key, value in schema.items()
    }


def texts(schema: Any) -> Iterator[str]:
    """Every text for people in a description of a server, paragraph by paragraph.

    Example:
        >>> list(texts({"paths": {"/": {"summary": "The server"}}}))
        ['The server']
    """
    values = schema.items() if isinstance(schema, dict) else enumerate(schema)
    for key, value in values:
        if key in _TOLD and isinstance(value, str):
            yield from paragraphs(value)
        elif isinstance(value, dict | list):
            yield from texts(value)


def paragraphs(text: str) -> list[str]:
    r"""Each paragraph of a text on one line.

    Example:
        >>> paragraphs("One\nline.\n\nTwo.")
        ['One line.', 'Two.']
    """
    return [" ".join(each.split()) for each in re.split(r"\n\s*\n", text.strip())]


def schema_of(model: type[BaseModel]) -> JsonObject:
    """The JSON schema of a body that a route reads itself, in one piece.

    Example:
        >>> sorted(schema_of(Error)["properties"])
        ['code', 'error', 'status']
    """
    schema = model.model_json_schema()
    parts = schema.pop("$defs", {})

    def whole(value: Any) -> Any:
        if isinstance(value, dict):
            if "$ref" in value:
                return whole(parts[value["$ref"].rpartition("/")[2]])
            return {key: whole(item) for key, item in value.items()}
        return [whole(item) for item in value] if isinstance(value, list) else value

    plain: JsonObject = whole(schema)
    return plain
