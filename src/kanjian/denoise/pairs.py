"""What a denoiser sees in a step: pairs of what goes in and what should come out.

Each pair depends on (seed, epoch, index) and on nothing else.
"""

from collections.abc import Callable

import numpy as np

from kanjian.denoise.image_sets import ImageSet
from kanjian.imaging import noise
from kanjian.recipes.denoising import DenoiseRecipe, Noise, NoiseKind
from kanjian.training.batches import EpochBatches


def noisy(
    clean: np.ndarray, kind: NoiseKind, amount: float, rng: np.random.Generator
) -> np.ndarray:
    """A picture with noise made on it by `kanjian.imaging.noise`, in floats and not clipped.

    Args:
        clean: (height, width, channels) float32 gray levels.
        kind: Which noise.
        amount: How much of it, in the unit of its kind; see `recipes.denoising.Noise`.
        rng: What to draw with.

    Returns:
        float32, same shape.

    Example:
        >>> gray = np.full((64, 64, 1), 128, np.float32)
        >>> float(noisy(gray, "gaussian", 25, np.random.default_rng(0)).std().round())
        25.0
    """
    match kind:
        case "gaussian":
            return noise.gaussian(clean, sigma=amount, seed=rng)
        case "speckle":
            return noise.speckle(clean, sigma=amount, seed=rng)
        case "poisson":
            return noise.poisson(clean, photons=amount, seed=rng)
        case "salt-pepper":
            return noise.salt_pepper(clean, amount=amount, seed=rng)
        case "white":
            return noise.white(clean, amount=amount, seed=rng)
        case "jpeg":
            return noise.jpeg(clean, quality=max(1, round(amount)))


# Of the pixels of a patch; Noise2Void blinds 64 of 64×64
BLIND_SHARE = 0.015
# A blind pixel gets the value of another one in a window of so many rows and columns
_WINDOW = 5

Pair = tuple[np.ndarray, np.ndarray]


def cut(
    picture: np.ndarray, rng: np.random.Generator, *, side: int, turns: bool
) -> Callable[[np.ndarray], np.ndarray]:
    """Where to cut and how to turn, drawn once, to be done to one picture or to its twin.

    Args:
        picture: (height, width, channels), of the size of those that will be cut.
        rng: What to draw with.
        side: Of the square; 0 takes the whole picture.
        turns: Whether to mirror and turn by quarters.

    Returns:
        A function from a picture to its (side, side, channels) float32 part.

    Example:
        >>> picture = np.arange(12, dtype=np.uint8).reshape(3, 4, 1)
        >>> part = cut(picture, np.random.default_rng(0), side=2, turns=False)
        >>> part(picture).shape, (part(picture) == part(picture)).all()
        ((2, 2, 1), np.True_)
    """
    height, width = picture.shape[:2]
    tall, wide = (side, side) if side else (height, width)
    top, left = (int(rng.integers(room + 1)) for room in (height - tall, width - wide))
    quarter, mirrored = (int(rng.integers(4)), bool(rng.integers(2))) if turns else (0, False)

    def part(image: np.ndarray) -> np.ndarray:
        square = np.rot90(image[top : top + tall, left : left + wide], quarter)
        return (square[:, ::-1] if mirrored else square).astype(np.float32)

    return part


def made_noise(clean: np.ndarray, noise: Noise, rng: np.random.Generator) -> Pair:
    """A clean part with noise made on it, and the clean part.

    Args:
        clean: (height, width, channels) float32 gray levels.
        noise: What kind, and from how little to how much.
        rng: What to draw with.

    Returns:
        What goes in, with σ as one channel more where the network takes a noise map, and what
        should come out.

    Example:
        >>> noise = Noise(amount=(10, 50), noise_map=True)
        >>> into, out = made_noise(np.zeros((4, 4, 1), np.float32), noise, np.random.default_rng(0))
        >>> into.shape, bool(10 <= into[0, 0, 1] <= 50)
        ((4, 4, 2), True)
    """
    low, high = noise.amount
    amount = low if low == high else float(rng.uniform(low, high))
    into = noisy(clean, noise.kind, amount, rng)
    if noise.clip:
        into = into.clip(0, 255)
    if noise.noise_map:
        into = np.concatenate([into, np.full((*into.shape[:2], 1), amount, np.float32)], axis=2)
    return into, clean


def blind_spots(part: np.ndarray, rng: np.random.Generator, *, share: float = BLIND_SHARE) -> Pair:
    """A noisy part with some pixels put out, to be told from those around them.

    Noise that is independent from pixel to pixel cannot be told from there, so that what
    the network learns is the picture alone.

    Args:
        part: (height, width, channels) float32.
        rng: What to draw with.
        share: Of the pixels that are put out; at least one.

    Returns:
        What goes in; and what should come out, with a channel more that is 1 where a pixel
        was put out.

    Example:
        >>> part = np.arange(64, dtype=np.float32).reshape(8, 8, 1)
        >>> into, out = blind_spots(part, np.random.default_rng(0))
        >>> int((into != part).sum()), int(out[..., 1].sum())
        (1, 1)

    Reference:
        Krull et al., Noise2Void: Learning Denoising from Single Noisy Images, 2019.
    """
    height, width = part.shape[:2]
    count = max(1, round(share * height * width))
    rows, columns = np.divmod(rng.permutation(height * width)[:count], width)
    # a window around each, moved inside at the border; any cell of it but the pixel's own
    tall, wide = min(_WINDOW, height), min(_WINDOW, width)
    top = (rows - tall // 2).clip(0, height - tall)
    left = (columns - wide // 2).clip(0, width - wide)
    own = (rows - top) * wide + columns - left
    cell = (own + rng.integers(1, max(tall * wide, 2), count)) % (tall * wide)
    near = top + cell // wide, left + cell % wide
    into = part.copy()
    into[rows, columns] = part[near]
    mask = np.zeros((height, width, 1), np.float32)
    mask[rows, columns] = 1
    return into, np.concatenate([part, mask], axis=2)


class PairBatches(EpochBatches):
    """Batches of pairs.

    Args:
        images: The pictures.
        recipe: What is cut from them and which noise is made.
        validating: For validation: the same pairs whatever the epoch, in order, not turned.
    """

    def __init__(
        self, images: ImageSet, recipe: DenoiseRecipe, *, validating: bool = False
    ) -> None:
        pictures, learning = recipe.pictures, recipe.learning
        each = min(pictures.per_picture, 16) if validating else pictures.per_picture
        super().__init__(len(images) * each, batch_size=learning.batch_size, seed=learning.seed)
        self.images, self.recipe, self.validating = images, recipe, validating
        self.begin(0)

    def begin(self, epoch: int, *, first_step: int = 0, last_step: int | None = None) -> None:
        """See `EpochBatches.begin`."""
        super().begin(epoch, first_step=first_step, last_step=last_step)
        rng = np.random.default_rng([self.seed, epoch])
        self._order = np.arange(self.samples) if self.validating else rng.permutation(self.samples)

    def make(self, number: int) -> Pair:
        """See `EpochBatches.make`."""
        part = slice(number * self.batch_size, (number + 1) * self.batch_size)
        pairs = [self.pair(int(index)) for index in self._order[part]]
        return np.stack([into for into, _ in pairs]), np.stack([out for _, out in pairs])

    def pair(self, index: int) -> Pair:
        """The pair with this number in the running epoch."""
        # one more word for validation: none of its noise is ever trained on
        words = [self.seed, 0, index, 1] if self.validating else [self.seed, self._epoch, index]
        rng = np.random.Generator(np.random.SFC64(words))
        number, pictures = index % len(self.images), self.recipe.pictures
        picture = self.images.read(number)
        part = cut(picture, rng, side=pictures.patch, turns=pictures.turns and not self.validating)
        if pictures.learn_from == "clean":
            return made_noise(part(picture), self.recipe.noise, rng)
        if pictures.learn_from == "noisy":
            return blind_spots(part(picture), rng)
        assert self.images.second is not None
        both = part(picture), part(self.images.second.read(number))
        # neither is the better one: each is the target of the other
        return both if self.validating or rng.integers(2) else (both[1], both[0])
