"""A network in ONNX from a stranger: what it stores, follows and calls, before anything runs it.

What it *computes* is looked at by `graph`, once OpenVINO has read it.
"""

from collections.abc import Iterable, Iterator
from math import prod
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.errors import KanjianError

LIMIT_BYTES = 2 << 30
DEEPEST = 8
MOST_NODES = 100_000
_DOMAINS = {"", "ai.onnx", "ai.onnx.ml", "com.microsoft"}
# Rounds that nothing bounds: no classifier needs them, and exporters can write them out
_ROUNDS = {"Loop", "Scan", "SequenceMap"}
# What may stand in the branches of an If, whose sizes nobody looks at: none makes anything larger
_IN_BRANCHES = {
    "Cast", "Constant", "Flatten", "Identity", "Reshape", "Shape", "Squeeze", "Transpose",
    "Unsqueeze",
}  # fmt: skip


def check_onnx(source: Path | bytes, *, error: type[KanjianError], name: str = "") -> Any:
    """Read an ONNX file without following anything in it, and look it through.

    Args:
        source: The file, or its content.
        error: What to raise where it is damaged, keeps numbers in other files, tells of sizes
            that it does not hold, has rounds without bound, or operations of another
            program's own.
        name: What to call it in messages; by default its path.

    Returns:
        The `onnx.ModelProto`.

    Example:
        >>> check_onnx(b"<html>", error=KanjianError, name="a.onnx")
        Traceback (most recent call last):
        kanjian.errors.KanjianError: a.onnx is damaged, or no ONNX file.
    """
    onnx = extras.load("onnx")
    name = name or str(source)
    if isinstance(source, Path) and source.stat().st_size > LIMIT_BYTES:
        raise error(f"{name} is larger than {LIMIT_BYTES >> 30} GB, which ONNX does not allow.")
    content = source.read_bytes() if isinstance(source, Path) else source
    try:
        model = onnx.load_model_from_string(content)
    # protobuf's errors have no base in common
    except Exception as caught:
        raise error(f"{name} is damaged, or no ONNX file.") from caught
    if not len(model.graph.node) or not len(model.graph.output):
        raise error(f"{name} is damaged, or no ONNX file: it has no network.")
    if len(model.functions):
        raise error(
            f"{name} defines operations of its own ({model.functions[0].name[:40]!r}). Write them "
            "out with onnx.inliner.inline_local_functions()."
        )
    _check_text(((each.key, each.value) for each in model.metadata_props), name, error)
    nodes = 0
    for graph, inside in _graphs(model.graph, name, error):
        nodes += len(graph.node)
        if nodes > MOST_NODES:
            raise error(f"{name} has more than {MOST_NODES} operations.")
        _check_text(_names(graph), name, error)
        for node in graph.node:
            _check_node(node, name, inside, error)
        if len(graph.sparse_initializer):
            raise error(f"{name} has sparse weights. Write them out before saving.")
        for tensor in _tensors(graph):
            _check_tensor(onnx, tensor, name, error)
    return model


def _check_text(
    names: Iterable[tuple[str | bytes, ...]], place: str, error: type[KanjianError]
) -> None:
    # what protobuf gives as bytes is no UTF-8, and OpenVINO's own messages fail on it
    if any(isinstance(each, bytes) for group in names for each in group):
        raise error(f"{place} is damaged: it has a name that is no text in UTF-8.")


def _names(graph: Any) -> Iterator[tuple[str | bytes, ...]]:
    """All that is called something in a graph."""
    yield from ((each.name,) for each in [*graph.input, *graph.output, *graph.initializer])
    for node in graph.node:
        yield (node.op_type, node.domain, node.name, *node.input, *node.output)
        yield tuple(each.name for each in node.attribute)


def _graphs(
    graph: Any, name: str, error: type[KanjianError], depth: int = 0
) -> Iterator[tuple[Any, bool]]:
    """A graph and those within its nodes, each with whether it lies within another."""
    if depth > DEEPEST:
        raise error(f"{name} has graphs within graphs, more than {DEEPEST} deep.")
    yield graph, depth > 0
    for node in graph.node:
        for attribute in node.attribute:
            for inner in [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]:
                yield from _graphs(inner, name, error, depth + 1)


def _check_node(node: Any, name: str, inside: bool, error: type[KanjianError]) -> None:
    if node.domain not in _DOMAINS:
        raise error(
            f"{name} has an operation {node.op_type[:40]!r} of {node.domain[:40]!r}, which "
            "no runtime knows without its own code."
        )
    if node.op_type in _ROUNDS:
        raise error(
            f"{name} has a {node.op_type}, whose rounds nothing bounds. Save the network again "
            "with its rounds written out (in PyTorch: traced, not scripted)."
        )
    if inside and node.op_type not in _IN_BRANCHES:
        raise error(f"{name} computes {node.op_type[:40]!r} in a branch, where no size is known.")


def _tensors(graph: Any) -> Iterator[Any]:
    yield from graph.initializer
    for node in graph.node:
        for attribute in node.attribute:
            if attribute.HasField("t"):
                yield attribute.t
            yield from attribute.tensors


def _check_tensor(onnx: Any, tensor: Any, name: str, error: type[KanjianError]) -> None:
    told = tensor.name[:60]
    if tensor.data_location == onnx.TensorProto.EXTERNAL or len(tensor.external_data):
        raise error(f"{name} keeps numbers in other files ({told!r}). Save it as one file.")
    if any(side < 0 for side in tensor.dims) or tensor.HasField("segment"):
        raise error(f"{name} has numbers {told!r} of no size.")
    count, stored = prod(tensor.dims), _stored(onnx, tensor)
    if stored is None or count > stored:
        raise error(f"{name} tells of {count:,} numbers in {told!r} and holds {stored or 0:,}.")


def _stored(onnx: Any, tensor: Any) -> int | None:
    """How many numbers a tensor holds; None of a kind that is not known."""
    try:
        kind = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type)
        field = onnx.helper.tensor_dtype_to_field(tensor.data_type)
    except KeyError:
        return None
    # four bits each, two in a byte
    halves = 2 if tensor.data_type in _half_bytes(onnx) else 1
    if tensor.HasField("raw_data"):
        return halves * len(tensor.raw_data) // max(1, 1 if halves == 2 else kind.itemsize)
    values = len(getattr(tensor, field))
    parts = 2 if kind.kind == "c" else 1
    return halves * values // parts


def _half_bytes(onnx: Any) -> set[int]:
    names = ("UINT4", "INT4", "FLOAT4E2M1")
    return {getattr(onnx.TensorProto, name) for name in names if hasattr(onnx.TensorProto, name)}
