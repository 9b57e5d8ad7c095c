"""The text tower of CLIP and SigLIP presets: words as the numbers that pictures are compared to."""

import contextlib
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.models.hub import load_preset
from kanjian.models.keras_lookup import one_line

# What SigLIP's own text preparation takes out (big_vision, prompt_engineering.py)
_PUNCTUATION = re.compile(r"""[!"#$%&\\'()*+,\-./:;<=>?@\[\]^_`{|}~]""")


@dataclass(frozen=True, eq=False)
class TextFeatures:
    """Labels as directions in the space of the image tower's features.

    A picture's logit for a label is `scale` times the cosine of the angle between its feature
    and the label's, plus `bias`.

    Args:
        directions: (k, d) float32, each of length one.
        scale: The preset's own.
        bias: The preset's own; 0 for CLIP.
    """

    directions: np.ndarray
    scale: float
    bias: float


def text_features(folder: Path, name: str, labels: Sequence[str]) -> TextFeatures:
    """What the text tower of a preset makes of labels.

    Args:
        folder: The preset.
        name: What to call it in messages.
        labels: Texts, as "a photo of a cat".

    Raises:
        RecipeError: If it has no text tower, or no tokenizer that can be read.
    """
    backbone = load_preset(folder, name)
    if not hasattr(backbone, "get_text_embeddings"):
        raise RecipeError(
            f"{name} is a {type(backbone).__name__}, which knows pictures alone. Labels need a "
            "preset of CLIP, MetaCLIP or SigLIP, which knows words too."
        )
    tokens = _tokens(folder, name, labels, most=_longest(backbone))
    ops = load_keras().ops
    found = backbone.get_text_embeddings(ops.convert_to_tensor(tokens, "int32"))
    rows = ops.convert_to_numpy(found).astype(np.float32)
    head = next(each for each in backbone.layers if hasattr(each, "logit_scale"))
    bias = getattr(head, "logit_bias", None)
    return TextFeatures(
        rows / np.linalg.norm(rows, axis=1, keepdims=True),
        scale=float(np.exp(ops.convert_to_numpy(head.logit_scale))),
        bias=0.0 if bias is None else float(ops.convert_to_numpy(bias)),
    )


def _longest(backbone: Any) -> int | None:
    longest = getattr(backbone.text_encoder, "max_sequence_length", None)
    return None if longest is None else int(longest)


def _tokens(folder: Path, name: str, labels: Sequence[str], *, most: int | None) -> np.ndarray:
    hub = extras.load("keras_hub")
    try:
        with _vocabulary_kept(hub), warnings.catch_warnings():
            warnings.simplefilter("ignore", ResourceWarning)  # it leaves a file to be collected
            prepare = hub.models.CausalLMPreprocessor.from_preset(str(folder))
            prepare.build(None)
            texts = [_spelled(prepare, label) for label in labels]
            length = min(prepare.sequence_length, most or prepare.sequence_length)
            packed, _ = prepare.packer(
                prepare.tokenizer(texts),
                sequence_length=length,
                add_start_value=prepare.add_start_token,
                add_end_value=prepare.add_end_token,
            )
    # tokenizers of many kinds raise whatever they like
    except Exception as error:
        raise RecipeError(
            f"{name} cannot read words ({one_line(error)[:200]}). Its tokenizer belongs into the "
            "preset, as KerasHub's preprocessor.save_to_preset() writes it."
        ) from error
    return np.asarray(load_keras().ops.convert_to_numpy(packed), np.int32)


def _spelled(prepare: Any, label: str) -> str:
    """A label as the preset's own preparation of texts, which wants TensorFlow, would have it."""
    if getattr(prepare, "canonicalize_text", False):
        return " ".join(_PUNCTUATION.sub("", label.lower()).split())
    return label.lower() if getattr(prepare, "to_lower", False) else label


@contextlib.contextmanager
def _vocabulary_kept(hub: Any) -> Iterator[None]:
    """Where TensorFlow Text is missing, KerasHub 0.32 forgets CLIP's vocabulary on the way."""
    tokenizer = hub.tokenizers.BytePairTokenizer
    setting = tokenizer._set_vocabulary_and_merges_tf
    if extras.installed("tensorflow_text"):
        yield
        return

    def kept(self: Any, vocabulary: Any, merges: Any) -> None:
        self.vocabulary, self.merges = vocabulary.copy(), merges
        raise ImportError("tensorflow_text")

    tokenizer._set_vocabulary_and_merges_tf = kept
    try:
        yield
    finally:
        tokenizer._set_vocabulary_and_merges_tf = setting
