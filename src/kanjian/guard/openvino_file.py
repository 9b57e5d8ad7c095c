"""A network in OpenVINO's form from a stranger: `model.xml`, and the numbers in `model.bin`."""

import xml.parsers.expat
from dataclasses import dataclass, field
from math import prod
from pathlib import Path

from kanjian.errors import KanjianError

LIMIT_XML = 64 << 20
DEEPEST = 24
_BITS = {
    "f64": 64, "f32": 32, "f16": 16, "bf16": 16, "f8e4m3": 8, "f8e5m2": 8, "f8e8m0": 8,
    "f4e2m1": 4, "nf4": 4, "i64": 64, "i32": 32, "i16": 16, "i8": 8, "i4": 4, "i2": 2, "u64": 64,
    "u32": 32, "u16": 16, "u8": 8, "u6": 6, "u4": 4, "u3": 3, "u2": 2, "u1": 1, "boolean": 8,
}  # fmt: skip


# Rounds that nothing bounds, and networks within the network, whose sizes nobody looks at
_ROUNDS = {"Loop", "TensorIterator"}
_IN_BRANCHES = {
    "Const", "Convert", "Gather", "Identity", "Parameter", "Reshape", "Result", "ShapeOf",
    "Squeeze", "Transpose", "Unsqueeze",
}  # fmt: skip


class _FaultError(ValueError):
    """What does not add up."""


@dataclass
class _Seen:
    """What was met on the way through the file."""

    bin_bytes: int
    depth: int = 0
    kind: str = ""
    layers: int = 0
    kinds: set[str] = field(default_factory=set)
    # one set for each network within the network: a loop's body counts its layers anew
    ids: list[set[str]] = field(default_factory=list)

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.depth += 1
        if self.depth > DEEPEST:
            raise _FaultError(f"it is nested more than {DEEPEST} deep")
        if self.depth == 1 and tag != "net":
            raise _FaultError(f"it begins with {tag[:40]!r}, expected 'net'")
        if tag == "layers":
            self.ids.append(set())
        elif tag == "layer":
            self._layer(attributes)
        elif tag == "data" and self.kind == "Const":
            self._numbers(attributes)
        elif tag == "edge":
            self._edge(attributes)

    def end(self, tag: str) -> None:
        self.depth -= 1
        if tag in {"net", "body", "then_body", "else_body"} and self.ids:
            self.ids.pop()

    def _layer(self, attributes: dict[str, str]) -> None:
        if not self.ids:
            raise _FaultError("it has a layer outside of its layers")
        number = attributes.get("id", "")
        if not number.isdecimal() or number in self.ids[-1]:
            raise _FaultError(f"it has a layer with the id {number[:40]!r}")
        self.ids[-1].add(number)
        self.kind, self.layers = attributes.get("type", ""), self.layers + 1
        self.kinds.add(self.kind)
        if self.kind in _ROUNDS:
            raise _FaultError(f"it has a {self.kind}, whose rounds nothing bounds")
        if len(self.ids) > 1 and self.kind not in _IN_BRANCHES:
            raise _FaultError(f"it computes {self.kind[:40]!r} in a branch, whose size is unknown")
        version = attributes.get("version", "")
        if not version.startswith("opset"):
            raise _FaultError(f"its layer {self.kind[:40]!r} is of {version[:40]!r}, not OpenVINO")

    def _edge(self, attributes: dict[str, str]) -> None:
        for end in ("from-layer", "to-layer"):
            if not self.ids or attributes.get(end) not in self.ids[-1]:
                raise _FaultError(f"it has an edge to the layer {attributes.get(end, '')[:40]!r}")

    def _numbers(self, attributes: dict[str, str]) -> None:
        kind = attributes.get("element_type", "")
        sides = [int(side) for side in attributes.get("shape", "").split(",") if side.strip()]
        offset, size = int(attributes.get("offset", "0")), int(attributes.get("size", "0"))
        if any(side < 0 for side in sides) or offset < 0 or size < 0:
            raise _FaultError("it has a size below 0")
        if offset + size > self.bin_bytes:
            raise _FaultError(
                f"it has numbers at {offset} to {offset + size}, past the end of the .bin "
                f"({self.bin_bytes} bytes)"
            )
        if kind == "string":
            return
        if kind not in _BITS:
            raise _FaultError(f"it has numbers of the kind {kind[:40]!r}")
        if -(-prod(sides) * _BITS[kind] // 8) > size:
            raise _FaultError(f"it tells of {sides} {kind} in {size} bytes")


def check_openvino_file(xml_path: Path, *, error: type[KanjianError]) -> None:
    """Refuse an `.xml` that is none, or does not fit the `.bin` beside it.

    Args:
        xml_path: The .xml file.
        error: What to raise.

    Raises:
        OSError: If one cannot be read.
    """
    numbers = xml_path.with_suffix(".bin")
    if xml_path.stat().st_size > LIMIT_XML:
        raise error(f"{xml_path} is longer than {LIMIT_XML >> 20} MB.")
    seen = _Seen(numbers.stat().st_size)
    parser = xml.parsers.expat.ParserCreate()
    parser.StartElementHandler, parser.EndElementHandler = seen.start, seen.end
    parser.StartDoctypeDeclHandler = _refuse_doctype
    try:
        with xml_path.open("rb") as stream:
            parser.ParseFile(stream)
        if not {"Parameter", "Result"} <= seen.kinds:
            raise _FaultError(f"it has {seen.layers} layers, expected an input and a result")
    except (_FaultError, xml.parsers.expat.ExpatError, ValueError) as caught:
        raise error(f"{xml_path} is no network of OpenVINO: {caught}.") from caught


def _refuse_doctype(*_: object) -> None:
    raise _FaultError("it has a document type, which could stand for texts without end")
