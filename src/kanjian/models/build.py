"""From `[model]` to a Keras network that takes raw pixels and gives class probabilities."""

import contextlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import precision
from kanjian.backend.seeding import seeded
from kanjian.checks import unknown_name
from kanjian.errors import RecipeError
from kanjian.models.input_normalization import Preparation
from kanjian.models.keras_lookup import REFUSALS, one_line
from kanjian.models.layers import apply_layers
from kanjian.models.registry import find_model
from kanjian.recipes.recipe import Model


def build_model(
    model: Model,
    *,
    shape_hwc: tuple[int | None, int | None, int],
    n_classes: int,
    preparation: Preparation,
    seed: int,
    policy: str = "float32",
    allow_code: bool = False,
) -> Any:
    """A fresh network: uint8 (n, h, w, c) in, probabilities float32 (n, n_classes) out.

    Only where layers or code spell it so, two classes come as one output (n, 1) of a
    sigmoid: the probability of the second class. The network holds nothing of kanjian's;
    what it saves opens in plain Keras.

    The first weights and the dropout that follows depend on `seed` alone, not on what was
    built before. Another policy gives the same weights in the same order, so `set_weights`
    carries what was learned in bfloat16 over to float32.

    Args:
        model: The recipe's section.
        shape_hwc: Height, width and channels of the pictures; height and width may be None
            where the network takes any.
        n_classes: How many classes there are.
        preparation: What happens to the pixels first; see `fit_preparation`.
        seed: Of the first weights and of dropout.
        policy: Keras dtype policy; "mixed_bfloat16" to train fast.
        allow_code: Whether `[model] function` may run.

    Raises:
        RecipeError: If the network does not exist, does not fit the pictures or does not
            end in class probabilities.

    Example:
        >>> lenet = build_model(Model(name="lenet"), shape_hwc=(28, 28, 1), n_classes=10,
        ...                     preparation=Preparation((28, 28, 1)), seed=0)
        >>> lenet.input_shape, lenet.output_shape, lenet.count_params()
        ((None, 28, 28, 1), (None, 10), 1256080)
    """
    if n_classes < 2:
        raise RecipeError(f"a network tells two or more classes apart, got {n_classes}.")
    network = _network(model, shape_hwc, n_classes, allow_code=allow_code)
    with precision(policy), seeded(seed):
        inputs = load_keras().Input(shape_hwc, dtype="uint8", name="pixels")
        x = inputs
        for layer in preparation.layers():
            x = layer(x)
        x = probabilities(network(x), n_classes)
        try:
            return load_keras().Model(inputs, x, name=_name(model))
        except REFUSALS as error:  # two layers of one name, say
            raise RecipeError(f"[model] is no network: {one_line(error)}") from error


def _name(model: Model) -> str:
    return (model.name or "network").replace("-", "_")


def _network(
    model: Model, shape_hwc: tuple[int | None, int | None, int], n_classes: int, *, allow_code: bool
) -> Callable[[Any], Any]:
    """The part between prepared pixels and output, as a function of a Keras tensor."""
    if model.layers is not None:
        layers = model.layers
        return lambda x: apply_layers(x, layers, n_classes=n_classes)
    if model.function is not None:
        return _from_code(model, shape_hwc, n_classes, allow_code=allow_code)
    if model.name is None:
        raise RecipeError(
            "the recipe has no network. Give [model] a name (see 'kanjian models'), "
            "layers or a function."
        )
    record = find_model(model.name)
    function = _imported(record.function)
    _check_options(function, model.options, skip=2, owner=record.name)

    def named(x: Any) -> Any:
        try:
            return function(x, n_classes, **model.options)
        except REFUSALS as error:
            size = "×".join(map(str, shape_hwc))
            raise RecipeError(
                f"[model] name {record.name!r} does not fit pictures of {size}: {one_line(error)}"
            ) from error

    return named


def _imported(path: str) -> Callable[..., Any]:
    module, _, name = path.partition(":")
    function: Callable[..., Any] = getattr(importlib.import_module(module), name)
    return function


def _check_options(
    function: Callable[..., Any], options: dict[str, Any], *, skip: int, owner: str
) -> None:
    parameters = inspect.signature(function).parameters
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in parameters.values()):
        return
    known = list(parameters)[skip:]
    for name in options:
        if name not in known:
            line = unknown_name(f"option of {owner!r}", name, known, where="[model] options")
            raise RecipeError(line if known else f"{owner!r} takes no [model] options, got {name}.")


def _from_code(
    model: Model, shape_hwc: tuple[int | None, int | None, int], n_classes: int, *, allow_code: bool
) -> Callable[[Any], Any]:
    path = str(model.function)
    if not allow_code:
        raise RecipeError(
            f"[model] function {path!r} is code that would run on this machine. "
            "Read it, then say --allow-code."
        )
    with _from_here():
        try:
            function = _imported(path)
        except (ImportError, AttributeError, ValueError) as error:
            raise RecipeError(
                f"[model] function {path!r} cannot be found ({error}). "
                "Write module:function, with the module here or installed."
            ) from error
    _check_options(function, model.options, skip=2, owner=path)

    def coded(x: Any) -> Any:
        made = function(shape_hwc, n_classes, **model.options)
        if not isinstance(made, load_keras().Model):
            raise RecipeError(
                f"[model] function {path!r} must return a Keras model, got {type(made).__name__}."
            )
        return made(x)

    return coded


@contextlib.contextmanager
def _from_here() -> Iterator[None]:
    """A command started by its name does not look for modules where the user stands."""
    here = str(Path.cwd())
    sys.path.insert(0, here)
    try:
        yield
    finally:
        with contextlib.suppress(ValueError):
            sys.path.remove(here)


def probabilities(x: Any, n_classes: int) -> Any:
    """Check that the last layer gives the classes; bring it to float32."""
    shape = tuple(x.shape[1:])
    if shape != (n_classes,) and not (shape == (1,) and n_classes == 2):
        raise RecipeError(
            f"the network ends in {shape or 'one number'}, but there are {n_classes} classes. "
            'End with { type = "Dense", units = "classes", activation = "softmax" }.'
        )
    _check_ending(x, outputs=shape[0])
    if x.dtype != "float32":
        x = load_keras().layers.Activation("linear", dtype="float32", name="answer")(x)
    return x


def _check_ending(x: Any, *, outputs: int) -> None:
    """Outputs that are not probabilities would be read as such by everything that follows."""
    layer = x._keras_history.operation
    while isinstance(layer, load_keras().Model):
        layer = layer.outputs[0]._keras_history.operation
    if isinstance(layer, load_keras().layers.Softmax):
        return
    activation = getattr(getattr(layer, "activation", None), "__name__", "linear")
    wanted = "sigmoid" if outputs == 1 else "softmax"
    if activation != wanted:
        raise RecipeError(
            f"the network's last layer must give probabilities, got {type(layer).__name__} "
            f"{layer.name!r} with activation {activation}. Use {wanted}."
        )
