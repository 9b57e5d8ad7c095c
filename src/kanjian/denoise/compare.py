"""A network beside the filters it replaces: the same noisy pictures, PSNR, SSIM and seconds."""

import importlib.util
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import numpy as np

from kanjian import extras, former
from kanjian.checks import check_choice
from kanjian.denoise.folder import Denoiser
from kanjian.denoise.tiles import TILE, clean
from kanjian.errors import DenoiserError, ImageError, MissingExtraError
from kanjian.images.decode import read_image
from kanjian.imaging.metrics import psnr, ssim
from kanjian.imaging.noise import gaussian
from kanjian.paths import AnyPath

Progress = Callable[[int, int], None]
Run = Callable[[np.ndarray, float, float], np.ndarray]
# Each filter is taken at the strength that does best on so many of the pictures
_TUNED_ON = 3
_SSIM_SIDE = 7


@dataclass(frozen=True)
class Filter:
    """One way to clean a picture.

    Args:
        name: What the command line calls it.
        title: What people call it.
        run: Called with the noisy picture (float32), σ of its noise and a strength.
        strengths: To choose from; what they mean is the filter's own affair.
        unit: Follows the strength in a text.
        prepares: Whether its first picture of a size takes longer than all others.
    """

    name: str
    title: str
    run: Run
    strengths: tuple[float, ...] = (1.0,)
    unit: str = ""
    prepares: bool = False


@dataclass(frozen=True)
class Score:
    """How one method did on one picture.

    Args:
        picture: Which.
        method: Its name.
        psnr: Of the cleaned picture against the clean one, in decibels.
        ssim: Likewise, 1 for equal.
        seconds: What cleaning took.
    """

    picture: Path
    method: str
    psnr: float
    ssim: float
    seconds: float


@dataclass(frozen=True)
class DenoisingComparison:
    """What `compare` found.

    Args:
        sigma: Of the noise, in gray levels.
        titles: What people call each method, in order.
        scores: Of each method on each picture.
        example: The first picture: clean, and as each method left it.
        notes: What was left out and why; at which strength each filter ran.
    """

    sigma: float
    titles: Mapping[str, str]
    scores: Sequence[Score]
    example: Mapping[str, np.ndarray]
    notes: Sequence[str] = field(default_factory=tuple)

    def means(self) -> dict[str, Score]:
        """Of each method over all pictures; `picture` is the first one."""
        return {name: _mean([s for s in self.scores if s.method == name]) for name in self.titles}

    def of(self, picture: Path) -> dict[str, Score]:
        """Of each method on one picture."""
        return {score.method: score for score in self.scores if score.picture == picture}


def _mean(scores: Sequence[Score]) -> Score:
    values = np.array([(score.psnr, score.ssim, score.seconds) for score in scores])
    return Score(scores[0].picture, scores[0].method, *map(float, values.mean(axis=0)))


def _gaussian(noisy: np.ndarray, sigma: float, strength: float) -> np.ndarray:  # noqa: ARG001
    import cv2

    smooth: np.ndarray = cv2.GaussianBlur(noisy, (0, 0), strength)
    return smooth


def _median(noisy: np.ndarray, sigma: float, strength: float) -> np.ndarray:  # noqa: ARG001
    import cv2

    middle: np.ndarray = cv2.medianBlur(noisy, int(strength))
    return middle


def _nl_means(noisy: np.ndarray, sigma: float, strength: float) -> np.ndarray:
    import cv2

    # patches of 7×7, sought within 21×21: OpenCV's own choice; it takes bytes only
    levels = np.rint(noisy.clip(0, 255)).astype(np.uint8)
    done = cv2.fastNlMeansDenoising(levels, None, max(1.0, strength * sigma), 7, 21)
    return np.asarray(done, np.float32)


def _bm3d(noisy: np.ndarray, sigma: float, strength: float) -> np.ndarray:  # noqa: ARG001
    bm3d = extras.load("bm3d")
    work = bm3d.bm3d_rgb if noisy.ndim == 3 else bm3d.bm3d
    return np.asarray(work(noisy, sigma), np.float32)


FILTERS = (
    Filter("noisy", "noisy", lambda noisy, sigma, strength: noisy),  # noqa: ARG005
    Filter(
        "gaussian", "Gaussian filter", _gaussian, (0.6, 0.8, 1.0, 1.2, 1.4, 1.7, 2.0, 2.5), "px"
    ),
    Filter("median", "median", _median, (3, 5), "px"),
    Filter("nl-means", "non-local means", _nl_means, (0.7, 0.8, 0.9, 1.0, 1.2), "σ"),
    Filter("bm3d", "BM3D", _bm3d),
)
_NO_BM3D = (
    "BM3D is left out: package 'bm3d' is not installed. Its licence allows non-commercial use "
    "only; if that suits you, run: {} bm3d"
)


def compare(
    pictures: Sequence[AnyPath],
    *,
    sigma: float = 25,
    denoisers: Mapping[str, Denoiser] | None = None,
    methods: Sequence[str] | None = None,
    seed: int = 0,
    tile: int = TILE,
    progress: Progress | None = None,
) -> DenoisingComparison:
    """Make noise on clean pictures and let every method take it away.

    The noise is Gaussian, in floats and beyond 0 and 255, as the literature has it; the seed
    of each picture is its number added to `seed`. Filters run at the strength that does best
    on the first pictures, which is more than they could know: a network that is ahead is so
    fairly. Cleaned pictures are evaluated as they are, neither rounded nor clipped.

    Args:
        pictures: Files of clean pictures, gray or color.
        sigma: Of the noise, in gray levels.
        denoisers: Networks to compare, by the name they get.
        methods: Which of `FILTERS`; all by default, BM3D where it is installed.
        seed: Of the noise.
        tile: Longest side of what goes through a network at once.
        progress: Called with what is done and what there is to do, in cleaned pictures.

    Raises:
        DenoiserError: If no picture can be read, or a method is unknown or given twice.
        MissingExtraError: If BM3D is asked for and not installed.
    """
    files = [Path(each) for each in pictures]
    if not 0 < sigma <= 255:
        raise DenoiserError(f"sigma must be above 0 and at most 255 gray levels, got {sigma}.")
    chosen, notes = _chosen(methods)
    chosen += [_network(name, network, tile) for name, network in (denoisers or {}).items()]
    if len({each.name for each in chosen}) < len(chosen):
        raise DenoiserError("two networks or methods have the same name. Give each another one.")
    first = [image for _, image in islice(_readable(files, []), _TUNED_ON)]
    strengths = _tuned(chosen, first, sigma, seed)
    notes += [
        f"{each.title} at its best of {len(each.strengths)} strengths: "
        f"{strengths[each.name]:g} {each.unit}"
        for each in chosen if len(each.strengths) > 1
    ]  # fmt: skip
    scores: list[Score] = []
    example: dict[str, np.ndarray] = {}
    timed = _Clock(sigma, strengths)
    for number, (path, image) in enumerate(_readable(files, notes)):
        noisy = gaussian(image, sigma=sigma, seed=seed + number)
        example.setdefault("clean", image)
        for each in chosen:
            cleaned, seconds = timed.run(each, noisy)
            scores.append(
                Score(path, each.name, psnr(image, cleaned), ssim(image, cleaned), seconds)
            )
            if number == 0:
                example[each.name] = cleaned
            if progress is not None:
                progress(len(scores), len(pictures) * len(chosen))
    return DenoisingComparison(
        sigma, {each.name: each.title for each in chosen}, scores, example, notes
    )


def _chosen(methods: Sequence[str] | None) -> tuple[list[Filter], list[str]]:
    known = {each.name: each for each in FILTERS}
    has_bm3d = importlib.util.find_spec("bm3d") is not None
    if methods is None:
        found = [each for each in FILTERS if each.name != "bm3d" or has_bm3d]
        return found, [] if has_bm3d else [_NO_BM3D.format(extras.pip_install())]
    for name in methods:
        check_choice("method", name, known, error=DenoiserError)
    if "bm3d" in methods and not has_bm3d:
        raise MissingExtraError(_NO_BM3D.format(extras.pip_install()))
    return [known[name] for name in dict.fromkeys(methods)], []


def _network(name: str, denoiser: Denoiser, tile: int) -> Filter:
    def run(noisy: np.ndarray, sigma: float, strength: float) -> np.ndarray:  # noqa: ARG001
        return clean(denoiser, noisy, sigma=sigma if denoiser.spec.noise_map else None, tile=tile)

    return Filter(name, name, run, prepares=True)


def _readable(pictures: Sequence[Path], left_out: list[str]) -> Iterator[tuple[Path, np.ndarray]]:
    """The pictures as floats, one after the other; why others are left out."""
    found = False
    for path in pictures:
        try:
            image = read_image(path)
        except ImageError as error:
            left_out.append(f"left out: {error}")
            continue
        if min(image.shape[:2]) < _SSIM_SIDE:
            left_out.append(f"left out: {path} is smaller than 7×7, the least that SSIM takes.")
            continue
        found = True
        yield path, image.astype(np.float32)
    if not found:
        raise DenoiserError("; ".join(left_out) or "no picture to compare on. Name one or more.")


def _tuned(
    chosen: Sequence[Filter], images: Sequence[np.ndarray], sigma: float, seed: int
) -> dict[str, float]:
    """The strength of each filter with the best mean PSNR."""
    pairs = [
        (image, gaussian(image, sigma=sigma, seed=seed + number))
        for number, image in enumerate(images)
    ]

    def quality(each: Filter, strength: float) -> float:
        return float(
            np.mean([psnr(image, each.run(noisy, sigma, strength)) for image, noisy in pairs])
        )

    best = {}
    for each in chosen:
        qualities = [quality(each, strength) for strength in each.strengths[1:]]
        if qualities:
            qualities.insert(0, quality(each, each.strengths[0]))
        best[each.name] = each.strengths[int(np.argmax(qualities)) if qualities else 0]
    return best


class _Clock:
    """Runs a method and times it; the first picture of a size prepares a network, untimed."""

    def __init__(self, sigma: float, strengths: Mapping[str, float]) -> None:
        self._sigma, self._strengths = sigma, strengths
        self._prepared: set[tuple[str, tuple[int, ...]]] = set()

    def run(self, each: Filter, noisy: np.ndarray) -> tuple[np.ndarray, float]:
        strength = self._strengths[each.name]
        if each.prepares and (each.name, noisy.shape) not in self._prepared:
            each.run(noisy, self._sigma, strength)
            self._prepared.add((each.name, noisy.shape))
        started = time.perf_counter()
        cleaned = each.run(noisy, self._sigma, strength)
        return cleaned, time.perf_counter() - started


former.names_in(__name__)
