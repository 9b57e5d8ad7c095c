"""What a network that OpenVINO has read would take to run: told by its shapes, before it runs.

A file of 30 kB can ask for 32 GB in a dozen ways: a constant that is computed, a picture made
larger, a tensor repeated. All of them end in the shape of some operation's output, and shapes
are known without computing anything. What has no shape even for a picture of a fixed size is
refused as well.
"""

from dataclasses import dataclass, field
from math import isfinite, prod
from typing import Any

from kanjian.errors import KanjianError

# 400 MB of float32 in one operation's output for one picture, 2 GB in those needed at one time
MOST_NUMBERS, MOST_AT_ONCE = 100_000_000, 500_000_000
# Multiplications for one picture: a minute or two on a laptop, ten times the largest usual ones
MOST_PRODUCTS = 2_000_000_000_000
MOST_OPERATIONS = 100_000
# Rounds that nothing bounds, and what would hide sizes from the look at shapes
_ROUNDS = {"Loop"}
# Which sides of a convolution's weights count its outputs; the others are summed over
_OUTPUTS_OF_WEIGHTS = {
    "Convolution": (0,), "GroupConvolution": (0, 1), "ConvolutionBackpropData": (1,),
    "GroupConvolutionBackpropData": (0, 2),
}  # fmt: skip
_NOMINAL = 64
_SMALL = 1 << 24


def check_graph(model: Any, place: str, *, stored: int, error: type[KanjianError]) -> None:
    """Refuse a network that computes more than any picture needs.

    Args:
        model: An `openvino.Model`, left as it is.
        place: Begins the message.
        stored: Bytes of the file it came from; constants cannot honestly be much larger.
        error: What to raise.
    """
    try:
        sized = _for_one_picture(model)
        operations = sized.get_ordered_ops()
    except (RuntimeError, ValueError) as caught:
        raise error(f"{place} does not add up: {gist(caught)}.") from caught
    if len(operations) > MOST_OPERATIONS:
        raise error(f"{place} has {len(operations)} operations, {MOST_OPERATIONS} are allowed.")
    _check_sizes(operations, place, max(_SMALL, 8 * stored), error)


@dataclass
class _Taken:
    """What was met so far, operation by operation."""

    sizes: dict[str, int] = field(default_factory=dict)
    waiting: dict[str, int] = field(default_factory=dict)
    constant: set[str] = field(default_factory=set)
    at_once: int = 0
    computed: int = 0
    products: int = 0

    def add(self, operation: Any, kind: str, count: int, sources: list[Any]) -> None:
        name = operation.get_name()
        if kind == "Constant" or (sources and all(e.get_name() in self.constant for e in sources)):
            self.constant.add(name)
            self.computed += 0 if kind == "Constant" else count
            return
        self.products += count * _terms(operation, kind)
        self.sizes[name], self.at_once = count, self.at_once + count
        self.waiting[name] = sum(len(each.get_target_inputs()) for each in operation.outputs())
        for source in sources:
            before = source.get_name()
            self.waiting[before] = self.waiting.get(before, 0) - 1
            if self.waiting[before] == 0:
                self.at_once -= self.sizes.get(before, 0)


def _check_sizes(
    operations: list[Any], place: str, most_computed: int, error: type[KanjianError]
) -> None:
    taken = _Taken()
    for operation in operations:
        kind, name = operation.get_type_name(), operation.get_name()
        if kind in _ROUNDS:
            raise error(f"{place} has a {kind}, whose rounds nothing bounds.")
        count = sum(_numbers(each, place, operation, error) for each in operation.outputs())
        sources = [each.get_source_output().get_node() for each in operation.inputs()]
        if kind == "Range":
            count = max(count, _steps(sources))
        taken.add(operation, kind, count, sources)
        large = kind != "Constant" and count > MOST_NUMBERS
        if large or taken.at_once > MOST_AT_ONCE or taken.computed > most_computed:
            raise error(
                f"{place} computes {count:.2g} numbers for one picture in its {kind} "
                f"{name[:60]!r}, more than any network needs."
            )
        if taken.products > MOST_PRODUCTS:
            raise error(
                f"{place} takes more than {MOST_PRODUCTS:.0e} products for one picture, more than "
                "a computer without a graphics card can do."
            )


def _steps(sources: list[Any]) -> int:
    """How many numbers a Range really gives: OpenVINO counts them in 32 bits."""
    if any(each.get_type_name() != "Constant" for each in sources):
        return 0
    start, stop, step = (float(each.get_data().ravel()[0]) for each in sources)
    count = (stop - start) / step if step else 0.0
    return int(count) if isfinite(count) else MOST_NUMBERS + 1


def _for_one_picture(model: Any) -> Any:
    """A copy whose every side is known: one picture, and a common size where any is taken."""
    shapes, free = {}, False
    for number, entry in enumerate(model.inputs):
        sides = list(entry.get_partial_shape())
        free = free or any(side.is_dynamic for side in sides)
        shapes[number] = [
            (1 if at == 0 else _NOMINAL) if side.is_dynamic else side.get_length()
            for at, side in enumerate(sides)
        ]
        if prod(shapes[number]) > MOST_NUMBERS:
            raise ValueError(f"it takes {shapes[number]}")
    if not free:
        return model
    copy = model.clone()
    copy.reshape(shapes)
    return copy


def _numbers(output: Any, place: str, operation: Any, error: type[KanjianError]) -> int:
    shape = output.get_partial_shape()
    sides = [-1] if shape.rank.is_dynamic else _sides(output)
    if any(side < 0 for side in sides):
        raise error(
            f"{place} has a {operation.get_type_name()} {operation.get_name()[:60]!r} whose size "
            "depends on what is in the picture."
        )
    return prod(sides)


def _sides(port: Any) -> list[int]:
    return [int(side.get_max_length()) for side in port.get_partial_shape()]


def _terms(operation: Any, kind: str) -> int:
    """How many products go into one number of an operation's output."""
    if kind in _OUTPUTS_OF_WEIGHTS:
        sides = _sides(operation.input(1))
        return max(1, prod(sides) // max(1, prod(sides[at] for at in _OUTPUTS_OF_WEIGHTS[kind])))
    if kind in {"MatMul", "Einsum"}:
        first = _sides(operation.input(0))
        turned = bool(operation.get_attributes().get("transpose_a")) and len(first) > 1
        return 1 if not first else first[-2] if turned else first[-1]
    if "Pool" in kind:
        return max(1, prod(map(int, operation.get_attributes().get("kernel", [1]))))
    return 1


def gist(error: BaseException) -> str:
    """The last line of what OpenVINO says, which tells most, without its full stop."""
    lines = [" ".join(line.split()) for line in str(error).splitlines() if line.strip()]
    return (lines[-1] if lines else type(error).__name__)[:200].rstrip(".")
