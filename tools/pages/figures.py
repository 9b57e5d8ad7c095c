"""How a figure of a benchmark is read from its result file, and whether it is what was wanted."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Result = dict[str, Any]
# What the targets say in words: memory that grows by no more; a ratio that is no larger
FLAT, ABOUT_ONE = 1.05, 1.25


@dataclass(frozen=True)
class Row:
    """One line of the table.

    Args:
        file: The result file in bench/results, without its suffix.
        english: What was measured.
        chinese: The same.
        wanted: The target, as it was set before the measurement.
        figure: The measured figure, as text.
        met: Whether the target is met.
    """

    file: str
    english: str
    chinese: str
    wanted: str
    figure: Callable[[Result], str]
    met: Callable[[Result], bool]


def of_recipe(name: str) -> Callable[[Result], str]:
    """Accuracy and seconds of a shipped recipe."""

    def figure(result: Result) -> str:
        recipe = result["recipes"][name]
        seconds = sorted(run["fit_seconds"] for run in recipe["runs"])
        accuracy = f"{100 * recipe['mean_test_accuracy']:.2f} %"
        return f"{accuracy}, {seconds[len(seconds) // 2]:.0f} s (n = {recipe['n_seeds']})"

    return figure


def median(*keys: str, unit: str, digits: int) -> Callable[[Result], str]:
    """The median of repeated measurements, found by its keys."""

    def figure(result: Result) -> str:
        for key in keys:
            result = result[key]
        return f"{result['median']:.{digits}f} {unit} (n = {result['n']})"

    return figure


def under_overload(told: Result) -> str:
    """What went wrong while twice as much was asked as can be answered, and the memory."""
    memory = f"{told['memory_before_mb']:.0f}, {told['memory_after_mb']:.0f} MB"
    return f"{told['wrong']}, {_other_statuses(told)}; {memory}"


def held_under_overload(told: Result) -> bool:
    """Whether nothing went wrong then, and memory stayed flat."""
    flat = told["memory_after_mb"] <= FLAT * told["memory_before_mb"]
    return flat and not told["wrong"] and not _other_statuses(told)


def _other_statuses(told: Result) -> int:
    return sum(count for status, count in told["status"].items() if status not in ("200", "429"))


def in_int8(told: Result) -> str:
    """Accuracy before and after, and the gain in speed."""
    speed = told["images_per_second"]
    faster = speed["int8"] / speed["bf16"]
    return f"{100 * told['before']:.1f} → {100 * told['after']:.1f} %, {faster:.1f}×"


def points_lost(told: Result) -> float:
    """Points of accuracy that int8 loses."""
    return float(100 * (told["before"] - told["after"]))


def head_on(backbone: str) -> Callable[[Result], str]:
    """Seconds of ours to those of plain Keras, and how many epochs Keras really ran."""

    def figure(result: Result) -> str:
        found = result["backbones"][backbone]
        measured, epochs = found["epochs measured"]["plain keras"], found["epochs"]
        scaled = "" if measured == epochs else f" (Keras: {measured} epochs measured)"
        return f"1/{1 / found['ratio']:.1f}{scaled}"

    return figure


FEW_PHOTOS = ("pets", "people", "cifar")
# What `kanjian train` may take on 300 photos, in seconds
QUALITIES = {"kanjian, good": 90, "kanjian, fast": 30}


def against_best_probe(told: dict[str, Any]) -> str:
    """Accuracy over all draws of the command and of the better probe; points between, if told."""
    ours, best = (told["sides"][name]["pooled"] for name in ("kanjian, good", told["best_probe"]))
    said = f"{100 * ours:.1f} against {100 * best:.1f} %"
    if "less_best_probe" not in told:
        return said
    low, high = told["less_best_probe"]["kanjian, good"]["interval_95"]
    return f"{said} ({100 * low:+.1f} to {100 * high:+.1f})"


def against_default(told: dict[str, Any]) -> str:
    """What a search kept against the default, on the test part."""
    default, best = told["test"]["default"], told["test"]["best"]
    if not told["better"]:
        return f"no better than {100 * default:.1f} %, and said so"
    return f"{100 * best:.1f} against {100 * default:.1f} %"


def against_probe(sides: Result) -> str:
    """Mean test accuracy of a recipe, and of the better plain probe."""
    recipe, probe = _recipe_and_probe(sides)
    return f"{100 * recipe:.1f} against {100 * probe:.1f} %"


def above_probe(sides: Result) -> bool:
    """Whether the recipe is better than the better plain probe."""
    recipe, probe = _recipe_and_probe(sides)
    return recipe > probe


def _recipe_and_probe(sides: Result) -> tuple[float, float]:
    mean = {side: sum(found["values"]) / found["n"] for side, found in sides.items()}
    return mean["photos-lite0"], max(mean["probe, letterbox"], mean["probe, crop"])


def labels_found(result: Result) -> str:
    """The share of the flipped labels that stands first, here and with a plain script."""
    ours, theirs = (result["sides"][side]["found_among_first"]
                    for side in ("kanjian, Lite2", "plain cleanlab"))  # fmt: skip
    found = f"{100 * ours['median']:.1f} against {100 * theirs['median']:.1f} %"
    return f"{found} (n = {ours['n']})"


def over_random(told: Result) -> str:
    """Points of accuracy over random labels: median and range."""
    points = told["points_over_random"]
    return f"{points['median']:.1f} points ({points['min']:.1f} … {points['max']:.1f})"


def video_cleaned(result: Result) -> str:
    """Pictures a second, and how memory grew."""
    (found,) = result["video"].values()
    return f"{found['pictures_per_second']:.1f}, {100 * (grown(result) - 1):.0f} %"


def grown(result: Result) -> float:
    """How many times the first memory the last one is."""
    (found,) = result["video"].values()
    return float(found["memory_mb"]["last"] / found["memory_mb"]["first"])


def thinned(result: Result) -> str:
    """Seconds of ours to those of plain loops, for thin strokes."""
    found = result["tasks"]["thinning, page"]
    assert found["same_pixels"]
    ratio = found["seconds"]["loops"]["median"] / found["seconds"]["kanjian"]["median"]
    return f"1/{ratio:.0f}"


def reached(
    name: str, accuracy: float, *, minutes: float | None = None
) -> Callable[[Result], bool]:
    """Whether a shipped recipe reaches an accuracy, in so many minutes."""

    def met(result: Result) -> bool:
        recipe = result["recipes"][name]
        seconds = sorted(run["fit_seconds"] for run in recipe["runs"])
        in_time = minutes is None or seconds[len(seconds) // 2] <= 60 * minutes
        return in_time and recipe["mean_test_accuracy"] >= accuracy

    return met


def of_limit(part: str) -> Callable[[Result], str]:
    """What share of a bare loop's speed ours has."""
    return lambda result: f"{100 * result['parts'][part]['share_of_limit']['median']:.0f} %"


def near_limit(part: str) -> Callable[[Result], bool]:
    """Whether it is nine tenths of it at least."""
    return lambda result: bool(result["parts"][part]["share_of_limit"]["median"] >= 0.9)
