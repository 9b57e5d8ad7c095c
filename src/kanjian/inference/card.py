"""The card of a recognizer, `recognizer.toml`: what it predicts, takes and is made of."""

import hashlib
import json
import math
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal, cast

import numpy as np

from kanjian.errors import RecognizerError
from kanjian.guard.npz import read_npz
from kanjian.guard.text import parse_json
from kanjian.inference.saved_network import (
    Kind,
    SavedNetwork,
    SharedFields,
    portable,
    read_saved,
    write_saved,
)
from kanjian.inference.views import check_views
from kanjian.json_types import JsonObject
from kanjian.paths import AnyPath
from kanjian.storage import files

RECOGNIZER = Kind(
    "recognizer",
    RecognizerError,
    "Name a run folder or its recognizer folder.",
    "recipe.toml",
    newest=3,
)
CARD, SELFTEST_FILE, OPEN_SET_FILE = RECOGNIZER.card, "selftest.npz", "open-set.npz"
VIEWS_INSIDE = "views_inside"  # the fact that an exported network makes so many views itself
_TOLD = "card"  # what the self-test keeps of the card
# What the self-test of an earlier kanjian means, which says nothing of these
_BEFORE = {"views": 1, "mirror": False, "open_set_threshold": None, "open_set_target": None}


@dataclass(frozen=True)
class Card(SavedNetwork):
    """Everything a recognizer says of itself.

    Args:
        name: What it is called.
        classes: The class names, in the order of the network's outputs.
        size_hw: Height and width of the picture the network takes.
        channels: 3 for RGB, 1 for gray.
        fit: How a picture is brought to that size, see `resize_image`.
        abstain_threshold: Below this probability the prediction is "unknown"; None: never.
        abstain_target: The share of right predictions the threshold was calibrated for.
        views: Of how many views of a picture the predictions are averaged, see `views_of`.
        mirror: Whether mirror images are among them: False where left and right matter, and in
            cards of an earlier kanjian.
        open_set_threshold: Further than this from all training pictures, see `OpenSet`, the
            prediction is "unknown"; None: nothing is kept of them.
        open_set_target: The share of right predictions that it was calibrated to keep.
        created, openvino_parity, openvino_note, versions, facts, sha256: See `SavedNetwork`.
    """

    kind: ClassVar[Kind] = RECOGNIZER

    classes: tuple[str, ...]
    size_hw: tuple[int, int]
    channels: Literal[1, 3]
    fit: Literal["letterbox", "crop", "stretch"]
    abstain_threshold: float | None = None
    abstain_target: float | None = None
    views: int = 1
    mirror: bool = False
    open_set_threshold: float | None = None
    open_set_target: float | None = None

    @property
    def format(self) -> int:
        """2 with views, 3 with an open set: an earlier kanjian would predict something else."""
        if self.open_set_threshold is not None:
            return 3
        return 1 if self.views == 1 else 2

    def __post_init__(self) -> None:
        """Refuse a card that contradicts itself, wherever it comes from."""
        for problem in _problems(self):
            raise RecognizerError(problem)
        check_views(self.views)


def _problems(card: Card) -> list[str]:
    found = []
    if len(card.classes) < 2 or not all(isinstance(name, str) for name in card.classes):
        found.append(f"classes must be two names or more, got {list(card.classes)!r}.")
    elif len(set(card.classes)) != len(card.classes):
        twice = next(name for name in card.classes if card.classes.count(name) > 1)
        found.append(f"classes must differ, got {twice!r} twice.")
    if not (
        len(card.size_hw) == 2 and all(type(side) is int and side > 0 for side in card.size_hw)
    ):
        found.append(f"size_hw must be (height, width), whole and positive, got {card.size_hw!r}.")
    if card.channels not in (1, 3):
        found.append(f"channels must be 1 (gray) or 3 (RGB), got {card.channels!r}.")
    if card.fit not in ("letterbox", "crop", "stretch"):
        found.append(f"fit must be letterbox, crop or stretch, got {card.fit!r}.")
    for name in ("abstain_threshold", "abstain_target", "open_set_target"):
        value = getattr(card, name)
        if value is not None and not (isinstance(value, (int, float)) and 0 <= value <= 1):
            found.append(f"{name} must be from 0 to 1 or none, got {value!r}.")
    far = card.open_set_threshold
    if far is not None and not (isinstance(far, (int, float)) and 0 < far < math.inf):
        found.append(f"open_set_threshold must be above 0 or none, got {far!r}.")
    if type(card.mirror) is not bool:
        found.append(f"mirror must be true or false, got {card.mirror!r}.")
    return found


def _decisive(card: Card) -> JsonObject:
    """What of a card decides its predictions; the self-test keeps it, and a hash covers that."""
    return {
        "classes": list(card.classes),
        "size_hw": list(card.size_hw),
        "channels": card.channels,
        "fit": card.fit,
        "abstain_threshold": card.abstain_threshold,
        "abstain_target": card.abstain_target,
        "views": card.views,
        "mirror": card.mirror,
        "open_set_threshold": card.open_set_threshold,
        "open_set_target": card.open_set_target,
    }


def write_card(folder: Path, card: Card) -> None:
    """Write `recognizer.toml` into a folder, with the hash of every file that lies there.

    What decides the predictions is written into the self-test, too: a card in which class names
    were swapped later is found when it is read.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_card(folder, Card("pets", ("cat", "dog"), (32, 48), 3, "crop"))
        >>> read_card(folder).size_hw
        (32, 48)
    """
    if (folder / SELFTEST_FILE).is_file():
        _keep_decisive(folder / SELFTEST_FILE, card)
    own = {
        "classes": list(card.classes),
        "input": {"size_hw": list(card.size_hw), "channels": card.channels, "fit": card.fit},
        "abstain": portable({"threshold": card.abstain_threshold, "target": card.abstain_target}),
        "views": {"n": card.views, "mirror": card.mirror},
        "open_set": portable({"threshold": card.open_set_threshold,
                              "target": card.open_set_target}),
        "selftest": {"file": SELFTEST_FILE},
    }  # fmt: skip
    write_saved(folder, card, own)


def _keep_decisive(selftest: Path, card: Card) -> None:
    try:
        arrays = read_npz(selftest, error=RecognizerError)
    except (OSError, RecognizerError):
        return  # whoever asks for the self-test is told
    arrays[_TOLD] = np.frombuffer(json.dumps(_decisive(card)).encode(), np.uint8)
    with files.replacing(selftest) as temporary, temporary.open("wb") as stream:
        np.savez(stream, **arrays)  # type: ignore[arg-type]


def check_card(folder: Path, card: Card) -> None:
    """Raise if a card says something else than when its network was tested.

    Raises:
        RecognizerError: If class names, size, colors, fit or threshold were changed; says how.
            Also if the self-test, which keeps them, is missing or damaged.

    Example:
        >>> card = Card("pets", ("cat", "dog"), (32, 48), 3, "crop")
        >>> check_card(Path("a recognizer without self-test"), card)
    """
    if SELFTEST_FILE not in card.sha256:
        return  # whoever asks for the self-test is told
    path = card.file_in(folder, SELFTEST_FILE)
    stored = read_npz(path, error=RecognizerError, only=(_TOLD,))
    if _TOLD not in stored:  # saved by an earlier kanjian
        return
    try:
        record = parse_json(stored[_TOLD].tobytes().decode(), str(path), error=RecognizerError)
    except UnicodeDecodeError as error:
        raise RecognizerError(f"{path} is damaged: {error}. {RECOGNIZER.again}") from error
    if isinstance(record, dict):
        record = _BEFORE | record
    for name, now in _decisive(card).items():
        if not isinstance(record, dict) or record.get(name) != now:
            was = record.get(name) if isinstance(record, dict) else record
            raise RecognizerError(
                f"{folder / CARD} was changed after it was saved: {name} is {now!r}, and was "
                f"{was!r} when the network was tested. {RECOGNIZER.again}"
            )


def read_card(folder: AnyPath) -> Card:
    """Read and check `recognizer.toml`.

    Raises:
        RecognizerError: If it is missing, damaged, contradicts itself or is of a newer
            kanjian.
    """
    return read_saved(Path(folder), RECOGNIZER, _card_of)


def _card_of(text: JsonObject, shared: SharedFields) -> Card:
    entry, abstain, views = text["input"], text.get("abstain", {}), text.get("views", {})
    open_set = text.get("open_set", {})
    return Card(
        classes=tuple(text["classes"]),
        size_hw=cast("tuple[int, int]", tuple(entry["size_hw"])),
        channels=entry["channels"],
        fit=entry["fit"],
        abstain_threshold=abstain.get("threshold"),
        abstain_target=abstain.get("target"),
        views=views.get("n", _BEFORE["views"]),
        mirror=views.get("mirror", _BEFORE["mirror"]),
        open_set_threshold=open_set.get("threshold"),
        open_set_target=open_set.get("target"),
        **shared,
    )


def fingerprint(folder: Path) -> str:
    """One hash for the whole recognizer: the card holds the hashes of all its files."""
    return hashlib.sha256((folder / CARD).read_bytes()).hexdigest()


def views_inside(home: Path, card: Card, views: int | None) -> int | None:
    """How many views an exported network makes itself; None for one that makes none.

    Raises:
        RecognizerError: If others are asked for.

    Example:
        >>> names = ("cat", "dog")
        >>> card = Card(name="a", classes=names, size_hw=(8, 8), channels=1, fit="crop")
        >>> views_inside(Path("a"), card, 3) is None
        True
    """
    inside: int | None = card.facts.get(VIEWS_INSIDE)
    if inside is not None and views not in (None, inside):
        raise RecognizerError(
            f"the network in {home} makes {inside} views itself, got views {views}. Leave "
            "them out, or ask the recognizer that it was exported from."
        )
    return inside
