"""How a recognizer and its answers show themselves in a notebook."""

from pathlib import Path

from kanjian.errors import ImageError
from kanjian.i18n import _, ngettext
from kanjian.images.decode import read_image
from kanjian.inference.prediction import Prediction
from kanjian.inference.recognizer import Recognizer
from kanjian.notebook import pieces
from kanjian.reporting.wording import in_percent
from kanjian.spoken import heading

_BARS, _SHOWN_PX, _CLASSES = 5, 180, 20


def prediction_html(prediction: Prediction) -> str:
    """The picture beside bars of its most probable classes."""
    said = f"{prediction.label}, {in_percent(f'{100 * prediction.probability:.1f}')}"
    if not prediction.known:
        said = _("{label}: not sure enough of {best_label}",
                 label=prediction.label, best_label=prediction.best_label)  # fmt: skip
    if prediction.unlike:
        said = _("{label}: unlike the training pictures", label=prediction.label)
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
    more, threshold = len(card.classes) - _CLASSES, recognizer.abstain_threshold
    few = ", ".join(card.classes[:_CLASSES])
    classes = _("{few} and {n} more", few=few, n=more) if more > 0 else few
    taken = _("{height}×{width} gray") if card.channels == 1 else _("{height}×{width} color")
    below = None if threshold is None else in_percent(f"{100 * threshold:.1f}")
    return pieces.frame(
        recognizer.name,
        pieces.facts(
            {
                ngettext("{n} class", "{n} classes", len(card.classes)): classes,
                _("takes"): f"{taken.format(height=height, width=width)}, {card.fit}",
                _("unknown"): below and _("below {share}", share=below),
                _("unlike"): None if card.open_set_threshold is None else _("unknown, too"),
                _("views"): recognizer.views if recognizer.views > 1 else None,
                _("runs on"): recognizer.engine,
                _("made"): card.created,
                **{heading(key.replace("_", " ")): value for key, value in card.facts.items()},
                _("folder"): recognizer.folder,
            }
        ),
    )
