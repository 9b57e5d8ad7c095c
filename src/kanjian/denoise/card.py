"""The card of a denoiser, `denoiser.toml`: what it cleans, takes and is made of."""

from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import ClassVar, Literal

from kanjian import former
from kanjian.errors import DenoiserError
from kanjian.inference.saved_network import (
    Kind,
    SavedNetwork,
    SharedFields,
    read_saved,
    write_saved,
)
from kanjian.json_types import JsonObject
from kanjian.paths import AnyPath
from kanjian.recipes.former_keys import in_todays_keys

DENOISER = Kind(
    "denoiser", DenoiserError, "Name a run folder of 'kanjian denoise train'.", "denoise.toml"
)
CARD = DENOISER.card


@dataclass(frozen=True)
class NetworkSpec:
    """What a denoising network takes.

    Args:
        channels: 1 for gray, 3 for RGB. A gray network cleans the channels of a color
            picture one by one.
        noise_map: Whether it takes how strong the noise is as one channel more: σ in gray
            levels for every pixel.
        multiple: Height and width of what goes in must be a multiple of this.
        margin: No pixel of the output depends on what lies further off than this, so that
            tiles which overlap by it give that of the whole picture.
    """

    channels: Literal[1, 3] = 1
    noise_map: bool = False
    multiple: int = 1
    margin: int = 0

    def __post_init__(self) -> None:
        """Refuse what no network can have, wherever it comes from."""
        if self.channels not in (1, 3):
            raise DenoiserError(f"channels must be 1 (gray) or 3 (RGB), got {self.channels!r}.")
        if type(self.noise_map) is not bool:
            raise DenoiserError(f"noise_map must be true or false, got {self.noise_map!r}.")
        for name, least in (("multiple", 1), ("margin", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise DenoiserError(f"{name} must be {least} or more, whole, got {value!r}.")

    @property
    def inputs(self) -> int:
        """Channels that go in, with that of σ."""
        return self.channels + self.noise_map


@dataclass(frozen=True)
class DenoiserCard(SavedNetwork):
    """Everything a denoiser says of itself.

    Args:
        name: What it is called.
        spec: What its network takes.
        created, openvino_parity, openvino_note, versions, facts, sha256: See `SavedNetwork`; the
            parity is in gray levels.
    """

    kind: ClassVar[Kind] = DENOISER

    spec: NetworkSpec


def write_card(folder: Path, card: DenoiserCard) -> None:
    """Write `denoiser.toml` into a folder, with the hash of every file that lies there.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_card(folder, DenoiserCard("grain", NetworkSpec(margin=17), facts={"epochs": 3}))
        >>> read_card(folder).spec.margin
        17
    """
    write_saved(folder, card, {"network": asdict(card.spec)})


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
    return read_saved(Path(folder), DENOISER, _card_of)


def _card_of(text: JsonObject, shared: SharedFields) -> DenoiserCard:
    known = [field.name for field in fields(NetworkSpec)]
    spec = in_todays_keys(text["network"], known, warn=False)
    return DenoiserCard(spec=NetworkSpec(**spec), **shared)


former.names_in(__name__)
