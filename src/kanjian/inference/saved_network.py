"""A saved network: a folder with `model.keras`, its OpenVINO form, and a card with their hashes.

Recognizers and denoisers are such folders. What both say of themselves, and how their files are
written down, read and checked, is here once.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, TypedDict, TypeVar

from kanjian import extras
from kanjian.checks import quoted
from kanjian.errors import KanjianError
from kanjian.guard.text import read_toml
from kanjian.inference.whole_folder import settle
from kanjian.json_types import JsonObject
from kanjian.names import without_places
from kanjian.storage import files
from kanjian.storage.failures import check_ordinary

KERAS_FILE = "model.keras"
OPENVINO_FILES = ("model.xml", "model.bin")
# A run that has a report is finished; one with a study in it trains no network of its own
REPORT, STUDY = "report.json", "study.json"


@dataclass(frozen=True)
class Kind:
    """One kind of saved network.

    Args:
        noun: What it is called, as "recognizer"; so is its folder in a run, and its card.
        error: What is raised where something is wrong with one.
        hint: What to name in place of a folder that is none.
        recipe: The recipe in the folder of a run that trains one.
        newest: The newest format of its card that is understood.
    """

    noun: str
    error: type[KanjianError]
    hint: str
    recipe: str
    newest: int = 1

    @property
    def card(self) -> str:
        """The file name of its card."""
        return f"{self.noun}.toml"

    @property
    def again(self) -> str:
        """What to do with a damaged one."""
        return f"Copy the {self.noun} again or save it again."

    def home_of(self, folder: Path) -> Path:
        """The folder the card lies in: this one, or the one of its kind in it.

        Example:
            >>> import tempfile
            >>> run = Path(tempfile.mkdtemp())
            >>> (run / "recognizer").mkdir()
            >>> Kind("recognizer", KanjianError, "", "recipe.toml").home_of(run).name
            'recognizer'
        """
        inner = folder / self.noun
        settle(inner)
        settle(folder)
        return folder if (folder / self.card).is_file() or not inner.is_dir() else inner

    def unfinished(self, folder: Path) -> str | None:
        """Where this is the folder of a run that has not come to its end: how to go on.

        Example:
            >>> import tempfile
            >>> run = Path(tempfile.mkdtemp())
            >>> kind = Kind("recognizer", KanjianError, "", "recipe.toml")
            >>> kind.unfinished(run) is None
            True
            >>> (run / kind.recipe).touch()
            >>> kind.unfinished(run)
            'the run in ... is not finished, and its recognizer comes at the end. Go on with:
                kanjian resume ...'
        """
        there = {name for name in (self.recipe, REPORT, STUDY) if (folder / name).is_file()}
        if there != {self.recipe}:
            return None
        return (
            f"the run in {folder} is not finished, and its {self.noun} comes at the end. Go on "
            f"with: kanjian resume {quoted(folder)}"
        )


@dataclass(frozen=True)
class SavedNetwork:
    """What the card of every saved network says.

    Args:
        name: What it is called.
        created: When it was saved, UTC.
        openvino_parity: Largest difference between the predictions of Keras and of OpenVINO.
        openvino_note: Why there is no OpenVINO form, where there is none.
        versions: What it was made with.
        facts: What the maker wants to be remembered.
        sha256: The hash of each file beside the card.
    """

    kind: ClassVar[Kind]

    name: str
    created: str = field(
        default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"), kw_only=True
    )
    openvino_parity: float | None = field(default=None, kw_only=True)
    openvino_note: str | None = field(default=None, kw_only=True)
    versions: dict[str, str] = field(default_factory=dict, kw_only=True)
    facts: JsonObject = field(default_factory=dict, kw_only=True)
    sha256: dict[str, str] = field(default_factory=dict, kw_only=True)

    @property
    def format(self) -> int:
        """The oldest format that says all that this card says."""
        return 1

    @property
    def has_openvino(self) -> bool:
        """Whether it carries its OpenVINO form."""
        return all(name in self.sha256 for name in OPENVINO_FILES)

    def file_in(self, folder: Path, name: str) -> Path:
        """The path of one of its files, once the content is found to be what was saved.

        Raises:
            KanjianError: Of its kind, if the file is missing or was changed.
        """
        kind, path = self.kind, folder / name
        if name not in self.sha256:
            raise kind.error(f"{folder / kind.card} lists no {name}. {kind.again}")
        try:
            found = files.sha256(path)
        except OSError as error:
            raise kind.error(
                f"{path} cannot be read ({error.strerror or error}). {kind.again}"
            ) from error
        if found != self.sha256[name]:
            raise kind.error(
                f"{path} is not the file that was saved (its SHA-256 begins {found[:8]}, "
                f"expected {self.sha256[name][:8]}). {kind.again}"
            )
        return path


Saved = TypeVar("Saved", bound=SavedNetwork)


def write_saved(folder: Path, card: SavedNetwork, own: Mapping[str, Any]) -> None:
    """Write the card into a folder, with the hash of every file that lies there.

    Args:
        folder: Where the files of the network lie.
        card: What is said of it.
        own: What only its kind says, as it stands in the file.
    """
    import tomli_w

    name = card.kind.card
    hashes = {
        path.name: files.sha256(path) for path in sorted(folder.iterdir()) if path.name != name
    }
    text = {
        "format": card.format,
        "name": card.name,
        "created": card.created,
        **own,
        "openvino": portable({"parity": card.openvino_parity, "note": card.openvino_note}),
        "versions": portable(card.versions),
        "facts": portable(card.facts),
        "sha256": hashes,
    }
    files.write_text(folder / name, tomli_w.dumps(text))


class SharedFields(TypedDict):
    """What all cards share, as keywords of `SavedNetwork`."""

    name: str
    created: str
    openvino_parity: float | None
    openvino_note: str | None
    versions: dict[str, str]
    facts: JsonObject
    sha256: dict[str, str]


def read_saved(
    folder: Path, kind: Kind, make: Callable[[JsonObject, SharedFields], Saved]
) -> Saved:
    """Read and check the card in a folder.

    Args:
        folder: Where it lies.
        kind: What it should be.
        make: Makes the card of the file's text and of what all cards share, as keywords.

    Raises:
        KanjianError: Of its kind, if it is missing, damaged, contradicts itself or is of a newer
            kanjian.
    """
    path = folder / kind.card
    try:
        check_ordinary(path)
        text = read_toml(path, error=kind.error)
    except OSError as error:
        why = f"{kind.card} cannot be read ({error.strerror or error})"
        raise kind.error(
            kind.unfinished(folder) or f"no {kind.noun} in {folder}: {why}. {kind.hint}"
        ) from error
    except kind.error as error:
        raise kind.error(f"{error} {kind.again}") from error
    _check_format(path, kind, text.get("format"))
    try:
        return make(text, _shared(text))
    except kind.error as error:
        raise kind.error(f"{path} is damaged: {error} {kind.again}") from error
    except KeyError as error:
        raise kind.error(f"{path} is damaged: key {error} is missing. {kind.again}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise kind.error(f"{path} is damaged: {error}. {kind.again}") from error


def _check_format(path: Path, kind: Kind, number: object) -> None:
    if type(number) is not int or number < 1:
        known = "1" if kind.newest == 1 else f"1 to {kind.newest}"
        raise kind.error(f"{path} is damaged: format must be {known}, got {number!r}. {kind.again}")
    if number > kind.newest:
        raise kind.error(
            f"{path} has format {number}, this kanjian reads up to {kind.newest}. {extras.update()}"
        )


def _shared(text: JsonObject) -> SharedFields:
    return {
        "name": str(text["name"]),
        "created": str(text["created"]),
        "openvino_parity": text.get("openvino", {}).get("parity"),
        "openvino_note": text.get("openvino", {}).get("note"),
        "versions": dict(text.get("versions", {})),
        "facts": dict(text.get("facts", {})),
        "sha256": {name: str(digest) for name, digest in text["sha256"].items()},
    }


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
