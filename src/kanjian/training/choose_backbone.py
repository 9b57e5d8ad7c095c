"""Which trained network, at which size and fit: decided on the training pictures themselves.

The features of each candidate are computed once, and linear probes of them are cross-validated.
What is told of a candidate was found on pictures that its probe had not seen. The test part and
the validation part take no part.
"""

import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from kanjian.checks import plural
from kanjian.datasets.dataset import Dataset
from kanjian.datasets.splitting import take_stratified
from kanjian.errors import WeightsError
from kanjian.features.cache import FeatureCache
from kanjian.features.features import features_of
from kanjian.features.known import known_backbone
from kanjian.inference.views import View
from kanjian.models.backbone_registry import USUAL_BACKBONES, find_backbone
from kanjian.models.joined_backbone import JOIN
from kanjian.pipeline.input_shape import InputShape
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.transfer import Choice, FineTune
from kanjian.training.choose_views import MOST_TRIED, choose_views
from kanjian.training.dataset_summary import DatasetSummary, summarize_dataset
from kanjian.training.events import FeaturesPassed, Message, TrainingCallback, silent
from kanjian.training.folds import folds_of
from kanjian.training.linear_probe import CrossValidated, cross_validate_probe
from kanjian.weights.store import at_hand

AUTO = "auto"
# More pictures change the order of the candidates no more, and cost time
MOST_PICTURES = 1000
MINUTES = {"fast": 0.5, "good": 5.0, "best": 30.0}
# Larger than 224 helps where there is detail: of 300 pictures of CIFAR-10 (32 px) 77 % are right
# at 224 and 76 % at 260, of 96 athletes (400 px) 77 and 78 %, with loss .60 and .55
_SIZES_SMALL: tuple[int, ...] = (224, 260)
_SIZES_LARGE: tuple[int, ...] = (260, 300, 224)
_DETAIL_PX = 240
# In standard errors over the pictures: a lead in loss of more than the first is no chance; one of
# less than the second is not worth a dearer network
_SURE, _TIE = 1.0, 0.5
# Of each picture, mirrored or not by chance, where a head learns from both
_VARIANTS = 2
_LONG = 1.15  # pictures longer than this lose something to a crop
Fit = Literal["letterbox", "crop", "stretch"]
_FITS: tuple[Fit, ...] = ("crop", "stretch", "letterbox")


@dataclass(frozen=True)
class Candidate:
    """What may be chosen.

    Args:
        networks: One, or several whose features are joined.
        side: Height and width of its input in pixels.
        fit: How pictures are brought to that.
    """

    networks: tuple[str, ...]
    side: int
    fit: Fit

    @property
    def name(self) -> str:
        """As `[backbone] name` says it."""
        return JOIN.join(self.networks)

    @property
    def each(self) -> tuple["Candidate", ...]:
        """Its networks, one by one."""
        return tuple(Candidate((name,), self.side, self.fit) for name in self.networks)

    @property
    def cost(self) -> float:
        """What a prediction costs, to compare by."""
        return sum(find_backbone(name).parameters for name in self.networks) * self.side**2


@dataclass(frozen=True, eq=False)
class Tried:
    """A candidate, and what was found of it."""

    candidate: Candidate
    found: CrossValidated
    accuracy: float

    @property
    def sentence(self) -> str:
        """For people.

        Example:
            >>> found = CrossValidated(1e-4, np.zeros(2), np.eye(2))
            >>> Tried(Candidate(("vgg16",), 224, "crop"), found, 0.915).sentence
            'vgg16 at 224×224, crop: 91.5 %'
        """
        side = self.candidate.side
        return (
            f"{self.candidate.name} at {side}×{side}, {self.candidate.fit}: "
            f"{100 * self.accuracy:.1f} %"
        )


def with_choice_made(
    recipe: Recipe, train: Dataset, *, callback: TrainingCallback | None = None
) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe with a network in place of "auto".

    Args:
        recipe: One whose backbone is named comes back as it is.
        train: The training part.
        callback: Hears how features are computed.

    Returns:
        The recipe, and what decided, as sentences.

    Raises:
        WeightsError: If no weights are at hand to choose from; says which command brings them.
        ImageError: If a picture cannot be read.
    """
    if recipe.backbone is None or recipe.backbone.name != AUTO:
        return recipe, ()
    choice = recipe.choice or Choice()
    networks = tuple(name for name in USUAL_BACKBONES if at_hand(name))
    if not networks:
        raise WeightsError(
            "no trained weights are at hand to choose from. Run: kanjian weights get "
            f"{USUAL_BACKBONES[0]}"
        )
    look = summarize_dataset(train)
    trying = _Trying(recipe, train, choice, callback or silent)
    join = recipe.fine_tune is None and recipe.all_layers is None
    wanted = candidates(look, choice.quality, networks, join=join)
    # of one there is nothing to choose
    tried = list(trying.all(wanted)) if len(wanted) > 1 else []
    taken = best_of(tried).candidate if tried else wanted[0]
    recipe, of_views = _with_views(recipe, taken, trying, mirror=look.color)
    assert recipe.backbone is not None
    made = recipe.model_copy(
        update={
            "backbone": recipe.backbone.model_copy(update={"name": taken.name}),
            "input": recipe.input.model_copy(update={
                "size": (taken.side, taken.side), "fit": taken.fit}),
            "choice": None,
            "fine_tune": _in_time(recipe.fine_tune, trying.left_s / 60),
        }
    )  # fmt: skip
    return made, (*_reasons(tried, taken, trying), *of_views)


def _with_views(
    recipe: Recipe, taken: Candidate, trying: "_Trying", *, mirror: bool
) -> tuple[Recipe, tuple[str, ...]]:
    """The recipe with as many views at prediction as win, where "best" is asked of a probe."""
    asked = trying.choice.quality == "best" and recipe.answer.views == 1
    if not asked or recipe.probe is None or not len(trying.fold_of):
        return recipe, ()
    if trying.is_short(taken, passes=MOST_TRIED - 1):
        return recipe, ("views at prediction were not tried: more time with --minutes",)
    views, sentence = trying.views(taken, mirror=mirror)
    changes: dict[str, Any] = {"answer": recipe.answer.model_copy(update={"views": views})}
    if views > 1 and mirror:  # what is seen mirrored is learned mirrored, too
        assert recipe.backbone is not None
        flipped = recipe.augmentation.model_copy(update={"flip_horizontal": True})
        variants = recipe.backbone.model_copy(update={"variants": _VARIANTS})
        changes |= {"augmentation": flipped, "backbone": variants}
    return recipe.model_copy(update=changes), (sentence,)


def _in_time(phase: FineTune | None, minutes: float) -> FineTune | None:
    if phase is None or phase.minutes is not None:
        return phase
    return phase.model_copy(update={"minutes": round(minutes, 2)})


def candidates(
    look: DatasetSummary,
    quality: Literal["fast", "good", "best"],
    networks: tuple[str, ...],
    *,
    join: bool = True,
) -> tuple[Candidate, ...]:
    """What is tried, what costs least first.

    Args:
        look: What a glance at the pictures showed.
        quality: See `Choice`.
        networks: Those whose weights are at hand.
        join: Whether several may be joined; such are not fine-tuned.

    Example:
        >>> photos = DatasetSummary(300, 5, None, 500, color=True)
        >>> [each.side for each in candidates(photos, "fast", USUAL_BACKBONES)]
        [260]
        >>> [len(candidates(photos, each, USUAL_BACKBONES)) for each in ("good", "best")]
        [6, 27]
    """
    sizes = _SIZES_LARGE if look.longest_px >= _DETAIL_PX else _SIZES_SMALL
    fits = _FITS if look.proportion > _LONG else _FITS[:1]
    if quality == "fast":
        return (Candidate(networks[:1], sizes[0], "crop"),)
    if quality == "good":
        sizes, fits = sizes[:1], fits[:2]
    groups: list[tuple[str, ...]] = [(name,) for name in networks]
    groups += [networks] if join and len(networks) > 1 else []
    found = (Candidate(group, side, fit) for side in sizes for fit in fits for group in groups)
    return tuple(sorted(found, key=lambda each: (sizes.index(each.side), each.cost)))


def best_of(tried: list[Tried]) -> Tried:
    """The one with the lowest loss, if its lead is more than chance; else the usual, or a cheaper.

    The usual is the first in the order of `candidates` that joins most networks: among many
    that differ by chance alone, the one that happens to lead is not the best.

    Example:
        >>> def tried(name, loss):
        ...     found = CrossValidated(1e-4, np.array([loss, loss + 0.1]), np.eye(2))
        ...     return Tried(Candidate((name,), 224, "crop"), found, 0.9)
        >>> best_of([tried("vgg16", 0.3), tried("vgg19", 0.2)]).candidate.name
        'vgg19'
    """
    lowest = min(tried, key=lambda each: float(each.found.losses.mean()))
    usual = max(tried, key=lambda each: len(each.candidate.networks))
    best = lowest if _lead(lowest, usual) > _SURE else usual
    as_good = [each for each in tried if _lead(best, each) <= _TIE]
    return min(as_good, key=lambda each: each.candidate.cost)


def _lead(one: Tried, other: Tried) -> float:
    """How much lower the loss of one is, in standard errors over the pictures."""
    less = other.found.losses - one.found.losses
    if len(less) < 2 or not less.any():
        return 0.0
    error = less.std(ddof=1) / np.sqrt(len(less))
    return float(np.inf * np.sign(less.mean()) if error == 0 else less.mean() / error)


@dataclass
class _Trying:
    """The candidates under way: features of each network are computed once, while time is left."""

    recipe: Recipe
    train: Dataset
    choice: Choice
    callback: TrainingCallback
    left_out: list[Candidate] = field(default_factory=list)

    def __post_init__(self) -> None:
        seed = self.recipe.training.seed
        self.pictures = take_stratified(self.train, MOST_PICTURES, seed)
        folds = self.recipe.probe.folds if self.recipe.probe else 5
        self.fold_of = folds_of(self.pictures, folds, self.recipe)
        self.began = time.perf_counter()
        self.budget_s = 60 * (self.choice.minutes or MINUTES[self.choice.quality])
        self._cache = FeatureCache()
        self._features: dict[tuple[Candidate, View | None], np.ndarray] = {}
        self._per_cost = 0.0  # seconds that one unit of cost took

    def all(self, wanted: Iterable[Candidate]) -> Iterator[Tried]:
        """Each that there is time for; the first in any case."""
        for number, candidate in enumerate(wanted):
            if number and self.is_short(candidate):
                self.left_out.append(candidate)
                continue
            if not number:
                self.callback(Message(self._beginning))
            yield self._judged(candidate, self._joined(candidate))

    def views(self, candidate: Candidate, *, mirror: bool) -> tuple[int, str]:
        """How many views of a picture its predictions are averaged over, and why."""
        return choose_views(
            self._joined(candidate), lambda view: self._joined(candidate, view),
            self.pictures.labels, self.fold_of, n_classes=len(self.pictures.classes), mirror=mirror,
        )  # fmt: skip

    def _joined(self, candidate: Candidate, view: View | None = None) -> np.ndarray:
        return np.hstack([self._of(each, view) for each in candidate.each])

    @property
    def left_s(self) -> float:
        """What is left of the time that was given, in seconds."""
        return max(1.0, self.budget_s - (time.perf_counter() - self.began))

    @property
    def _beginning(self) -> str:
        return (
            f"choosing a network on {plural(len(self.pictures), 'training picture')}, within "
            f"{self.budget_s / 60:g} min"
        )

    def is_short(self, candidate: Candidate, *, passes: int = 0) -> bool:
        """Whether time is too short for a candidate, or for further passes of it."""
        missing = [each for each in candidate.each if (each, None) not in self._features]
        cost = sum(each.cost for each in missing) + passes * candidate.cost
        spent = time.perf_counter() - self.began
        # half of the time is for what comes after the choice
        return spent + cost * self._per_cost > self.budget_s / 2

    def _of(self, candidate: Candidate, view: View | None) -> np.ndarray:
        key = candidate, view
        if key not in self._features:
            started, side = time.perf_counter(), candidate.side
            network = known_backbone(
                candidate.name, pool="avg", size_hw=(side, side), store=self._cache.cache
            )
            features = features_of(
                self.pictures, network, InputShape((side, side), 3, candidate.fit),
                cache=self._cache, view=view,
                about={"backbone": candidate.name, "layer": "last"},
                progress=lambda done, total: self.callback(FeaturesPassed(done, total)),
            )  # fmt: skip
            self._features[key] = np.asarray(features.array, np.float32)
            spent = time.perf_counter() - started
            self._per_cost = max(self._per_cost, spent / candidate.cost)
        return self._features[key]

    def _judged(self, candidate: Candidate, features: np.ndarray) -> Tried:
        classes, labels = len(self.pictures.classes), self.pictures.labels
        if not len(self.fold_of):  # too few to say anything: the first is taken
            nothing = CrossValidated(0.0, np.zeros(1), np.zeros((1, classes)))
            return Tried(candidate, nothing, 0.0)
        found = cross_validate_probe(features, labels, self.fold_of, n_classes=classes)
        right = found.probabilities.argmax(axis=1) == labels[self.fold_of >= 0]
        return Tried(candidate, found, float(right.mean()))


def _reasons(tried: list[Tried], taken: Candidate, trying: _Trying) -> Iterator[str]:
    if len(tried) > 1:
        (best,) = (each.sentence for each in tried if each.candidate == taken)
        others = "; ".join(each.sentence for each in tried if each.candidate != taken)
        yield (
            f"chosen by cross-validation on {plural(len(trying.pictures), 'training picture')}: "
            f"{best} right (the others: {others})"
        )
    if trying.left_out:
        yield (
            f"{plural(len(trying.left_out), 'other candidate')} would have taken longer than "
            f"{trying.budget_s / 120:g} min: more time with --minutes"
        )
