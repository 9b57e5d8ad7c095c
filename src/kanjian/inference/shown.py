"""How a recognizer and its answers show themselves in a notebook."""

from pathlib import Path

from kanjian.errors import ImageError
from kanjian.images.decode import read_image
from kanjian.inference.prediction import Prediction
from kanjian.inference.recognizer import Recognizer
from kanjian.notebook import pieces

_COLORS = {1: "gray", 3: "color"}
_BARS, _SHOWN_PX, _CLASSES = 5, 180, 20


def prediction_html(prediction: Prediction) -> str:
    """The picture beside bars of its most probable classes."""
    said = f"{prediction.label}, {100 * prediction.probability:.1f} %"
    if not prediction.known:
        said = f"{prediction.label}: not sure enough of {prediction.best_label}"
    bars = pieces.bars(prediction.top(_BARS))
    body = pieces.beside(_picture(prediction), bars)
    return pieces.frame(said, body, pieces.note(prediction.name))


def _picture(prediction: Prediction) -> str:
    image = prediction.image
    if image is None and Path(prediction.name).is_file():
        try:
            image = read_image(prediction.name, cover_hw=(2 * _SHOWN_PX,) * 2)
        except ImageError:  # gone or overwritten meanwhile; the answer stays
            return ""
    if image is None:
        return ""
    plain = image[..., 0] if image.ndim == 3 and image.shape[2] == 1 else image
    return pieces.picture(plain, longest_px=_SHOWN_PX, title=prediction.name)


def recognizer_html(recognizer: Recognizer) -> str:
    """What its card says, and how its self-test went."""
    card, (height, width) = recognizer.card, recognizer.size_hw
    classes = ", ".join(card.classes[:_CLASSES])
    more = len(card.classes) - _CLASSES
    threshold = recognizer.abstain_threshold
    return pieces.frame(
        recognizer.name,
        pieces.facts(
            {
                f"{len(card.classes)} classes": classes + (f" and {more} more" if more > 0 else ""),
                "takes": f"{height}×{width} {_COLORS[card.channels]}, {card.fit}",
                "unknown": None if threshold is None else f"below {100 * threshold:.1f} %",
                "runs on": recognizer.engine,
                "made": card.created,
                **{key.replace("_", " "): value for key, value in card.facts.items()},
                "folder": recognizer.folder,
            }
        ),
    )
