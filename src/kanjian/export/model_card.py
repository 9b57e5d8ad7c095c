"""The card of a recognizer for people: what it learned, how good and how fast it is, its limits.

Everything in it comes from the run folder or is measured here; nothing is typed by hand.
"""

import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.backend import cpu_features
from kanjian.checks import plural
from kanjian.errors import KanjianError, RecognizerError
from kanjian.export.markdown import code, plain
from kanjian.guard.text import read_json
from kanjian.inference.card import RECOGNIZER, Card, check_card, read_card
from kanjian.inference.prediction import unknown_word
from kanjian.inference.recognizer import Recognizer
from kanjian.inference.saved_network import KERAS_FILE, OPENVINO_FILES
from kanjian.inference.selftest import stored_answers
from kanjian.json_types import JsonObject
from kanjian.names import without_places
from kanjian.recipes.codec import read_recipe
from kanjian.reporting.wording import count, duration, percent
from kanjian.training.run_folder import RECIPE, REPORT, run_of

_TIMED = 30
_MOST_CLASSES = 100
# An interval this wide means that the pictures prove little
_FEW = 100


def model_card(folder: str | Path, *, more: str = "") -> str:
    """The card of a recognizer as Markdown.

    Args:
        folder: A run folder, or the recognizer folder in it. Without a run around it, the
            card tells what the recognizer knows of itself.
        more: What else is to be said of its quality, as sentences.

    Raises:
        RecognizerError: If there is no recognizer, or it is damaged.
    """
    home, run = RECOGNIZER.home_of(Path(folder)), run_of(Path(folder))
    card, report = read_card(home), _read_json(run / REPORT)
    check_card(home, card)
    judged = report.get("test") or report.get("validation") or {}
    part = "test" if report.get("test") else "validation"
    sections = [
        f"# {plain(card.name)}",
        _opening(card, judged, part),
        "## What it takes and gives",
        _takes(card),
        "## What it was trained on",
        _learned(run, card, report),
        "## How good it is",
        _quality(judged, part, report),
        more,
        "## Size and speed",
        _speed(home, card, report),
        "## Limits",
        _limits(card, judged, report),
        "## How it was made",
        _made(run, card, report),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _read_json(path: Path) -> JsonObject:
    try:
        told = read_json(path, error=KanjianError)
    except (OSError, KanjianError):
        return {}
    return told if isinstance(told, dict) else {}


def _opening(card: Card, judged: JsonObject, part: str) -> str:
    text = f"Tells {len(card.classes)} classes of pictures apart: {_listed(card.classes)}."
    if not judged:
        return f"{text} How good it is was not measured."
    n = judged["n"]
    right = percent(judged["accuracy"], n=n)
    return f"{text} It was right on {right} of {plural(n, 'picture')} held back ({part})."


def _listed(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - 12} more" if len(names) > 12 else ""
    return ", ".join(code(name) for name in names[:12]) + more


def _takes(card: Card) -> str:
    height, width = card.size_hw
    color = "RGB" if card.channels == 3 else "gray"
    text = (
        f"Pictures of any size; they are resized ({card.fit}) to {height} × {width} {color} pixels "
        "(height × width), 0 to 255. It gives a probability for each class."
    )
    if card.abstain_threshold is None:
        return f"{text} It always predicts one of them, also for pictures of something else."
    target = (
        ""
        if card.abstain_target is None
        else f", set so that {percent(card.abstain_target)} of its predictions are right"
    )
    return (
        f'{text} Below {card.abstain_threshold:.4g} it says "{unknown_word(card.classes)}"{target}.'
    )


def _learned(run: Path, card: Card, report: JsonObject) -> str:
    facts = []
    recipe = _recipe_of(run)
    if recipe is not None:
        facts.append(f"- pictures: {code(_last_part(recipe.data.source))}")
    trained_on = card.facts.get("trained_on")
    if trained_on:
        facts.append(f"- {plural(int(trained_on), 'picture')} for training")
    facts += [
        f"- {plural(report[part]['n'], 'picture')} held back for {part}"
        for part in ("validation", "test")
        if report.get(part)
    ]
    if recipe is not None and recipe.backbone is not None:
        facts.append(
            f"- it started from {code(recipe.backbone.name)} with "
            f"{code(_last_part(str(recipe.backbone.weights)))} weights"
        )
    if card.facts.get("imported_from"):
        facts.append(
            f"- imported from {code(without_places(str(card.facts['imported_from'])))}; what it "
            "was trained on is not known"
        )
    told = [*report.get("notes", []), *card.facts.get("notes", [])]
    facts += [f"- {plain(without_places(str(note)))}" for note in told]
    return "\n".join(facts) or "Not known."


def _last_part(place: str) -> str:
    """The name alone: where it lay on the maker's disk is nobody's business."""
    return place.replace("\\", "/").rstrip("/").rpartition("/")[2]


def _recipe_of(run: Path) -> Any:
    try:
        return read_recipe(run / RECIPE)
    except KanjianError:
        return None


def _quality(judged: JsonObject, part: str, report: JsonObject) -> str:
    if not judged:
        return "Not measured. Evaluate it on pictures of yours: `kanjian evaluate RUN PICTURES`."
    n, (low, high) = judged["n"], judged["interval"]
    lines = [
        f"On {plural(n, 'picture')} of the {part} part: {percent(judged['accuracy'], n=n)} right, "
        f"95 % interval {percent(low, n=n)} to {percent(high, n=n)}. Calibration error "
        f"(how far its confidence is off on average): {percent(judged['calibration_error'])}.",
        "",
        "| class | pictures | precision | recall | f1 |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for each in judged["per_class"][:_MOST_CLASSES]:
        shares = " | ".join(
            percent(each[key], n=each["support"] or 1) for key in ("precision", "recall", "f1")
        )
        lines.append(f"| {plain(each['name'])} | {each['support']} | {shares} |")
    rest = len(judged["per_class"]) - _MOST_CLASSES
    if rest > 0:
        lines.append(f"\nand {rest} more classes; `report.json` has them all.")
    abstain = (report.get("abstain") or {}).get(part) or {}
    if abstain.get("coverage") is not None:
        right = percent(abstain.get("accuracy"))
        lines.append(
            f"\nIt predicts {percent(abstain['coverage'])} of them and abstains on the rest; "
            f"{right} of these predictions are right."
        )
    return "\n".join(lines)


def _speed(home: Path, card: Card, report: JsonObject) -> str:
    sizes = {
        name: (home / name).stat().st_size / 1e6
        for name in (KERAS_FILE, OPENVINO_FILES[1])
        if (home / name).is_file()
    }
    lines = []
    if report.get("parameters"):
        lines.append(f"- {count(report['parameters'])} parameters")
    if sizes:
        lines.append("- " + ", ".join(f"`{name}` {size:.1f} MB" for name, size in sizes.items()))
    measured = _measured(home, card)
    if measured:
        one, many, engine = measured
        lines.append(
            f"- measured here ({_machine()}, {engine}, 32 bits): one picture in "
            f"{1e3 * one:.3g} ms, {count(many)} pictures per second in batches; reading and "
            "fitting them is not counted"
        )
    return "\n".join(lines)


def _measured(home: Path, card: Card) -> tuple[float, float, str] | None:
    """Seconds for one picture, pictures per second, and what ran it; None if nothing can here."""
    try:
        recognizer = Recognizer.load(home)
        images, _ = stored_answers(home, card)
    except RecognizerError:
        return None
    one, batch = images[:1], np.resize(images, (64, *images.shape[1:]))
    recognizer.probabilities(one), recognizer.probabilities(batch)
    alone = [_seconds(recognizer, one) for _ in range(_TIMED)]
    together = [_seconds(recognizer, batch) for _ in range(max(3, _TIMED // 10))]
    return float(np.median(alone)), len(batch) / float(np.median(together)), recognizer.engine


def _seconds(recognizer: Recognizer, batch: np.ndarray) -> float:
    start = time.perf_counter()
    recognizer.probabilities(batch)
    return time.perf_counter() - start


def _machine() -> str:
    import os

    features = ", ".join(sorted(cpu_features()))
    cores = plural(os.cpu_count() or 1, "core")
    return f"{platform.machine()}, {cores}{f', {features}' if features else ''}"


def _limits(card: Card, judged: JsonObject, report: JsonObject) -> str:
    lines = []
    if not judged:
        lines.append("- How good it is was not measured.")
    elif judged["n"] < _FEW:
        lines.append(
            f"- It was evaluated on {plural(judged['n'], 'picture')} only: its true accuracy "
            f"may lie anywhere from {percent(judged['interval'][0], n=judged['n'])} to "
            f"{percent(judged['interval'][1], n=judged['n'])}."
        )
    if judged:
        scored = [each for each in judged["per_class"] if each["recall"] is not None]
        weak = sorted(scored, key=lambda each: each["recall"])[:3]
        lines += [
            f"- Of {code(each['name'])} it finds {percent(each['recall'], n=each['support'])} only."
            for each in weak
            if each["recall"] < judged["accuracy"] - 0.02
        ]
        lines += [
            f"- It takes {code(pair['true'])} for {code(pair['predicted'])} most often "
            f"({plural(pair['count'], 'time')})."
            for pair in (judged.get("confused_pairs") or [])[:1]
        ]
        if not report.get("test"):
            lines.append("- It was evaluated on the validation part, by which training also chose.")
    if card.abstain_threshold is None:
        lines.append("- It names one of its classes whatever it is shown.")
    lines.append("- Pictures unlike its training pictures (camera, light, place) were not tried.")
    return "\n".join(lines)


def _made(run: Path, card: Card, report: JsonObject) -> str:
    versions = plain(", ".join(f"{name} {version}" for name, version in card.versions.items()))
    lines = [f"- saved {plain(card.created)}"]
    if report.get("epochs"):
        lines.append(
            f"- {plural(report['epochs'], 'epoch')} in {duration(report['fit_seconds'])}, "
            f"{plain(report['precision'])}, {plain(report['backend'])}, "
            f"seed {plain(card.facts.get('seed', 'not known'))}"
        )
    lines.append(f"- with {versions}" if versions else "")
    if (run / RECIPE).is_file():
        lines.append("- `recipe.toml` in the run folder repeats it")
    return "\n".join(line for line in lines if line)
