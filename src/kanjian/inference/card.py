"""The card of a recognizer, `recognizer.toml`: what it answers, takes and is made of."""

import hashlib
import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, cast

import numpy as np

from kanjian import extras
from kanjian.errors import RecognizerError
from kanjian.guard.npz import read_npz
from kanjian.guard.text import parse_json, read_toml
from kanjian.names import without_places
from kanjian.paths import AnyPath
from kanjian.storage import files
from kanjian.storage.failures import check_ordinary

FORMAT = 1
CARD = "recognizer.toml"
KERAS_FILE, SELFTEST_FILE = "model.keras", "selftest.npz"
_TOLD = "card"  # what the self-test keeps of the card
OPENVINO_FILES = ("model.xml", "model.bin")


@dataclass(frozen=True)
class Card:
    """Everything a recognizer says of itself.

    Args:
        name: What it is called.
        classes: The answers it knows, in the order of the network's outputs.
        size_hw: Height and width of the picture the network takes.
        channels: 3 for RGB, 1 for gray.
        fit: How a picture is brought to that size, see `resize_image`.
        abstain_threshold: Below this probability the answer is "unknown"; None: never.
        abstain_target: The share of right answers the threshold was calibrated for.
        created: When it was saved, UTC.
        openvino_parity: Largest difference between the answers of Keras and of OpenVINO.
        openvino_note: Why there is no OpenVINO form, where there is none.
        versions: What it was made with.
        facts: What the maker wants to be remembered.
        sha256: The hash of each file beside the card.
    """

    name: str
    classes: tuple[str, ...]
    size_hw: tuple[int, int]
    channels: Literal[1, 3]
    fit: Literal["letterbox", "crop", "stretch"]
    abstain_threshold: float | None = None
    abstain_target: float | None = None
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    openvino_parity: float | None = None
    openvino_note: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse a card that contradicts itself, wherever it comes from."""
        for problem in _problems(self):
            raise RecognizerError(problem)

    @property
    def has_openvino(self) -> bool:
        """Whether the recognizer carries its OpenVINO form."""
        return all(name in self.sha256 for name in OPENVINO_FILES)


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
    for name in ("abstain_threshold", "abstain_target"):
        value = getattr(card, name)
        if value is not None and not (isinstance(value, (int, float)) and 0 <= value <= 1):
            found.append(f"{name} must be from 0 to 1 or none, got {value!r}.")
    return found


def _decisive(card: Card) -> dict[str, Any]:
    """What of a card decides its answers; the self-test keeps it, and a hash covers that."""
    return {
        "classes": list(card.classes),
        "size_hw": list(card.size_hw),
        "channels": card.channels,
        "fit": card.fit,
        "abstain_threshold": card.abstain_threshold,
        "abstain_target": card.abstain_target,
    }


def write_card(folder: Path, card: Card) -> None:
    """Write `recognizer.toml` into a folder, with the hash of every file that lies there.

    What decides the answers is written into the self-test, too: a card in which class names
    were swapped later is found when it is read.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_card(folder, Card("pets", ("cat", "dog"), (32, 48), 3, "crop"))
        >>> read_card(folder).size_hw
        (32, 48)
    """
    import tomli_w

    if (folder / SELFTEST_FILE).is_file():
        _keep_decisive(folder / SELFTEST_FILE, card)
    hashes = {
        path.name: files.sha256(path) for path in sorted(folder.iterdir()) if path.name != CARD
    }
    text = {
        "format": FORMAT,
        "name": card.name,
        "created": card.created,
        "classes": list(card.classes),
        "input": {"size_hw": list(card.size_hw), "channels": card.channels, "fit": card.fit},
        "abstain": portable({"threshold": card.abstain_threshold, "target": card.abstain_target}),
        "openvino": portable({"parity": card.openvino_parity, "note": card.openvino_note}),
        "selftest": {"file": SELFTEST_FILE},
        "versions": portable(card.versions),
        "facts": portable(card.facts),
        "sha256": hashes,
    }
    files.write_text(folder / CARD, tomli_w.dumps(text))


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
    path = check_file(folder, card, SELFTEST_FILE)
    stored = read_npz(path, error=RecognizerError, only=(_TOLD,))
    if _TOLD not in stored:  # saved by an earlier kanjian
        return
    try:
        told = parse_json(stored[_TOLD].tobytes().decode(), str(path), error=RecognizerError)
    except UnicodeDecodeError as error:
        raise RecognizerError(f"{path} is damaged: {error}. {_AGAIN}") from error
    for name, now in _decisive(card).items():
        if not isinstance(told, dict) or told.get(name) != now:
            was = told.get(name) if isinstance(told, dict) else told
            raise RecognizerError(
                f"{folder / CARD} was changed after it was saved: {name} is {now!r}, and was "
                f"{was!r} when the network was tested. {_AGAIN}"
            )


def portable(value: Any) -> Any:
    """A value as it can stand in the TOML of a folder that is handed on.

    TOML knows no null: what is not there is left out; NumPy numbers become plain ones. Of paths
    their last part stays.

    Example:
        >>> import numpy as np
        >>> portable({"weights": "/home/me/w.h5", "n": np.int64(3), "none": None})
        {'weights': 'w.h5', 'n': 3}
    """
    if isinstance(value, dict):
        return {key: portable(item) for key, item in value.items() if item is not None}
    if isinstance(value, (list, tuple)):
        return [portable(item) for item in value if item is not None]
    if isinstance(value, str | Path):
        return without_places(str(value))
    return value.item() if hasattr(value, "item") else value


def read_card(folder: AnyPath) -> Card:
    """Read and check `recognizer.toml`.

    Raises:
        RecognizerError: If it is missing, damaged, contradicts itself or is of a newer
            kanjian.
    """
    folder = Path(folder)
    path = folder / CARD
    try:
        check_ordinary(path)
        text = read_toml(path, error=RecognizerError)
    except OSError as error:
        raise RecognizerError(
            f"no recognizer in {folder}: {CARD} cannot be read ({error.strerror or error}). "
            "Name a run folder or its recognizer folder."
        ) from error
    except RecognizerError as error:
        raise RecognizerError(f"{error} {_AGAIN}") from error
    _check_format(path, text.get("format"))
    try:
        return _card_of(text)
    except RecognizerError as error:
        raise RecognizerError(f"{path} is damaged: {error} {_AGAIN}") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise RecognizerError(f"{path} is damaged: {_missing_or_wrong(error)}. {_AGAIN}") from error


_AGAIN = "Copy the recognizer again or save it again."


def _missing_or_wrong(error: Exception) -> str:
    return f"key {error} is missing" if isinstance(error, KeyError) else str(error)


def _check_format(path: Path, number: object) -> None:
    if type(number) is not int or number < 1:
        raise RecognizerError(
            f"{path} is damaged: format must be {FORMAT}, got {number!r}. {_AGAIN}"
        )
    if number > FORMAT:
        raise RecognizerError(
            f"{path} has format {number}, this kanjian reads up to {FORMAT}. {extras.update()}"
        )


def _card_of(text: dict[str, Any]) -> Card:
    entry = text["input"]
    return Card(
        name=str(text["name"]),
        classes=tuple(text["classes"]),
        size_hw=cast("tuple[int, int]", tuple(entry["size_hw"])),
        channels=entry["channels"],
        fit=entry["fit"],
        abstain_threshold=text.get("abstain", {}).get("threshold"),
        abstain_target=text.get("abstain", {}).get("target"),
        created=str(text["created"]),
        openvino_parity=text.get("openvino", {}).get("parity"),
        openvino_note=text.get("openvino", {}).get("note"),
        versions=dict(text.get("versions", {})),
        facts=dict(text.get("facts", {})),
        sha256={name: str(digest) for name, digest in text["sha256"].items()},
    )


def check_file(folder: Path, card: Card, name: str) -> Path:
    """The path of one file of a recognizer, once its content is found to be what was saved.

    Raises:
        RecognizerError: If it is missing or was changed.
    """
    path = folder / name
    if name not in card.sha256:
        raise RecognizerError(f"{folder / CARD} lists no {name}. {_AGAIN}")
    try:
        found = files.sha256(path)
    except OSError as error:
        raise RecognizerError(
            f"{path} cannot be read ({error.strerror or error}). {_AGAIN}"
        ) from error
    if found != card.sha256[name]:
        raise RecognizerError(
            f"{path} is not the file that was saved (its SHA-256 begins {found[:8]}, "
            f"expected {card.sha256[name][:8]}). {_AGAIN}"
        )
    return path


def fingerprint(folder: Path) -> str:
    """One hash for the whole recognizer: the card holds the hashes of all its files."""
    return hashlib.sha256((folder / CARD).read_bytes()).hexdigest()
