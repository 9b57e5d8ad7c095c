"""What a finished training tells: its figures, where they lie, what to do next."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from kanjian.checks import plural, quoted
from kanjian.cli.output import facts, percent, say, say_json, span, table, thousands, wrapped
from kanjian.spoken import heading, spoken

if TYPE_CHECKING:
    from kanjian.reporting.run_report import AbstainReport, OpenSetReport, RunReport
    from kanjian.training.run import Run


def show(run: "Run", *, json: bool) -> None:
    """Print what a finished run reached, and what to do next."""
    if json:
        say_json({"run": run.folder, "recognizer": run.recognizer_folder, **run.report.to_dict()})
        return
    say()
    say(result_table(run.report))
    say()
    if doubts := doubt_lines(run.report, run.folder):
        say(doubts)
        say()
    say(facts(run_facts(run)))
    say()
    say(next_steps(run.folder, held_back=run.report.validation_folds is None))


def result_table(report: "RunReport") -> str:
    """Accuracy with its interval and loss of each part that was evaluated.

    Example:
        >>> from kanjian.reporting.run_report import RunReport
        >>> part = {"accuracy": 0.98, "interval": [0.969, 0.987], "loss": 0.07, "n": 1000}
        >>> print(result_table(RunReport(title="digits", validation=part)))
        part        accuracy  95 % interval     loss   pictures
        validation    98.0 %  96.9 % – 98.7 %  0.070       1000
    """
    rows = [
        (
            heading(name),
            percent(part.accuracy),
            " – ".join(percent(end) for end in part.interval),
            "–" if part.loss is None else f"{part.loss:.3f}",
            part.n,
        )
        for name, part in (("validation", report.validation), ("test", report.test))
        if part is not None
    ]
    if not rows:
        return "No part of the pictures was held back, so nothing could be evaluated."
    return table(("part", "accuracy", "95 % interval", "loss", "pictures"), rows)


def doubt_lines(report: "RunReport", folder: Path) -> str:
    """What says that nothing was learned, and what to try; empty where something was.

    Example:
        >>> from kanjian.reporting.run_report import RunReport
        >>> report = RunReport(**{"title": "pets", "warnings": ["Nothing was learned: …"],
        ...                       "try": ["kanjian find-rate RUN"]})
        >>> print(doubt_lines(report, Path("runs/pets")))
        Nothing was learned: …
        Try:
          kanjian find-rate runs/pets
    """
    if not report.warnings:
        return ""
    lines = [line for sentence in report.warnings for line in wrapped(spoken(sentence), 80)]
    commands = [f"  {each.replace(' RUN', f' {quoted(folder)}')}" for each in report.suggestions]
    return "\n".join([*lines, "Try:", *commands])


def run_facts(run: "Run") -> list[tuple[str, str]]:
    """The other figures of a run, as names and values."""
    report = run.report
    fit_seconds, images_per_second = report.fit_seconds or 0, report.images_per_second or 0
    speed = f"{thousands(images_per_second)} images/s"
    pairs = [("trained", f"a head fitted at once in {span(fit_seconds)}")]
    if report.epochs:
        pairs = [("trained", f"{plural(report.epochs, 'epoch')} in {span(fit_seconds)}, {speed}")]
    if report.peak_memory_mb:
        pairs.append(("memory", f"{report.peak_memory_mb / 1000:.1f} GB at most"))
    if report.abstain:
        pairs.append(("unknown", abstain_sentence(report.abstain)))
    if report.open_set:
        pairs.append(("unlike", open_set_sentence(report.open_set)))
    if report.skipped:
        pairs.append(
            ("left out", f"{plural(len(report.skipped), 'damaged picture')}, named in the report")
        )
    pairs.append(("run folder", str(run.folder)))
    pairs.append(("report", str(run.folder / "report.html")))
    return pairs


def abstain_sentence(rule: "AbstainReport") -> str:
    """When the recognizer says "unknown", and whether that keeps the promise asked for.

    Example:
        >>> from kanjian.reporting.run_report import AbstainReport
        >>> print(abstain_sentence(AbstainReport(threshold=0.91, target=0.99, reachable=True,
        ...                                      coverage=0.95, proven=0.992, n=1000)))
        said below 91.0 %; predicts 95.0 % of the pictures, at least 99.2 % of them correctly
    """
    if rule.reachable:
        return (
            f"said below {percent(rule.threshold)}; predicts {percent(rule.coverage)} of the "
            f"pictures, at least {percent(rule.proven)} of them correctly"
        )
    return (
        f"{percent(rule.target)} right predictions cannot be proven on "
        f"{plural(rule.n, 'picture')}, only "
        f"{percent(rule.proven)}. More pictures or a better recognizer would help"
    )


def open_set_sentence(rule: "OpenSetReport") -> str:
    """What is said of pictures unlike the training pictures, and what that costs.

    Example:
        >>> from kanjian.reporting.run_report import OpenSetReport
        >>> print(open_set_sentence(OpenSetReport(threshold=31.0, target=0.95, kept=0.953, n=300,
        ...                                       made=64, auroc=0.98, named=0.08)))
        unknown, too: of 300 right predictions 95.3 % are kept; of 64 made pictures of nothing 8.0 %
        are named
    """
    return (
        f"unknown, too: of {plural(rule.n, 'right prediction')} {percent(rule.kept)} are kept; of "
        f"{plural(rule.made, 'made picture')} of nothing {percent(rule.named)} are named"
    )


def next_steps(folder: Path, *, held_back: bool = True) -> str:
    """Three commands to go on with.

    Args:
        folder: Of the run.
        held_back: Whether it has pictures of its own to evaluate on.
    """
    opener = {"win32": "start", "darwin": "open"}.get(sys.platform, "xdg-open")
    return "\n".join(
        [
            "Go on with:",
            f"  kanjian predict {quoted(folder)} PICTURE",
            f"  kanjian evaluate {quoted(folder)}{'' if held_back else ' OTHER_PICTURES'}",
            f"  {opener} {quoted(folder / 'report.html')}",
        ]
    )
