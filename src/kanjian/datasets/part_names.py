"""How people call the parts of a set: train, val, test, and what is put before or behind that."""

import re
from collections.abc import Iterable

PART_OF = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "训练": "train",
    "訓練": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "dev": "validation",
    "eval": "validation",
    "验证": "validation",
    "驗證": "validation",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "测试": "test",
    "測試": "test",
}
UNLABELED = "unlabeled"
_UNLABELED = "pred|preds|predict|prediction|predictions|unlabeled|unlabelled|未标注"
# What says nothing about the part: seg_train, train_images, TestSet, train2017
_AROUND = "seg|segmentation|images?|imgs?|photos?|pictures?|pics?|data|dataset|sets?|split|集|数据"
_GAP = r"[\s_.\-]*"
_NAME = re.compile(
    rf"(?:(?:{_AROUND}){_GAP})*"
    rf"(?P<word>{'|'.join(sorted(PART_OF, key=len, reverse=True))}|{_UNLABELED})"
    rf"(?:{_GAP}(?:{_AROUND}))*(?:{_GAP}(?:19|20)\d\d)?"
)
_WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+|\d+")
_CONTAINER = re.compile(rf"(?:{_AROUND}|classes|all)(?:{_GAP}(?:{_AROUND}))*")


def part_of(name: str) -> str | None:
    """The part that a folder's name says: "train", "validation", "test", or "unlabeled".

    Example:
        >>> [part_of(name) for name in ("Train", "seg_test", "valSet", "seg_pred", "trains")]
        ['train', 'test', 'validation', 'unlabeled', None]
    """
    found = _NAME.fullmatch(name.strip().casefold())
    return PART_OF.get(found["word"], UNLABELED) if found else None


def parts_among(names: Iterable[str]) -> dict[str, str]:
    """The parts that folders side by side say, by folder.

    Beside the names that `part_of` knows, these are names that differ only in the word for the
    part, as cats_train and cats_test do.

    Example:
        >>> parts_among(["signs_train", "signs_test", "docs"])
        {'signs_train': 'train', 'signs_test': 'test'}
    """
    names = list(names)
    found = {name: part for name in names if (part := part_of(name))}
    for twins in part_twins(name for name in names if name not in found).values():
        found |= twins
    return found


def part_twins(names: Iterable[str]) -> dict[tuple[str, ...], dict[str, str]]:
    """Names that differ only in the word for the part, by what they share.

    Example:
        >>> part_twins(["train_cat", "test_cat", "bird"])
        {('cat',): {'train_cat': 'train', 'test_cat': 'test'}}
    """
    twins: dict[tuple[str, ...], dict[str, str]] = {}
    for name in names:
        words = [word.casefold() for word in _WORD.findall(name)]
        said = [word for word in words if word in PART_OF]
        if len(said) == 1:
            rest = tuple(word for word in words if word not in PART_OF)
            twins.setdefault(rest, {})[name] = PART_OF[said[0]]
    return {
        rest: parts
        for rest, parts in twins.items()
        if len(parts) > 1 and "train" in parts.values() and len({*parts.values()}) == len(parts)
    }


def is_bare(name: str) -> bool:
    """Whether a name is the word alone, which may be a thing or a person: train, Val, Dev.

    Example:
        >>> is_bare("Dev"), is_bare("train_set"), is_bare("test")
        (True, False, False)
    """
    return name.strip().casefold() in {"train", "val", "dev"}


def is_container(name: str) -> bool:
    """Whether a name says only that pictures lie inside.

    Example:
        >>> is_container("images"), is_container("cats")
        (True, False)
    """
    return bool(_CONTAINER.fullmatch(name.strip().casefold()))
