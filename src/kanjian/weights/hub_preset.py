"""Presets of KerasHub as backbones: from a name or an address to a folder, checked and described.

Nothing here imports KerasHub unless a short name has to be looked up in its table.
"""

import os
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.backend import load_keras
from kanjian.checks import nearest
from kanjian.errors import DownloadError, KanjianError, WeightsError
from kanjian.guard.preset import CONFIG, check_preset
from kanjian.storage.files import expanded
from kanjian.storage.files import sha256 as file_sha256

PREFIX = "hub:"
HF, KAGGLE = "hf://", "kaggle://"
_HF_HOME, _KAGGLE_HOME = "https://huggingface.co", "https://www.kaggle.com"
# What a preset's image tower, its text tower and their preparation are made of
_PATTERNS = ["*.json", "*.h5", "*.safetensors", "*.txt", "*.model", "*.spm", "*.proto"]
_PATIENCE_S = 8
_LARGEST_PX, _USUAL_PX = 4096, 224


@dataclass(frozen=True)
class HubPreset:
    """A preset that lies on this machine.

    Args:
        name: As it was asked for, "hub:…".
        folder: Where it lies.
        family: What kind of network it says it is.
        size_hw: The size of pictures it was made for.
    """

    name: str
    folder: Path
    family: str
    size_hw: tuple[int, int]


def is_hub(name: str) -> bool:
    """Whether a backbone's name means a preset of KerasHub.

    Example:
        >>> is_hub("hub:dinov2_small"), is_hub("vgg16")
        (True, False)
    """
    return name.startswith(PREFIX)


def find_preset(name: str) -> HubPreset:
    """The preset of a name, fetched if it is not on this machine yet.

    Args:
        name: "hub:" and a folder, `hf://OWNER/NAME`, `kaggle://OWNER/MODEL/keras/NAME`, or a
            name of KerasHub's own table, as "dinov2_small". Such a name is fetched from Kaggle,
            and where `$HF_ENDPOINT` is set from "keras/NAME" there.

    Raises:
        WeightsError: If there is no such preset, it is damaged, or it takes no pictures.
        DownloadError: If it cannot be fetched; says what to do.
        MissingExtraError: If KerasHub is needed and not installed.

    Example:
        >>> find_preset("hub:")
        Traceback (most recent call last):
        kanjian.errors.WeightsError: 'hub:' names no preset. Write hub:FOLDER, hub:NAME,
            hub:hf://OWNER/NAME or hub:kaggle://OWNER/MODEL/keras/NAME.
    """
    wanted = name.removeprefix(PREFIX)
    if not wanted.strip():
        raise WeightsError(
            f"{name!r} names no preset. Write hub:FOLDER, hub:NAME, hub:hf://OWNER/NAME or "
            "hub:kaggle://OWNER/MODEL/keras/NAME."
        )
    folder = _folder_of(wanted)
    config = check_preset(folder, error=WeightsError)
    return HubPreset(name, folder, _family(config), _size_hw(folder, config))


def with_whole_path(name: str) -> str:
    """The name with the whole path of its folder, if it means one.

    Example:
        >>> with_whole_path("hub:hf://keras/vit_base"), with_whole_path("vgg16")
        ('hub:hf://keras/vit_base', 'vgg16')
    """
    place = expanded(name.removeprefix(PREFIX))
    return f"{PREFIX}{place.absolute()}" if is_hub(name) and place.is_dir() else name


def preset_digest(folder: Path) -> str:
    """A hash of all that a preset's networks and words are made of.

    Example:
        >>> import tempfile
        >>> len(preset_digest(Path(tempfile.mkdtemp())))
        64
    """
    digest = sha256()
    parts = {each for pattern in _PATTERNS for each in folder.rglob(pattern) if each.is_file()}
    for path in sorted(parts):
        digest.update(f"{path.relative_to(folder).as_posix()} {file_sha256(path)}".encode())
    return digest.hexdigest()


def hub_cache(name: str) -> Path:
    """The folder that a preset's hub keeps what it fetched in.

    Example:
        >>> hub_cache("hub:kaggle://keras/vit/keras/vit_base").is_absolute()
        True
    """
    wanted = name.removeprefix(PREFIX)
    if wanted.startswith(HF) or (not wanted.startswith(KAGGLE) and os.environ.get("HF_ENDPOINT")):
        home = os.environ.get("HF_HOME") or "~/.cache/huggingface"
        return expanded(os.environ.get("HF_HUB_CACHE") or f"{home}/hub").absolute()
    return expanded(os.environ.get("KAGGLEHUB_CACHE") or "~/.cache/kagglehub").absolute()


def _folder_of(wanted: str) -> Path:
    if wanted.startswith(HF):
        return _from_hf(wanted.removeprefix(HF))
    if wanted.startswith(KAGGLE):
        return _from_kaggle(wanted.removeprefix(KAGGLE))
    place = expanded(wanted)
    if place.is_dir():
        return place
    if "/" in wanted or "\\" in wanted or place.exists():
        what = "is a file" if place.exists() else "is not there"
        raise WeightsError(
            f"{wanted} {what}; a preset is a folder with {CONFIG} in it, as KerasHub's "
            "save_to_preset() writes it."
        )
    return _from_table(wanted)


def _from_table(short: str) -> Path:
    table = _table()
    if short not in table:
        close = nearest(short, table)
        hint = f"Did you mean 'hub:{close}'?" if close else "Name a folder, hf://… or kaggle://…."
        raise WeightsError(f"KerasHub has no preset {short!r}, and there is no such folder. {hint}")
    if os.environ.get("HF_ENDPOINT"):
        return _from_hf(f"keras/{short}")
    return _from_kaggle(table[short].removeprefix(KAGGLE), mirror="HF_ENDPOINT")


@cache
def _table() -> dict[str, str]:
    """KerasHub's own presets, each with its address."""
    load_keras()
    presets: dict[str, dict[str, Any]] = extras.load("keras_hub").models.Backbone.presets
    return {name: str(told["kaggle_handle"]) for name, told in presets.items()}


def _from_hf(repository: str) -> Path:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise WeightsError(f"an address of this hub is hf://OWNER/NAME, got hf://{repository}.")
    hub = extras.load("huggingface_hub")
    endpoint = os.environ.get("HF_ENDPOINT") or _HF_HOME

    def fetch(*, kept: bool) -> Path:
        told: str = hub.snapshot_download(
            repository,
            allow_patterns=_PATTERNS,
            endpoint=endpoint,
            etag_timeout=_PATIENCE_S,
            local_files_only=kept,
        )
        return Path(told)

    return _fetched(f"{HF}{repository}", endpoint, "HF_ENDPOINT", fetch)


def _from_kaggle(handle: str, *, mirror: str = "") -> Path:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+/[\w.-]+/[\w.-]+(/\d+)?", handle):
        raise WeightsError(
            f"an address of this hub is kaggle://OWNER/MODEL/keras/NAME, got kaggle://{handle}."
        )
    hub = extras.load("kagglehub")

    def fetch(*, kept: bool) -> Path:
        if kept:
            return _kept_by_kaggle(handle)
        return Path(hub.model_download(handle))

    return _fetched(f"{KAGGLE}{handle}", _KAGGLE_HOME, mirror, fetch)


def _kept_by_kaggle(handle: str) -> Path:
    place = hub_cache(f"{PREFIX}{KAGGLE}{handle}") / "models" / handle
    versions = [each for each in place.glob("*") if each.name.isdecimal()]
    return max(versions, key=lambda each: int(each.name)) if versions else place


def _fetched(address: str, endpoint: str, mirror: str, fetch: Callable[..., Path]) -> Path:
    """The folder of an address, without asking anybody where it is here already."""
    try:
        folder = fetch(kept=True)
        if _complete(folder):
            return folder
    except (OSError, ValueError):  # the hub's way to say that it is not here
        pass
    instead = f", or set ${mirror} to a mirror that can be reached" if mirror else ""
    advice = f"Fetch it elsewhere and name its folder, hub:FOLDER{instead}."
    reason = _unreachable(endpoint)
    if reason is None:
        try:
            return fetch(kept=False)
        # both hubs raise errors of their own, without a base in common
        except Exception as error:
            if isinstance(error, KanjianError):
                raise
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
    raise DownloadError(f"cannot fetch {address} from {endpoint} ({reason.rstrip('.')}). {advice}")


def _complete(folder: Path) -> bool:
    weights = (each for kind in ("*.h5", "*.safetensors") for each in folder.glob(kind))
    return (folder / CONFIG).is_file() and any(weights)


def _unreachable(endpoint: str) -> str | None:
    """Why a hub cannot be reached, found out in seconds: the hubs' own packages try for minutes."""
    if not endpoint.startswith(("http://", "https://")):
        return "that is no address of a hub"
    try:
        with urllib.request.urlopen(endpoint, timeout=_PATIENCE_S):  # noqa: S310 - http(s), see above
            return None
    except urllib.error.HTTPError:  # it answers
        return None
    except (OSError, ValueError) as error:
        return f"no connection: {getattr(error, 'reason', error)}"


def _family(config: dict[str, Any]) -> str:
    told = config.get("class_name") or config.get("model_type") or config.get("architecture")
    return str(told)[:60]


def _size_hw(folder: Path, config: dict[str, Any]) -> tuple[int, int]:
    """Height and width of what its pictures are made to, by its converter or its network."""
    from kanjian.guard.preset import converter_config

    converter = converter_config(folder, error=WeightsError)
    inner = _table_in(config, "config")
    tower = _table_in(_table_in(inner, "vision_encoder"), "config")
    timm = _table_in(config, "pretrained_cfg").get("input_size")
    told = (
        converter.get("image_size"),
        [converter.get("height"), converter.get("width")],
        inner.get("image_shape"),
        tower.get("image_shape"),
        config.get("image_size"),
        _table_in(config, "vision_config").get("image_size"),
        timm[1:] if isinstance(timm, list) else None,
    )
    for each in told:
        sides = [each, each] if isinstance(each, int) else each
        if isinstance(sides, list) and len(sides) >= 2 and all(map(_is_side, sides[:2])):
            return (sides[0], sides[1])
    return (_USUAL_PX, _USUAL_PX)


def _is_side(value: object) -> bool:
    return isinstance(value, int) and 0 < value <= _LARGEST_PX


def _table_in(table: dict[str, Any], key: str) -> dict[str, Any]:
    found = table.get(key)
    return found if isinstance(found, dict) else {}
