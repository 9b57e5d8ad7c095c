"""One picture, augmented many times at its own size: what augmentation does, to look at."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from kanjian.augmentation.augmenter import Augmenter
from kanjian.augmentation.sample_params import draw
from kanjian.errors import RecipeError
from kanjian.experiments.preview import check_free_folder, check_unmixed
from kanjian.i18n import _
from kanjian.images.draw import contact_sheet
from kanjian.images.fonts import words_in_pictures
from kanjian.images.pictures import Picture, as_image
from kanjian.images.sniff import PICTURE_SUFFIXES, is_picture_inside
from kanjian.images.write import check_suffix, write_image
from kanjian.names import file_name
from kanjian.paths import AnyPath
from kanjian.recipes.augmentation import Augmentation, preset
from kanjian.recipes.recipe import Input, Recipe
from kanjian.storage.files import expanded

# What ImageDataGenerator is shown with everywhere: 40 degrees, a fifth, 0.2 radians
USUAL = Augmentation(
    flip_horizontal=True,
    rotate_deg=40.0,
    shift_frac=0.2,
    shear_deg=11.5,
    zoom_frac=0.2,
    zoom_separate=True,
    fill="nearest",
)
_COLUMNS = 7
_LEAST_TILE, _MOST_TILE = 64, 240


def is_one_picture(what: str | Path) -> bool:
    """Whether this is a file of one picture, by its name or else by its content.

    Example:
        >>> is_one_picture("mnist"), is_one_picture(__file__)
        (False, False)
    """
    path = expanded(what)
    try:
        return path.is_file() and (
            path.suffix.lower() in PICTURE_SUFFIXES or is_picture_inside(path)
        )
    except OSError:  # a name the system cannot take, or no right to look
        return False


def picture_recipe(picture: Picture, strength: str | None = None) -> Recipe:
    """How a picture is augmented that comes without a data set: at its own size.

    Args:
        picture: Anything `as_image` takes.
        strength: A preset, see `preset`; the usual rotation, shift, shear, zoom and mirroring
            by default. Gray pictures (digits, letters) are not mirrored, and nothing is mixed.

    Example:
        >>> recipe = picture_recipe(np.zeros((20, 30), np.uint8))
        >>> recipe.input.size, recipe.input.channels, recipe.augmentation.rotate_deg
        ((20, 30), 1, 40.0)
    """
    image = as_image(picture)
    color = image.ndim == 3
    bounds = USUAL if strength is None else preset(strength)
    bounds = bounds.unmixed().model_copy(
        update={"flip_horizontal": bounds.flip_horizontal and color}
    )
    height, width = image.shape[:2]
    own = Input(size=(height, width), channels=3 if color else 1)
    return Recipe(input=own, augmentation=bounds)


def augment_picture(
    picture: Picture, recipe: Recipe | None = None, *, variants: int = 20
) -> Iterator[np.ndarray]:
    """One picture in many variants, one after the other.

    Args:
        picture: Anything `as_image` takes.
        recipe: Its [input], [augmentation] and training.seed count; `picture_recipe` by
            default.
        variants: How many.

    Returns:
        RGB (height, width, 3) or gray (height, width) uint8.

    Raises:
        RecipeError: If the recipe mixes pictures.
        ImageError: If it is no picture.

    Example:
        >>> photo = np.full((20, 30, 3), 200, np.uint8)
        >>> [each.shape for each in augment_picture(photo, variants=2)]
        [(20, 30, 3), (20, 30, 3)]
    """
    image = as_image(picture)
    recipe = recipe or picture_recipe(image)
    bounds = recipe.augmentation
    check_unmixed(bounds)
    size_hw = recipe.input.size or (image.shape[0], image.shape[1])
    channels = recipe.input.channels or (1 if image.ndim == 2 else 3)
    draws = draw(bounds, variants, seed=recipe.training.seed, epoch=0)
    augmenter = Augmenter(bounds, draws, size_hw, fit=recipe.input.fit)
    for number in range(variants):
        out = np.empty((*size_hw, channels), np.uint8)
        augmenter.vary_into(out, image, number)
        yield out[:, :, 0] if channels == 1 else out


def write_picture_variants(
    picture: AnyPath,
    out: AnyPath,
    recipe: Recipe | None = None,
    *,
    variants: int = 20,
    suffix: str = ".png",
) -> int:
    """One picture augmented, as files in a folder or together on one sheet.

    Args:
        picture: The file.
        out: A folder that does not exist yet, or is empty; or a picture file that is not there
            yet, for a sheet of the picture and all variants.
        recipe: As for `augment_picture`.
        variants: How many.
        suffix: Of the files in the folder, as `write_image` takes it.

    Returns:
        How many variants were written.

    Raises:
        RecipeError: If something is there already, or the recipe mixes pictures.
        ImageError: If the picture cannot be read.
        KanjianError: If a file cannot be written.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_image(folder / "cat.png", np.full((20, 30, 3), 200, np.uint8))
        >>> write_picture_variants(folder / "cat.png", folder / "cats", variants=2)
        2
        >>> sorted(path.name for path in (folder / "cats").iterdir())
        ['cat-0.png', 'cat-1.png']
    """
    picture, out = Path(picture), Path(out)
    if out.suffix.lower() in PICTURE_SUFFIXES and not out.is_dir():
        return _write_sheet(picture, out, recipe, variants)
    check_free_folder(out)
    image, digits = as_image(picture), len(str(variants - 1))
    for number, augmented in enumerate(augment_picture(image, recipe, variants=variants)):
        name = file_name(f"{picture.stem}-{number:0{digits}}", suffix=suffix)
        write_image(out / name, augmented)
    return variants


@words_in_pictures()
def _write_sheet(picture: Path, out: Path, recipe: Recipe | None, variants: int) -> int:
    check_suffix(out)
    if out.exists():
        raise RecipeError(f"{out} is there already. Name a new file.")
    image = as_image(picture)
    longest = max(image.shape[:2])
    scale = np.clip(longest, _LEAST_TILE, _MOST_TILE) / longest
    height, width = (max(1, round(side * scale)) for side in image.shape[:2])
    images = [image, *augment_picture(image, recipe, variants=variants)]
    captions = [_("as it is"), *map(str, range(1, variants + 1))]
    columns = min(_COLUMNS, len(images))
    sheet = contact_sheet(images, captions=captions, columns=columns, tile_hw=(height, width))
    write_image(out, sheet)
    return variants
