"""What Keras 1 and 2 called things that Keras 3 calls otherwise, or not at all."""

from collections.abc import Mapping
from typing import Any

from kanjian.errors import RecipeError
from kanjian.json_types import JsonObject
from kanjian.models.keras_lookup import key_of

JOINS = ("Add", "Average", "Concatenate", "Dot", "Maximum", "Minimum", "Multiply", "Subtract")

# What the class was called in Keras 1 and early in Keras 2
RENAMED = {
    "Convolution1D": "Conv1D",
    "Convolution2D": "Conv2D",
    "Convolution3D": "Conv3D",
    "AtrousConvolution2D": "Conv2D",
    "Deconvolution2D": "Conv2DTranspose",
    "SeparableConvolution2D": "SeparableConv2D",
    "BatchNormalizationV1": "BatchNormalization",
    "BatchNormalizationV2": "BatchNormalization",
    "DepthwiseConvolution2D": "DepthwiseConv2D",
}
# The same for arguments; None: only the stated meaning is understood
ARGUMENTS = {
    "nb_filter": "filters",
    "filter_length": "kernel_size",
    "border_mode": "padding",
    "subsample": "strides",
    "subsample_length": "strides",
    "atrous_rate": "dilation_rate",
    "dim_ordering": "data_format",
    "bias": "use_bias",
    "output_dim": "units",
    "p": "rate",
    "sigma": "stddev",
    "inner_activation": "recurrent_activation",
    "pool_length": "pool_size",
}
OF_CLASS = {
    ("LeakyReLU", "alpha"): "negative_slope",
    ("MaxPooling1D", "stride"): "strides",
    ("RepeatVector", "output_dim"): "n",
}
# Nothing of these is needed to answer: how weights began, what held them back, where it ran
IRRELEVANT = {
    "init", "inner_init", "forget_bias_init", "beta_init", "gamma_init", "weights", "seed",
    "activity_regularizer", "W_regularizer", "b_regularizer", "U_regularizer", "W_constraint",
    "b_constraint", "U_constraint", "gamma_regularizer", "beta_regularizer", "dtype",
    "input_dtype", "batch_input_shape", "batch_shape", "input_shape", "input_dim",
    "input_length", "sparse", "ragged", "fused", "renorm", "renorm_clipping", "renorm_momentum",
    "virtual_batch_size", "adjustment", "implementation", "consume_less", "time_major",
    "autocast", "optional", "batch_size", "input_tensor", "build_config", "synchronized",
    "noise_shape", "dropout_W", "dropout_U", "trainable", "name", "keras_api_names",
}  # fmt: skip
# These name axes or places that would mean something else with colors last
TURNED = ("Reshape", "Permute", "Normalization", "LayerNormalization", *JOINS)
MERGES = {
    "sum": "Add", "mul": "Multiply", "ave": "Average", "max": "Maximum", "concat": "Concatenate",
}  # fmt: skip
# As above for regularizers, constraints and first weights, which a recipe does want
_OF_TRAINING = {
    "init": "kernel_initializer",
    "inner_init": "recurrent_initializer",
    "W_regularizer": "kernel_regularizer",
    "b_regularizer": "bias_regularizer",
    "W_constraint": "kernel_constraint",
    "b_constraint": "bias_constraint",
    "beta_init": "beta_initializer",
    "gamma_init": "gamma_initializer",
}
_STARTS = {"uniform": "random_uniform", "normal": "random_normal", "zero": "zeros", "one": "ones"}
_SIZES = ("input_shape", "input_dim", "input_length", "batch_input_shape")
# What is no layer of a recipe, and what to write instead
_INSTEAD = {
    "Lambda": "it is code, which a recipe never runs. Write the step as layers (Rescaling, "
    "Reshape, Permute, Activation …), or the network in Python: [model] function.",
    "LocallyConnected1D": "Keras 3 has it no more. Use Conv1D, which shares its weights.",
    "LocallyConnected2D": "Keras 3 has it no more. Use Conv2D, which shares its weights.",
    "Embedding": "it looks up whole numbers (words); pixels are amounts. Use Dense or Conv2D.",
    "Masking": "it leaves out steps of a sequence; a picture has none. Leave it out.",
    "Merge": "Keras 3 has it no more. Use Add or Concatenate with inputs = [\"name\", \"name\"].",
    "Input": "the input is made by itself: [input] size and channels say what comes.",
    "InputLayer": "the input is made by itself: [input] size and channels say what comes.",
}  # fmt: skip
_VARIES = (
    "pictures are augmented before the network, so that it predicts without: see [augmentation] "
    "(flip_horizontal, rotate_deg, zoom_frac, shift_frac, brightness, contrast)."
)


def reason_against(name: str) -> str | None:
    """Why a Keras layer is none of a recipe's, and what to write instead; None if it may be one.

    Example:
        >>> print(reason_against("RandomFlip"))
        pictures are augmented before the network, so that it predicts without: see [augmentation]
            (flip_horizontal, rotate_deg, zoom_frac, shift_frac, brightness, contrast).
        >>> reason_against("Conv2D") is None
        True
    """
    reasons = {key_of(known): reason for known, reason in _INSTEAD.items()}
    return _VARIES if key_of(name).startswith("random") else reasons.get(key_of(name))


def in_todays_words(table: Mapping[str, Any], *, where: str) -> JsonObject:
    """A layer of a recipe as Keras 3 spells it, from the spelling of Keras 1, 2 or 3.

    Args:
        table: `type` and arguments.
        where: Where it stands, for messages.

    Raises:
        RecipeError: If an argument has no meaning any more; says what to write instead.

    Example:
        >>> in_todays_words({"type": "Convolution2D", "nb_filter": 8, "nb_row": 3, "nb_col": 5,
        ...                  "border_mode": "same"}, where="[model] layers[0]")
        {'type': 'Conv2D', 'filters': 8, 'padding': 'same', 'kernel_size': [3, 5]}
    """
    former = str(table["type"])
    renamed = {key_of(known): name for known, name in RENAMED.items()}
    name = renamed.get(key_of(former), former)
    new: JsonObject = {"type": name}
    for key, value in table.items():
        if key in _SIZES:
            raise RecipeError(f"{where} {key}: leave it out; [input] size and channels say it.")
        if key not in {"type", "nb_row", "nb_col"}:
            word = OF_CLASS.get((name, key)) or _OF_TRAINING.get(key) or ARGUMENTS.get(key) or key
            starts = word.endswith("_initializer") and isinstance(value, str)
            new[word] = _STARTS.get(value, value) if starts else value
    if "nb_row" in table and "nb_col" in table:
        new["kernel_size"] = [table["nb_row"], table["nb_col"]]
    if key_of(former) == "thresholdedrelu":
        return _thresholded(new)
    if name.startswith("AveragePooling") and "pool_size" not in new:
        new["pool_size"] = 2  # what Keras 1 and 2 took, as max pooling still does
    return _colors_last(new, where)


def _thresholded(table: JsonObject) -> JsonObject:
    theta = table.pop("theta", 1.0)
    return {**table, "type": "ReLU", "threshold": theta}


def _colors_last(table: JsonObject, where: str) -> JsonObject:
    order = table.pop("data_format", "channels_last")
    if order not in {"channels_last", "tf"}:
        raise RecipeError(
            f"{where} data_format: colors come last here, got {order!r}. Leave it out."
        )
    return table
