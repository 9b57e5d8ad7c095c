"""Single pictures of a set as files, to ask a recognizer about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from kanjian.checks import plural
from kanjian.datasets.dataset import Dataset, Splits
from kanjian.errors import DatasetError
from kanjian.images.write import check_suffix, write_image
from kanjian.json_types import JsonObject
from kanjian.names import file_name
from kanjian.paths import AnyPath

# Numbers that one option may name; more is a whole set
_MOST = 10_000


@dataclass(frozen=True)
class TakenOut:
    """One picture of a set that was written to a file.

    Args:
        file: Where it lies.
        part: "train", "validation" or "test".
        number: Which picture of the part, from 0.
        label: Its class.
        size_hw: Height and width.
    """

    file: Path
    part: str
    number: int
    label: str
    size_hw: tuple[int, int]

    def sentence(self) -> str:
        """What it is, in one line.

        Example:
            >>> TakenOut(Path("test0.png"), "test", 0, "7", (28, 28)).sentence()
            "test0.png: picture 0 of the test part, 28×28, labeled '7'"
        """
        height, width = self.size_hw
        return (
            f"{self.file}: picture {self.number} of the {self.part} part, {width}×{height}, "
            f"labeled {self.label!r}"
        )

    def to_dict(self) -> JsonObject:
        """The same as plain values."""
        return {"file": str(self.file), "part": self.part, "number": self.number,
                "label": self.label, "size_hw": self.size_hw}  # fmt: skip


def numbers_of(texts: Sequence[str]) -> list[int]:
    """The numbers of pictures that someone names.

    Raises:
        DatasetError: If one is no number from 0 on.

    Example:
        >>> numbers_of(["0", "3,7", "10-12"])
        [0, 3, 7, 10, 11, 12]
    """
    numbers: list[int] = []
    for word in (word.strip() for text in texts for word in text.split(",")):
        found = re.fullmatch(r"(\d{1,12})(?:-(\d{1,12}))?", word)
        first, last = (int(found[1]), int(found[2] or found[1])) if found else (1, 0)
        if not 0 <= last - first < _MOST:
            raise DatasetError(
                f"--save wants numbers of pictures from 0 on, as 0 or 0,3,7 or 0-9, got {word!r}."
            )
        numbers += range(first, last + 1)
    return numbers


def parts_of(splits: Splits) -> dict[str, Dataset]:
    """The parts that have pictures, by name.

    Example:
        >>> from kanjian.datasets.open_dataset import open_dataset
        >>> list(parts_of(open_dataset("mnist-5k")))
        ['train', 'test']
    """
    named = {"train": splits.train, "validation": splits.validation, "test": splits.test}
    return {name: part for name, part in named.items() if part is not None and len(part)}


def take_out(
    splits: Splits,
    numbers: Sequence[int],
    targets: Sequence[AnyPath] = (),
    *,
    part: str | None = None,
) -> list[TakenOut]:
    """Write single pictures of a set to files; nothing that is there is written over.

    Args:
        splits: The set.
        numbers: Which pictures, from 0, each within the part.
        targets: A file for each; or one folder for all; by default PART-NUMBER.png, right here.
        part: "train", "validation" or "test"; test by default, or train without one.

    Raises:
        DatasetError: If there is no such part or picture, or a file is there already.
        KanjianError: If a file cannot be written.

    Example:
        >>> import tempfile
        >>> from kanjian.datasets.open_dataset import open_dataset
        >>> target = Path(tempfile.mkdtemp()) / "test0.png"
        >>> (taken,) = take_out(open_dataset("mnist-5k"), [0], [target])
        >>> taken.part, taken.size_hw
        ('test', (28, 28))
    """
    parts = parts_of(splits)
    name = part or ("test" if "test" in parts else "train")
    if name not in parts:
        raise DatasetError(f"there is no {name} part. There is: {', '.join(parts)}.")
    chosen = parts[name]
    for number in numbers:
        if not 0 <= number < len(chosen):
            raise DatasetError(
                f"there is no picture {number} in the {name} part, which has "
                f"{plural(len(chosen), 'picture')}: 0 to {len(chosen) - 1}."
            )
    files = _files(name, numbers, [Path(target) for target in targets])
    return [
        _written(chosen, name, number, file) for number, file in zip(numbers, files, strict=True)
    ]


def _files(part: str, numbers: Sequence[int], targets: Sequence[Path]) -> list[Path]:
    named = [target for target in targets if target.suffix and not target.is_dir()]
    if targets and len(named) == len(targets) == len(numbers):
        files = list(targets)
    elif len(targets) <= 1 and not named:
        folder = targets[0] if targets else Path()
        files = [folder / file_name(f"{part}-{number}", suffix=".png") for number in numbers]
    else:
        raise DatasetError(
            f"{plural(len(numbers), 'picture')} must go to as many files, or to one folder, "
            f"got {', '.join(map(str, targets))}."
        )
    if len(set(files)) < len(files):
        raise DatasetError("two pictures would go to one file. Name each only once.")
    for file in files:
        check_suffix(file)
        if file.exists():
            raise DatasetError(f"{file} is there already. Name another file.")
    return files


def _written(dataset: Dataset, part: str, number: int, file: Path) -> TakenOut:
    image = dataset.images.read(number)
    write_image(file, image)
    label = dataset.classes[int(dataset.labels[number])]
    return TakenOut(file, part, number, label, (image.shape[0], image.shape[1]))
