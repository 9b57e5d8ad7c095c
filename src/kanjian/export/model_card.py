"""The card of a recognizer for people: what it learned, how good and how fast it is, its limits.

Everything in it comes from the run folder or is measured here; nothing is typed by hand.
"""

import platform
import time
from pathlib import Path
from typing import Any

import numpy as np

from kanjian.backend.processor import cpu_features
from kanjian.errors import KanjianError, RecognizerError
from kanjian.export.markdown import code, plain
from kanjian.guard.text import read_json
from kanjian.i18n import _, ngettext
from kanjian.inference.card import RECOGNIZER, Card, check_card, read_card
from kanjian.inference.prediction import unknown_word
from kanjian.inference.recognizer import Recognizer
from kanjian.inference.saved_network import KERAS_FILE, OPENVINO_FILES
from kanjian.inference.selftest import stored_answers
from kanjian.json_types import JsonObject
from kanjian.names import without_places
from kanjian.recipes.codec import read_recipe
from kanjian.reporting.wording import count, duration, percent
from kanjian.spoken import heading, spoken, together
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
        f"## {_('What it takes and gives')}",
        _takes(card),
        f"## {_('What it was trained on')}",
        _learned(run, card, report),
        f"## {_('How good it is')}",
        _quality(judged, part, report),
        more,
        f"## {_('Size and speed')}",
        _speed(home, card, report),
        f"## {_('Limits')}",
        _limits(card, judged, report),
        f"## {_('How it was made')}",
        _made(run, card, report),
    ]
    return "\n\n".join(section for section in sections if section) + "\n"


def _read_json(path: Path) -> JsonObject:
    try:
        record = read_json(path, error=KanjianError)
    except (OSError, KanjianError):
        return {}
    return record if isinstance(record, dict) else {}


def _opening(card: Card, judged: JsonObject, part: str) -> str:
    text = _("Tells {n} classes of pictures apart: {classes}.",
             n=len(card.classes), classes=_listed(card.classes))  # fmt: skip
    if not judged:
        return together(text, _("How good it is was not measured."))
    n = judged["n"]
    right = percent(judged["accuracy"], n=n)
    return together(
        text,
        ngettext("It was right on {right} of {n} picture held back ({part}).",
                 "It was right on {right} of {n} pictures held back ({part}).",
                 n, right=right, part=heading(part)),
    )  # fmt: skip


def _listed(names: tuple[str, ...]) -> str:
    few = ", ".join(code(name) for name in names[:12])
    more = len(names) - 12
    return _("{few} and {n} more", few=few, n=more) if more > 0 else few


def _takes(card: Card) -> str:
    height, width = card.size_hw
    text = _(
        "Pictures of any size; they are resized ({fit}) to {height} × {width} {color} pixels "
        "(height × width), 0 to 255. It gives a probability for each class.",
        fit=card.fit, height=height, width=width,
        color="RGB" if card.channels == 3 else _("gray"),
    )  # fmt: skip
    if card.views > 1:
        text = together(text, _views(card))
    if card.open_set_threshold is not None:
        text = together(text, _open_set(card))
    elif card.abstain_threshold is None:
        always = _("It always predicts one of them, also for pictures of something else.")
        return together(text, always)
    if card.abstain_threshold is None:
        return text
    threshold, word = f"{card.abstain_threshold:.4g}", unknown_word(card.classes)
    if card.abstain_target is None:
        below = _('Below {threshold} it says "{word}".', threshold=threshold, word=word)
    else:
        below = _(
            'Below {threshold} it says "{word}", set so that {target} of its predictions are '
            "right.",
            threshold=threshold, word=word, target=percent(card.abstain_target),
        )  # fmt: skip
    return together(text, below)


def _open_set(card: Card) -> str:
    word = unknown_word(card.classes)
    if card.open_set_target is None:
        return _('To pictures unlike its training pictures it says "{word}".', word=word)
    return _(
        'To pictures unlike its training pictures it says "{word}", set so that {target} of its '
        "right predictions are kept.",
        word=word, target=percent(card.open_set_target),
    )  # fmt: skip


def _views(card: Card) -> str:
    if card.mirror:
        return _("Its predictions are averaged over {n} views: the picture, its mirror image, and "
                 "so on.", n=card.views)  # fmt: skip
    return _("Its predictions are averaged over {n} views: the picture, from further off, and so "
             "on; none is mirrored.", n=card.views)  # fmt: skip


def _learned(run: Path, card: Card, report: JsonObject) -> str:
    facts = []
    recipe = _recipe_of(run)
    if recipe is not None:
        facts.append(_("pictures: {source}", source=code(_last_part(recipe.data.source))))
    trained_on = card.facts.get("trained_on")
    if trained_on:
        facts.append(
            ngettext("{n} picture for training", "{n} pictures for training", int(trained_on))
        )
    facts += [
        ngettext(
            "{n} picture held back for {part}",
            "{n} pictures held back for {part}",
            report[part]["n"],
            part=heading(part),
        )
        for part in ("validation", "test")
        if report.get(part)
    ]
    if recipe is not None and recipe.backbone is not None:
        facts.append(
            _("it started from {backbone} with {weights} weights",
              backbone=code(recipe.backbone.name),
              weights=code(_last_part(str(recipe.backbone.weights))))
        )  # fmt: skip
    if card.facts.get("imported_from"):
        facts.append(
            _("imported from {file}; what it was trained on is not known",
              file=code(without_places(str(card.facts["imported_from"]))))
        )  # fmt: skip
    notes = [*report.get("notes", []), *card.facts.get("notes", [])]
    facts += [plain(spoken(without_places(str(note)))) for note in notes]
    return "\n".join(f"- {fact}" for fact in facts) or _("Not known.")


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
        return _("Not measured. Evaluate it on pictures of yours: `kanjian evaluate RUN PICTURES`.")
    n, (low, high) = judged["n"], judged["interval"]
    lines = [
        _(
            "On {n} pictures of the {part} part: {right} right, 95 % interval {low} to {high}. "
            "Calibration error (how far its confidence is off on average): {error}.",
            n=n,
            part=heading(part),
            right=percent(judged["accuracy"], n=n),
            low=percent(low, n=n),
            high=percent(high, n=n),
            error=percent(judged["calibration_error"]),
        ),
        "",
        f"| {_('class')} | {_('pictures')} | {_('precision')} | {_('recall')} | f1 |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for each in judged["per_class"][:_MOST_CLASSES]:
        shares = " | ".join(
            percent(each[key], n=each["support"] or 1) for key in ("precision", "recall", "f1")
        )
        lines.append(f"| {plain(each['name'])} | {each['support']} | {shares} |")
    rest = len(judged["per_class"]) - _MOST_CLASSES
    if rest > 0:
        lines.append("\n" + _("and {n} more classes; `report.json` has them all.", n=rest))
    abstain = (report.get("abstain") or {}).get(part) or {}
    if abstain.get("coverage") is not None:
        lines.append(
            "\n" + _("It predicts {coverage} of them and abstains on the rest; {right} of these "
                     "predictions are right.", coverage=percent(abstain["coverage"]),
                     right=percent(abstain.get("accuracy")))
        )  # fmt: skip
    return "\n".join(lines)


def _speed(home: Path, card: Card, report: JsonObject) -> str:
    sizes = {
        name: (home / name).stat().st_size / 1e6
        for name in (KERAS_FILE, OPENVINO_FILES[1])
        if (home / name).is_file()
    }
    lines = []
    if report.get("parameters"):
        lines.append(f"- {_('{n} parameters', n=count(report['parameters']))}")
    if sizes:
        lines.append("- " + ", ".join(f"`{name}` {size:.1f} MB" for name, size in sizes.items()))
    measured = _measured(home, card)
    if measured:
        one, many, engine = measured
        lines.append(
            "- " + _("measured here ({machine}, {engine}, 32 bits): one picture in {one} ms, "
                     "{many} pictures per second in batches; reading and resizing them is not "
                     "counted", machine=_machine(), engine=engine, one=f"{1e3 * one:.3g}",
                     many=count(many))
        )  # fmt: skip
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
    cores = ngettext("{n} core", "{n} cores", os.cpu_count() or 1)
    return f"{platform.machine()}, {cores}{f', {features}' if features else ''}"


def _limits(card: Card, judged: JsonObject, report: JsonObject) -> str:
    lines = []
    if not judged:
        lines.append(_("How good it is was not measured."))
    elif judged["n"] < _FEW:
        low, high = (percent(end, n=judged["n"]) for end in judged["interval"])
        lines.append(
            ngettext("It was evaluated on {n} picture only: its true accuracy may lie anywhere "
                     "from {low} to {high}.",
                     "It was evaluated on {n} pictures only: its true accuracy may lie anywhere "
                     "from {low} to {high}.", judged["n"], low=low, high=high)
        )  # fmt: skip
    if judged:
        scored = [each for each in judged["per_class"] if each["recall"] is not None]
        weak = sorted(scored, key=lambda each: each["recall"])[:3]
        lines += [
            _(
                "Of {name} it finds {recall} only.",
                name=code(each["name"]),
                recall=percent(each["recall"], n=each["support"]),
            )
            for each in weak
            if each["recall"] < judged["accuracy"] - 0.02
        ]
        lines += [
            ngettext(
                "It takes {true} for {predicted} most often ({n} time).",
                "It takes {true} for {predicted} most often ({n} times).",
                pair["count"],
                true=code(pair["true"]),
                predicted=code(pair["predicted"]),
            )
            for pair in (judged.get("confused_pairs") or [])[:1]
        ]
        if not report.get("test"):
            lines.append(
                _("It was evaluated on the validation part, by which training also chose.")
            )
    if card.open_set_threshold is not None:
        lines.append(
            _(
                "What is close to its classes, another animal or the same thing drawn, may "
                "still get the name of one: it was tried on made pictures only."
            )
        )
    elif card.abstain_threshold is None:
        lines.append(_("It names one of its classes whatever it is shown."))
    lines.append(_("Pictures unlike its training pictures (camera, light, place) were not tried."))
    return "\n".join(f"- {line}" for line in lines)


def _made(run: Path, card: Card, report: JsonObject) -> str:
    versions = plain(", ".join(f"{name} {version}" for name, version in card.versions.items()))
    lines = [_("saved {time}", time=plain(card.created))]
    if report.get("epochs"):
        lines.append(
            ngettext("{n} epoch in {time}, {precision}, {backend}, seed {seed}",
                     "{n} epochs in {time}, {precision}, {backend}, seed {seed}",
                     report["epochs"], time=duration(report["fit_seconds"]),
                     precision=plain(report["precision"]), backend=plain(report["backend"]),
                     seed=plain(card.facts.get("seed", _("not known"))))
        )  # fmt: skip
    lines.append(_("with {versions}", versions=versions) if versions else "")
    if (run / RECIPE).is_file():
        lines.append(_("`recipe.toml` in the run folder repeats it"))
    return "\n".join(f"- {line}" for line in lines if line)
