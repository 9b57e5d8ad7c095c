"""The tensors of the Open Inference Protocol v2, as JSON and with its binary extension."""

import json
import struct
from collections.abc import Iterator, Mapping, Sequence
from math import prod
from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field

from kanjian.json_types import JsonObject
from kanjian.serve.images import check_count, from_base64, parsed
from kanjian.serve.limits import Limits, Refused

INPUT = "image"
OUTPUTS = ("probabilities", "label")
_AT_ONCE = 1000
_ID = 200  # letters of an id, which is said back
# The parameters that mean something here. `content_type` is what MLServer's clients say of any
# tensor; the data types of the protocol tell enough
_PARAMETERS = {
    "the request": {"binary_data_output", "content_type"},
    "an input": {"binary_data_size", "content_type"},
    "an output": {"binary_data", "classification", "content_type"},
}


class InputTensor(BaseModel):
    """Pictures as raw pixels (UINT8) or as files (BYTES, base64 in JSON)."""

    model_config = ConfigDict(extra="forbid")
    name: str
    shape: list[int] = Field(min_length=1, max_length=4)
    datatype: str
    parameters: JsonObject = {}
    data: list[Any] | None = None


class OutputTensor(BaseModel):
    """An output that is wanted."""

    model_config = ConfigDict(extra="forbid")
    name: str
    parameters: JsonObject = {}


class InferRequest(BaseModel):
    """A question in the words of the protocol."""

    model_config = ConfigDict(extra="forbid")
    id: str | None = Field(None, max_length=_ID)
    parameters: JsonObject = {}
    inputs: list[InputTensor] = Field(min_length=1, max_length=1)
    outputs: list[OutputTensor] | None = None


def read_request(
    body: bytes, header_length: str | None, limits: Limits
) -> tuple[InferRequest, bytes]:
    """The JSON of a request, and the binary data after it.

    Args:
        body: All of it.
        header_length: What `Inference-Header-Content-Length` states; None: all is JSON.
        limits: How much JSON may hold.

    Raises:
        Refused: If it is not as the protocol says.
    """
    if header_length is None:
        head, rest = body, b""
    else:
        if not (header_length.isascii() and header_length.isdecimal()):
            raise Refused(400, "bad_header", "Inference-Header-Content-Length must be a number.")
        length = int(header_length[:12])
        if length > len(body):
            raise Refused(400, "bad_header", "Inference-Header-Content-Length exceeds the body.")
        head, rest = body[:length], body[length:]
    request = parsed(InferRequest, head, limits)
    assert isinstance(request, InferRequest)
    _check_outputs(request.outputs or [])
    _check_parameters("the request", request.parameters)
    for tensor in request.inputs:
        _check_parameters("an input", tensor.parameters)
    return request, rest


def read_question(
    body: bytes, header_length: str | None, limits: Limits
) -> tuple[InferRequest, Sequence[bytes | np.ndarray]]:
    """A request and the pictures in it; see `read_request` and `pictures_in_tensor`."""
    request, rest = read_request(body, header_length, limits)
    return request, pictures_in_tensor(request.inputs[0], rest, limits)


def pictures_in_tensor(
    tensor: InputTensor, rest: bytes, limits: Limits
) -> Sequence[bytes | np.ndarray]:
    """The pictures in an input tensor: bytes of files, or raw pixels (height, width, channels).

    Raises:
        Refused: If shape, type and data do not fit together, or exceed the limits.

    Example:
        >>> tensor = InputTensor(name="image", shape=[1, 1, 2, 1], datatype="UINT8", data=[7, 9])
        >>> pictures_in_tensor(tensor, b"", Limits())[0].tolist()
        [[[7], [9]]]
    """
    if any(not 0 < side <= 1_000_000 for side in tensor.shape):
        raise _wrong(f"shape must be of whole numbers from 1 to 1,000,000, got {tensor.shape}.")
    check_count(tensor.shape[0], limits)
    rest = _own_part(tensor, rest)
    if tensor.datatype == "BYTES":
        return _files(tensor, rest)
    if tensor.datatype != "UINT8":
        raise _wrong(
            f"datatype must be UINT8 (raw pixels) or BYTES (files), got {tensor.datatype[:20]!r}."
        )
    return list(_pixels(tensor, rest, limits))


def write_response(
    head: Mapping[str, str],
    outputs: dict[str, np.ndarray],
    request: InferRequest,
    classes: Sequence[str],
) -> tuple[bytes, int | None]:
    """The body of a reply, and the length of its JSON if binary data follow.

    Args:
        head: Name, version and id.
        outputs: All outputs there are, by name.
        request: Says which of them are wanted, and how.
        classes: Names of the columns of the probabilities.
    """
    binary_by_default = request.parameters.get("binary_data_output") is True
    wanted = request.outputs or [OutputTensor(name=name) for name in OUTPUTS]
    tensors, parts = [], []
    for output in wanted:
        values = outputs[output.name]
        if best := output.parameters.get("classification"):
            values = _ranked(values, best, classes)
        tensor: JsonObject = {
            "name": output.name,
            "datatype": "FP32" if values.dtype == np.float32 else "BYTES",
            "shape": list(values.shape),
        }
        if output.parameters.get("binary_data", binary_by_default) is True:
            parts.append(_packed(values))
            tensor["parameters"] = {"binary_data_size": len(parts[-1])}
            tensors.append(json.dumps(tensor))
        else:
            tensors.append(f'{json.dumps(tensor)[:-1]}, "data": [{_listed(values)}]}}')
    fields = [f"{json.dumps(name)}: {json.dumps(value)}" for name, value in head.items()]
    fields.append(f'"outputs": [{", ".join(tensors)}]')
    text = ("{" + ", ".join(fields) + "}").encode()
    return (text + b"".join(parts), len(text)) if parts else (text, None)


def _listed(values: np.ndarray) -> str:
    # a millisecond's work at a time: the event loop waits while the encoder runs
    flat = values.ravel()
    parts = (flat[at : at + _AT_ONCE].tolist() for at in range(0, flat.size, _AT_ONCE))
    return ", ".join(json.dumps(part)[1:-1] for part in parts)


def _ranked(values: np.ndarray, best: int, classes: Sequence[str]) -> np.ndarray:
    """The best classes of each picture, in Triton's form: probability:number:name."""
    order = np.argsort(-values, axis=1, kind="stable")[:, :best]
    return np.array(
        [
            [f"{row[k]:f}:{k}:{classes[k]}" for k in ranks]
            for row, ranks in zip(values, order, strict=True)
        ],
        object,
    )


def _wrong(reason: str) -> Refused:
    return Refused(400, "wrong_tensor", reason)


def _check_outputs(outputs: list[OutputTensor]) -> None:
    known = " and ".join(OUTPUTS)
    for output in outputs:
        if output.name not in OUTPUTS:
            raise _wrong(f"unknown output {output.name[:80]!r}; there are {known}.")
    if len(outputs) > len({output.name for output in outputs}):
        raise _wrong(f"an output may be named once; there are {known}.")
    for output in outputs:
        _check_parameters("an output", output.parameters)
        best = output.parameters.get("classification", 0)
        if type(best) is not int or best < 0 or (best and output.name != "probabilities"):
            raise _wrong("classification must be a number of classes, of probabilities only.")


def _check_parameters(place: str, parameters: JsonObject) -> None:
    """What is not known would change the meaning unseen."""
    known = _PARAMETERS[place]
    for name in parameters.keys() - known:
        raise _wrong(
            f"unknown parameter {name[:80]!r} of {place}; there are {', '.join(sorted(known))}."
        )


def _own_part(tensor: InputTensor, rest: bytes) -> bytes:
    stated = tensor.parameters.get("binary_data_size")
    if stated is None:
        if tensor.data is None:
            raise _wrong("the input has no data.")
        return b""
    if type(stated) is not int or stated != len(rest):
        raise _wrong(f"binary_data_size must be the {len(rest)} bytes after the JSON.")
    return rest


def _pixels(tensor: InputTensor, rest: bytes, limits: Limits) -> Iterator[np.ndarray]:
    if len(tensor.shape) != 4 or tensor.shape[3] not in (1, 3):
        raise _wrong(
            "shape must be [pictures, height, width, channels] with 1 or 3 channels, got "
            f"{tensor.shape}."
        )
    if tensor.shape[1] * tensor.shape[2] > limits.pixels:
        raise Refused(413, "too_large", f"a picture may have {limits.pixels:,} pixels.")
    values = np.frombuffer(rest, np.uint8) if tensor.data is None else _bytes_of(tensor.data)
    if values.size != prod(tensor.shape):
        raise _wrong(f"shape {tensor.shape} is {prod(tensor.shape)} numbers, got {values.size}.")
    yield from values.reshape(tensor.shape)


def _bytes_of(data: list[Any]) -> np.ndarray:
    try:
        values = np.array(data)
    except (ValueError, OverflowError) as error:
        raise _wrong(f"data are no tensor: {error}.") from error
    if values.dtype.kind not in "iu" or values.min() < 0 or values.max() > 255:
        raise _wrong("data of UINT8 must be whole numbers from 0 to 255.")
    return values.astype(np.uint8).ravel()


def _files(tensor: InputTensor, rest: bytes) -> list[bytes]:
    if tensor.data is None:
        files = list(_unpacked(rest))
    elif all(isinstance(entry, str) for entry in tensor.data):
        files = [from_base64(entry) for entry in tensor.data]
    else:
        raise _wrong("data of BYTES must be files in base64.")
    if len(files) != prod(tensor.shape):
        raise _wrong(f"shape {tensor.shape} is {prod(tensor.shape)} pictures, got {len(files)}.")
    return files


def _unpacked(rest: bytes) -> Iterator[bytes]:
    """Elements of BYTES: each after its length, four bytes, the lowest first."""
    at = 0
    while at < len(rest):
        if at + 4 > len(rest):
            raise _wrong("the binary data end within a length.")
        (length,) = struct.unpack_from("<I", rest, at)
        at += 4
        if at + length > len(rest):
            raise _wrong("the binary data end within an element.")
        yield rest[at : at + length]
        at += length


def _packed(values: np.ndarray) -> bytes:
    if values.dtype == np.float32:
        return values.astype("<f4").tobytes()
    elements = [str(value).encode() for value in values.ravel()]
    return b"".join(struct.pack("<I", len(element)) + element for element in elements)
