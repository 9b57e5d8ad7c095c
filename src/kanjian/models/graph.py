"""The calls a Keras network is made of, in order, and the same calls made again on new tensors."""

import inspect
from collections.abc import Callable, Sequence
from typing import Any

from kanjian.backend import load_keras


def opens(operation: Any) -> bool:
    """Whether an operation is a graph itself: a container of Keras' own.

    A model with code of its own is one step.

    Example:
        >>> keras = load_keras()
        >>> opens(keras.Sequential()), opens(keras.layers.Dense(1))
        (True, False)
    """
    keras = load_keras()
    return isinstance(operation, keras.Model) and type(operation).__module__.startswith("keras.")


# (operation, args, kwargs) -> its first outputs made in another way, or None to call it
Instead = Callable[[Any, Sequence[Any], dict[str, Any]], list[Any] | None]


def run_again(
    network: Any,
    inputs: Sequence[Any],
    *,
    training: bool | None = None,
    instead: Instead | None = None,
) -> list[Any]:
    """Call every layer again, on new tensors; containers inside give way to their layers.

    Args:
        network: A functional or Sequential Keras model.
        inputs: New tensors, one for each of its inputs.
        training: True or False for every layer that asks; None leaves it as it was called.
        instead: Makes what a layer gives in another way; None calls every layer.

    Returns:
        The new tensors in the place of `network.outputs`.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3)])
        >>> (output,) = run_again(network, [keras.Input((4,))])
        >>> output.shape
        (None, 3)
    """
    tree = load_keras().tree
    made = {id(old): new for old, new in zip(network.inputs, inputs, strict=True)}
    for node in calls(network):
        operation = node.operation
        if node.is_input:
            continue
        args, kwargs = node.arguments.fill_in(made)
        if training is not None and _asks_for_training(operation):
            kwargs["training"] = training
        made_otherwise = None if instead is None else instead(operation, args, kwargs)
        if made_otherwise is not None:  # outputs that nothing uses may be left out
            made |= {id(old): new for old, new in zip(node.outputs, made_otherwise, strict=False)}
            continue
        if opens(operation):
            outputs = run_again(operation, tree.flatten(args), training=kwargs.get("training"))
        else:
            outputs = tree.flatten(operation(*args, **kwargs))
        made.update({id(old): new for old, new in zip(node.outputs, outputs, strict=True)})
    return [made[id(output)] for output in network.outputs]


def _asks_for_training(operation: Any) -> bool:
    """Whether a layer can be told; KerasHub has some that take it only when they compute."""
    if not getattr(operation, "_call_has_training_arg", False):
        return False
    taken = inspect.signature(operation.compute_output_spec).parameters.values()
    return any(each.name == "training" or each.kind is each.VAR_KEYWORD for each in taken)


def calls(network: Any) -> list[Any]:
    """The calls that make the output, each after those it needs; the input's comes first.

    Returns:
        Keras nodes: `operation`, `input_tensors`, `outputs`.

    Example:
        >>> keras = load_keras()
        >>> network = keras.Sequential([keras.Input((4,), name="in"),
        ...                             keras.layers.Dense(3, name="out")])
        >>> [node.operation.name for node in calls(network)]
        ['in', 'out']
    """
    order: list[Any] = []
    seen: set[int] = set()
    # a stack of our own: networks are deeper than Python likes to recurse
    stack = [(maker(output), False) for output in network.outputs]
    while stack:
        node, done = stack.pop()
        if done:
            order.append(node)
        elif id(node) not in seen:
            seen.add(id(node))
            stack.append((node, True))
            stack += [(maker(tensor), False) for tensor in reversed(node.input_tensors)]
    return order


def maker(tensor: Any) -> Any:
    """The call that made a tensor.

    Example:
        >>> maker(load_keras().Input((4,), name="in")).operation.name
        'in'
    """
    history = tensor._keras_history
    return history.operation._inbound_nodes[history.node_index]
