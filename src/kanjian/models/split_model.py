"""Cut a network in two where one tensor parts it; find that place from what should learn.

What lies before the cut is frozen and computed once; what lies after it learns.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from kanjian.backend import load_keras
from kanjian.checks import nearest
from kanjian.errors import RecipeError
from kanjian.models.graph import calls, maker, opens, run_again
from kanjian.models.keras_lookup import REFUSALS, one_line

# Preparation is no part of the network people count the layers of
_PREPARATION = "_pixels"


class LayerLine(NamedTuple):
    """One layer of a network: its name, the shape of one picture's output, its parameters."""

    name: str
    shape: tuple[int | None, ...]
    parameters: int


def flat(network: Any) -> Any:
    """The same network as one functional model: models inside it are opened.

    Layers and weights are shared with the network given. One that is flat already comes
    back as it is.

    Raises:
        RecipeError: If it has several inputs or outputs, or two layers of one name.

    Example:
        >>> keras = load_keras()
        >>> inner = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="inside")])
        >>> outer = keras.Sequential([keras.Input((4,), name="in"), inner])
        >>> [layer.name for layer in flat(outer).layers]
        ['in', 'inside']
    """
    if len(network.inputs) != 1 or len(network.outputs) != 1:
        raise RecipeError(
            f"a network to split has one input and one output, got {len(network.inputs)} "
            f"and {len(network.outputs)}."
        )
    if not isinstance(network, load_keras().Sequential) and not any(
        opens(operation) for operation in network.operations
    ):
        return network
    keras, old = load_keras(), network.inputs[0]
    name = old._keras_history.operation.name
    try:
        new = keras.Input(batch_shape=old.shape, dtype=old.dtype, name=name)
        (output,) = run_again(network, [new], training=None)
        return keras.Model(new, output, name=network.name)
    except REFUSALS as error:
        raise RecipeError(f"the network cannot be flattened: {one_line(error)}") from error


def layer_names(network: Any) -> tuple[LayerLine, ...]:
    """Every layer with what it gives for one picture, in Keras' order.

    Sums and the like that stand between layers are listed too: they are places to cut at.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((4,), name="in"),
        ...                             keras.layers.Dense(3, name="out")])
        >>> layer_names(network)[1]
        LayerLine(name='out', shape=(3,), parameters=15)
    """
    network = flat(network)
    shape_of = {id(node.operation): node.outputs[0].shape[1:] for node in calls(network)}
    return tuple(
        LayerLine(operation.name, tuple(shape_of[id(operation)]), _parameters(operation))
        for operation in network.operations
    )


def _parameters(operation: Any) -> int:
    return operation.count_params() if isinstance(operation, load_keras().Layer) else 0


def cuttable(network: Any) -> tuple[str, ...]:
    """The layers whose output alone decides that of the network, from first to last.

    Example:
        >>> keras = load_keras()
        >>> x = keras.Input((4,), name="in")
        >>> y = keras.layers.Dense(4, name="branch")(x)
        >>> network = keras.Model(x, keras.layers.Add(name="sum")([x, y]))
        >>> cuttable(network)
        ('in', 'sum')
    """
    return tuple(node.operation.name for node in _narrows(flat(network)))


def _narrows(network: Any) -> Iterator[Any]:
    """The calls no other tensor passes by.

    In any topological order a call lies on every path from input to output if and only if
    no tensor made before it is used after it.
    """
    nodes = calls(network)
    place = {id(node): number for number, node in enumerate(nodes)}
    uses = Counter(id(node.operation) for node in nodes)
    last_use = list(range(len(nodes)))
    for number, node in enumerate(nodes):
        for tensor in node.input_tensors:
            last_use[place[id(maker(tensor))]] = number
    reach = 0  # where the tensors made so far are needed last
    for number, node in enumerate(nodes):
        if reach <= number and uses[id(node.operation)] == 1 and len(node.outputs) == 1:
            yield node
        reach = max(reach, last_use[number])


def cut(network: Any, at: str) -> tuple[Any, Any]:
    """Two networks that in sequence are this one: up to a layer, and after it.

    Both share their layers and weights with the network given.

    Args:
        network: A Keras model with one input and one output.
        at: Name of the layer whose output the lower one gives and the upper one takes.

    Raises:
        RecipeError: If there is no such layer (names the nearest), or more than its one
            tensor passes there (names the nearest layers to cut at).

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="one"),
        ...                             keras.layers.Dense(2, name="two")])
        >>> lower, upper = cut(network, "one")
        >>> lower.output_shape, upper.input_shape, upper.output_shape
        ((None, 3), (None, 3), (None, 2))
    """
    keras, network = load_keras(), flat(network)
    names = [operation.name for operation in network.operations]
    if at not in names:
        raise _unknown(network, at, names)
    for node in _narrows(network):
        if node.operation.name == at:
            (tensor,), answer = node.outputs, network.outputs[0]
            lower = keras.Model(network.inputs[0], tensor, name=f"{network.name}_until_{at}")
            if tensor is answer:  # Keras would look for a way from the tensor to itself
                tensor = answer = keras.Input(batch_shape=tensor.shape, dtype=tensor.dtype)
            return lower, keras.Model(tensor, answer, name=f"{network.name}_after_{at}")
    raise RecipeError(_refusal(network, at))


def _unknown(network: Any, name: str, names: Sequence[str]) -> RecipeError:
    close = nearest(name, names)
    cure = f"Did you mean {close!r}?" if close else "'kanjian models NAME --layers' lists them."
    return RecipeError(f"{network.name} has no layer {name!r}. {cure}")


def _refusal(network: Any, at: str) -> str:
    narrow = {node.operation.name for node in _narrows(network)}
    order = [node.operation.name for node in calls(network)]
    place = order.index(at)
    before = next((name for name in reversed(order[:place]) if name in narrow), None)
    after = next((name for name in order[place:] if name in narrow), None)
    places = " or ".join(repr(name) for name in (before, after) if name is not None)
    return (
        f"{network.name} cannot be split at {at!r}: other tensors pass beside it. "
        f"The nearest places are {places}."
    )


def boundary(network: Any, unfreeze: str | int) -> str:
    """The layer to cut at so that everything that should learn comes after it.

    Args:
        network: A Keras model with one input and one output.
        unfreeze: What should learn: "block5" (the first layer whose name begins so, and all
            after it), the name of a layer (it and all after it), or a number of layers that
            stay frozen, counted as Keras counts them, input included, preparation not.

    Raises:
        RecipeError: If there is no such layer, or fewer layers than that.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([
        ...     keras.Input((4,), name="in"), keras.layers.Dense(3, name="block1_a"),
        ...     keras.layers.Dense(3, name="block2_a"), keras.layers.Dense(2, name="block2_b")])
        >>> boundary(network, "block2"), boundary(network, "block2_b"), boundary(network, 2)
        ('block1_a', 'block2_a', 'block1_a')
    """
    network = flat(network)
    frozen = frozen_layers(network, unfreeze)
    layer = load_keras().Layer
    narrow = {id(node) for node in _narrows(network)}
    found: str = network.inputs[0]._keras_history.operation.name
    for node in calls(network):
        if isinstance(node.operation, layer) and node.operation.name not in frozen:
            break
        if id(node) in narrow:
            found = node.operation.name
    return found


def frozen_layers(network: Any, unfreeze: str | int) -> set[str]:
    """The layers that do not learn: all before the first that should; see `boundary`.

    They may reach beyond the boundary, where no single tensor parts the network.

    Raises:
        RecipeError: If there is no such layer, or fewer layers than that.

    Example:
        >>> keras = load_keras()
        >>> x = keras.Input((4,), name="in")
        >>> y = keras.layers.Dense(4, name="branch")(x)
        >>> network = keras.Model(x, keras.layers.Add(name="sum")([x, y]))
        >>> sorted(frozen_layers(network, "sum")), boundary(network, "sum")
        (['branch', 'in'], 'in')
    """
    network = flat(network)
    names = [operation.name for operation in network.operations]
    if isinstance(unfreeze, int):
        first = _first_learned(network, unfreeze)
    elif unfreeze in names:
        first = unfreeze
    else:
        begins = [name for name in names if unfreeze and name.startswith(unfreeze)]
        if not begins:
            raise _unknown(network, unfreeze, names)
        first = begins[0]
    return set(names[: names.index(first)] if first is not None else names)


def _first_learned(network: Any, frozen: int) -> str | None:
    """The layer after so many of the network's own; the input has nothing to learn."""
    own = [layer.name for layer in network.layers if not layer.name.endswith(_PREPARATION)]
    if not 0 <= frozen <= len(own):
        raise RecipeError(
            f"{network.name} has {len(own)} layers, preparation not counted, "
            f"so {frozen} of them cannot stay frozen."
        )
    return next(iter(own[max(frozen, 1) :]), None)
