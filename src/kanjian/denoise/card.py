"""The card of a denoiser, `denoiser.toml`: what it cleans, takes and is made of."""

from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from kanjian import extras
from kanjian.errors import DenoiserError
from kanjian.guard.text import read_toml
from kanjian.inference.card import portable
from kanjian.paths import AnyPath
from kanjian.storage import files
from kanjian.storage.failures import check_ordinary

FORMAT = 1
CARD, KERAS_FILE = "denoiser.toml", "model.keras"
OPENVINO_FILES = ("model.xml", "model.bin")
_AGAIN = "Copy the denoiser again or save it again."


@dataclass(frozen=True)
class NetworkSpec:
    """What a denoising network takes.

    Args:
        channels: 1 for gray, 3 for RGB. A gray network cleans the channels of a color
            picture one by one.
        told: Whether it is told how strong the noise is, as one channel more: σ in gray
            levels for every pixel.
        multiple: Height and width of what goes in must be a multiple of this.
        margin: No pixel of the answer depends on what lies further off than this, so that
            tiles which overlap by it give the answer of the whole picture.
    """

    channels: Literal[1, 3] = 1
    told: bool = False
    multiple: int = 1
    margin: int = 0

    def __post_init__(self) -> None:
        """Refuse what no network can have, wherever it comes from."""
        if self.channels not in (1, 3):
            raise DenoiserError(f"channels must be 1 (gray) or 3 (RGB), got {self.channels!r}.")
        if type(self.told) is not bool:
            raise DenoiserError(f"told must be true or false, got {self.told!r}.")
        for name, least in (("multiple", 1), ("margin", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise DenoiserError(f"{name} must be {least} or more, whole, got {value!r}.")

    @property
    def inputs(self) -> int:
        """Channels that go in, with that of σ."""
        return self.channels + self.told


@dataclass(frozen=True)
class DenoiserCard:
    """Everything a denoiser says of itself.

    Args:
        name: What it is called.
        spec: What its network takes.
        created: When it was saved, UTC.
        openvino_parity: Largest difference between Keras and OpenVINO, in gray levels.
        openvino_note: Why there is no OpenVINO form, where there is none.
        versions: What it was made with.
        facts: What the maker wants to be remembered: network, noise, epochs.
        sha256: The hash of each file beside the card.
    """

    name: str
    spec: NetworkSpec
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    openvino_parity: float | None = None
    openvino_note: str | None = None
    versions: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    sha256: dict[str, str] = field(default_factory=dict)

    @property
    def has_openvino(self) -> bool:
        """Whether the denoiser carries its OpenVINO form."""
        return all(name in self.sha256 for name in OPENVINO_FILES)


def write_card(folder: Path, card: DenoiserCard) -> None:
    """Write `denoiser.toml` into a folder, with the hash of every file that lies there.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_card(folder, DenoiserCard("grain", NetworkSpec(margin=17), facts={"epochs": 3}))
        >>> read_card(folder).spec.margin
        17
    """
    import tomli_w

    hashes = {
        path.name: files.sha256(path) for path in sorted(folder.iterdir()) if path.name != CARD
    }
    openvino = {"parity": card.openvino_parity, "note": card.openvino_note}
    text = {
        "format": FORMAT,
        "name": card.name,
        "created": card.created,
        "network": asdict(card.spec),
        "openvino": portable(openvino),
        "versions": card.versions,
        "facts": portable(card.facts),
        "sha256": hashes,
    }
    files.write_text(folder / CARD, tomli_w.dumps(text))


def read_card(folder: AnyPath) -> DenoiserCard:
    """Read and check `denoiser.toml`.

    Raises:
        DenoiserError: If it is missing, damaged or of a newer kanjian.

    Example:
        >>> read_card(Path("nowhere"))
        Traceback (most recent call last):
        kanjian.errors.DenoiserError: no denoiser in nowhere: denoiser.toml cannot be read (No such
            file or directory). Name a run folder of 'kanjian denoise train'.
    """
    folder = Path(folder)
    path = folder / CARD
    try:
        check_ordinary(path)
        text = read_toml(path, error=DenoiserError)
        number = text.get("format")
        if type(number) is int and number > FORMAT:
            raise DenoiserError(
                f"{path} has format {number}, this kanjian reads up to {FORMAT}. {extras.update()}"
            )
        return _card_of(text)
    except OSError as error:
        raise DenoiserError(
            f"no denoiser in {folder}: {CARD} cannot be read ({error.strerror or error}). "
            "Name a run folder of 'kanjian denoise train'."
        ) from error
    except KeyError as error:
        raise DenoiserError(f"{path} is damaged: key {error} is missing. {_AGAIN}") from error
    except (ValueError, TypeError, AttributeError) as error:
        raise DenoiserError(f"{path} is damaged: {error}. {_AGAIN}") from error


def _card_of(text: dict[str, Any]) -> DenoiserCard:
    if text["format"] != FORMAT:
        raise ValueError(f"format must be {FORMAT}, got {text['format']!r}")
    return DenoiserCard(
        name=str(text["name"]),
        spec=NetworkSpec(**text["network"]),
        created=str(text["created"]),
        openvino_parity=text.get("openvino", {}).get("parity"),
        openvino_note=text.get("openvino", {}).get("note"),
        versions=dict(text.get("versions", {})),
        facts=dict(text.get("facts", {})),
        sha256={name: str(digest) for name, digest in text["sha256"].items()},
    )


def check_file(folder: Path, card: DenoiserCard, name: str) -> Path:
    """The path of one file of a denoiser, once its content is found to be what was saved.

    Raises:
        DenoiserError: If it is missing or was changed.
    """
    path = folder / name
    try:
        found = files.sha256(path)
    except OSError as error:
        raise DenoiserError(
            f"{path} cannot be read ({error.strerror or error}). {_AGAIN}"
        ) from error
    if found != card.sha256.get(name):
        raise DenoiserError(f"{path} is not the file that was saved. {_AGAIN}")
    return path
