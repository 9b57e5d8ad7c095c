"""How people call the parts of a set: train, val, test, and what is put before or behind that."""

import re

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
_CONTAINER = re.compile(rf"(?:{_AROUND}|classes|all)(?:{_GAP}(?:{_AROUND}))*")


def part_of(name: str) -> str | None:
    """The part that a folder's name says: "train", "validation", "test", or "unlabeled".

    Example:
        >>> [part_of(name) for name in ("Train", "seg_test", "valSet", "seg_pred", "trains")]
        ['train', 'test', 'validation', 'unlabeled', None]
    """
    found = _NAME.fullmatch(name.strip().casefold())
    return PART_OF.get(found["word"], UNLABELED) if found else None


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
