"""The pictures a denoiser trains on: found, checked, split, kept in memory while they fit."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from kanjian.checks import plural
from kanjian.datasets.archive import unpacked
from kanjian.datasets.builtin import BUILTIN
from kanjian.datasets.dataset import ArrayImages, FileImages, Images
from kanjian.datasets.open_dataset import open_dataset
from kanjian.errors import DatasetError, ImageError
from kanjian.images.convert import to_gray, to_rgb
from kanjian.inference.find_images import pictures_in
from kanjian.recipes.denoising import DenoiseRecipe, Pictures
from kanjian.storage.files import expanded
from kanjian.storage.unpack import is_archive
from kanjian.threads import in_threads

# Beyond this much, pictures are decoded again each time
_KEPT_MB = 1024


@dataclass(frozen=True, eq=False)
class ImageSet:
    """Pictures of one part, all gray or all color.

    Args:
        images: Where they come from.
        rows: Which of them these are.
        channels: 1 or 3.
        sizes_hw: Of all of `images`.
        kept: Those of `images` that stay in memory, by number.
        second: Of each picture the same once more, with other noise; for pairs.
    """

    images: Images
    rows: np.ndarray
    channels: int
    sizes_hw: Sequence[tuple[int, int]]
    kept: dict[int, np.ndarray] = field(default_factory=dict)
    second: "ImageSet | None" = None

    def __len__(self) -> int:
        return len(self.rows)

    def read(self, number: int) -> np.ndarray:
        """The picture, (height, width, channels) uint8."""
        index = int(self.rows[number])
        kept = self.kept.get(index)
        return as_channels(self.images.read(index), self.channels) if kept is None else kept

    def part(self, numbers: np.ndarray) -> "ImageSet":
        """Fewer of them; nothing is copied."""
        second = None if self.second is None else self.second.part(numbers)
        return replace(self, rows=self.rows[numbers], second=second)

    def smallest_hw(self) -> tuple[int, int]:
        """The smallest height and the smallest width."""
        sizes = [self.sizes_hw[index] for index in self.rows]
        return min(height for height, _ in sizes), min(width for _, width in sizes)

    def fingerprint(self) -> str:
        """A hash over every pixel, to tell whether the pictures have changed."""
        digest = hashlib.blake2b(digest_size=16)
        for number in range(len(self)):
            picture = self.read(number)
            digest.update(str(picture.shape).encode() + np.ascontiguousarray(picture).tobytes())
        if self.second is not None:
            digest.update(self.second.fingerprint().encode())
        return digest.hexdigest()


def as_channels(image: np.ndarray, channels: int) -> np.ndarray:
    """The picture as (height, width, channels).

    Example:
        >>> as_channels(np.zeros((2, 3, 3), np.uint8), 1).shape
        (2, 3, 1)
    """
    return to_gray(image)[..., None] if channels == 1 else to_rgb(image)


@dataclass(frozen=True)
class Parts:
    """What there is for training and for validation.

    Args:
        train: To train on.
        validation: To evaluate every epoch on, or None.
        notes: What was found, as sentences for the user.
    """

    train: ImageSet
    validation: ImageSet | None
    notes: tuple[str, ...]


def open_parts(recipe: DenoiseRecipe, *, data_folder: Path | None = None) -> Parts:
    """Find, check and part the pictures of a recipe.

    Args:
        recipe: Says where they are and how many are held out.
        data_folder: Where built-in data sets are looked for first.

    Raises:
        DatasetError: If there are none, one is damaged, or pairs do not match.
    """
    pictures = recipe.pictures
    if pictures.learn_from == "pairs":
        whole = _paired(_folder_of(pictures.source), pictures)
        return _parted(whole, recipe, f"{len(whole)} pairs of pictures in {pictures.source}")
    if pictures.source.casefold() in BUILTIN:
        splits = open_dataset(pictures.source, data_folder=data_folder)
        held_out = splits.test if splits.validation is None else splits.validation
        whole = _image_set(splits.train.images, pictures)
        if held_out is None:
            return _parted(whole, recipe, *splits.notes)
        judged = _image_set(held_out.images, pictures, channels=whole.channels)
        return Parts(_limited(whole, recipe), _limited(judged, recipe), splits.notes)
    place = _folder_of(pictures.source)
    whole = _image_set(FileImages(tuple(pictures_in([place]))), pictures)
    return _parted(whole, recipe, f"{plural(len(whole), 'picture')} in {pictures.source}")


def parts_from(train: Images, validation: Images | None, recipe: DenoiseRecipe) -> Parts:
    """Pictures that are parted already, checked.

    Args:
        train: To train on.
        validation: To evaluate every epoch on, or None.
        recipe: What is to be done with them.

    Raises:
        DatasetError: If one is damaged, or none is large enough.
    """
    whole = _image_set(train, recipe.pictures)
    if validation is None:
        return Parts(whole, None, ())
    return Parts(whole, _image_set(validation, recipe.pictures, channels=whole.channels), ())


def _folder_of(source: str) -> Path:
    """Where the pictures lie; what an archive holds is unpacked into the cache."""
    if not source.strip():
        raise DatasetError("no pictures are named. Give a folder, an archive or a built-in set.")
    place = expanded(source)
    if not place.exists():
        raise DatasetError(
            f"no pictures at {source}: there is no such file or folder, and no built-in set is "
            f"called so. Built in are {', '.join(sorted(BUILTIN))}."
        )
    return unpacked(place) if place.is_file() and is_archive(place) else place


def _image_set(images: Images, pictures: Pictures, *, channels: int | None = None) -> ImageSet:
    """Read every picture once: that finds the damaged ones, their sizes, and whether all are gray.

    What fits stays in memory.
    """
    kept: dict[int, np.ndarray] = {}
    sizes: list[tuple[int, int]] = []
    held, gray = 0, True
    # what lies in memory already is not worth a thread's while
    each = map if isinstance(images, ArrayImages) else in_threads
    for index, image in enumerate(each(lambda index: _read(images, index), range(len(images)))):
        sizes.append((image.shape[0], image.shape[1]))
        gray = gray and image.ndim == 2
        if held + image.nbytes <= _KEPT_MB * 2**20:
            kept[index] = image
            held += image.nbytes
    if channels is None:
        channels = {"gray": 1, "rgb": 3, "auto": 1 if gray else 3}[pictures.color]
    kept = {index: as_channels(image, channels) for index, image in kept.items()}
    found = ImageSet(images, np.arange(len(images)), channels, sizes, kept)
    return _large_enough(found, pictures)


def _read(images: Images, index: int) -> np.ndarray:
    try:
        return images.read(index)
    except ImageError as error:
        raise DatasetError(f"a training picture is damaged: {error}") from error


def _large_enough(images: ImageSet, pictures: Pictures) -> ImageSet:
    side = pictures.patch
    if not side:
        if len(set(images.sizes_hw)) > 1:
            raise DatasetError(
                "the pictures have different sizes; whole ones must be of one size. "
                "Cut squares from them with --patch 64."
            )
        return images
    fitting = [n for n, size in enumerate(images.sizes_hw) if min(size) >= side]
    if not fitting:
        raise DatasetError(
            f"no picture is as large as {side}×{side}, which is what the network is trained on. "
            "Take smaller squares with --patch."
        )
    return images if len(fitting) == len(images) else images.part(np.array(fitting))


def _paired(folder: Path, pictures: Pictures) -> ImageSet:
    """The pictures that lie under the same name in the two folders of a folder."""
    folders = sorted(path for path in folder.iterdir() if path.is_dir() and path.name[0] != ".")
    if len(folders) != 2:
        raise DatasetError(
            f"pairs must lie in two folders in {folder}, each picture under the same name in "
            f"both; found {len(folders)} folders."
        )
    names = [{path.relative_to(place) for path in pictures_in([place])} for place in folders]
    alone = sorted(names[0] ^ names[1])
    if alone:
        raise DatasetError(
            f"{plural(len(alone), 'picture has', 'pictures have')} no twin, the first is "
            f"{alone[0]}. Each must lie in "
            f"both {folders[0].name} and {folders[1].name}."
        )
    both = sorted(names[0])
    first = _image_set(FileImages(tuple(folders[0] / name for name in both)), pictures)
    second = _image_set(
        FileImages(tuple(folders[1] / name for name in both)), pictures, channels=first.channels
    )
    for name, one, other in zip(both, first.sizes_hw, second.sizes_hw, strict=True):
        if one != other:
            raise DatasetError(
                f"the two pictures {name} differ in size: {one[1]}×{one[0]} and "
                f"{other[1]}×{other[0]}."
            )
    return replace(first, second=second)


def _limited(images: ImageSet, recipe: DenoiseRecipe) -> ImageSet:
    limit = recipe.pictures.limit
    if limit is None or limit >= len(images):
        return images
    rng = np.random.default_rng([recipe.learning.seed, 1])
    return images.part(np.sort(rng.permutation(len(images))[:limit]))


def _parted(whole: ImageSet, recipe: DenoiseRecipe, *notes: str) -> Parts:
    """Hold out the share that the recipe says, the same for the same seed."""
    whole = _limited(whole, recipe)
    share, n = recipe.pictures.validation, len(whole)
    held_out = 0 if share == 0 or n < 2 else min(max(1, round(share * n)), n - 1)
    if not held_out:
        return Parts(whole, None, notes)
    order = np.random.default_rng([recipe.learning.seed, 0]).permutation(n)
    judged, learnt = np.sort(order[:held_out]), np.sort(order[held_out:])
    note = f"{held_out} of them are held out for validation"
    return Parts(whole.part(learnt), whole.part(judged), (*notes, note))
