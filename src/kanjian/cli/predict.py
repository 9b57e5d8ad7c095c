"""`kanjian predict`: ask a recognizer about pictures."""

import csv
import json
import os
import sys
from collections.abc import Iterable, Iterator
from typing import Annotated, Any, cast

import typer

from kanjian.cli import options
from kanjian.errors import RecognizerError
from kanjian.images.flaws import flaw_notes, flaws_seen
from kanjian.images.pictures import Picture
from kanjian.recognizer.answer import Answer, Failure
from kanjian.recognizer.engines import EngineName
from kanjian.recognizer.find import pictures_in
from kanjian.recognizer.recognizer import Recognizer

Answers = Iterable[Answer | Failure]


def predict(
    run: options.Recognizer,
    pictures: Annotated[
        list[str],
        typer.Argument(help="Files, folders (with all below them), patterns; - for stdin."),
    ],
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="A table with a header line.")] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 if any picture could not be read.")
    ] = False,
    engine: Annotated[str, typer.Option(help="auto, openvino or keras.")] = "auto",
    batch_size: Annotated[int, typer.Option(min=1, help="Pictures asked at once.")] = 32,
) -> None:
    """Ask a recognizer about pictures.

    Answers come in the order of the pictures. One that cannot be read is reported on
    stderr and the rest is answered; the exit status is 2 if none could be read.
    """
    if as_json and as_csv:
        raise RecognizerError("--json and --csv were both given. Choose one.")
    asked = list(_pictures(pictures))
    recognizer = Recognizer.load(run, engine=cast("EngineName", engine))
    count = _Count()
    answers = count.watch(recognizer.predict_many(asked, batch_size=batch_size, on_error="report"))
    write = _as_json if as_json else _as_csv if as_csv else _as_text
    with flaws_seen() as flaws:
        write(recognizer, answers, min(top, len(recognizer.classes)))
    for note in flaw_notes(flaws):
        typer.echo(f"kanjian: {_shown(note)}", err=True)
    if count.failed and (strict or not count.answered):
        raise typer.Exit(2)


def _pictures(places: list[str]) -> Iterator[Picture]:
    for place in places:
        if place == "-":
            yield sys.stdin.buffer
        else:
            yield from pictures_in([place])


class _Count:
    """Counts answers and failures as they pass, and tells of each failure on stderr."""

    answered = failed = 0

    def watch(self, answers: Answers) -> Iterator[Answer | Failure]:
        for answer in answers:
            if isinstance(answer, Failure):
                self.failed += 1
                typer.echo(f"kanjian: {_shown(answer.reason)}", err=True)
            else:
                self.answered += 1
            yield answer


def _shown(name: str) -> str:
    """A file name that is no valid UTF-8 cannot be printed as it is."""
    return os.fsencode(name).decode(errors="replace")


def _as_text(recognizer: Recognizer, answers: Answers, top: int) -> None:  # noqa: ARG001
    for answer in answers:
        if isinstance(answer, Answer):
            first, *rest = [f"{label} {100 * share:.1f} %" for label, share in answer.top(top)]
            named = first if answer.known else f"{answer.label} ({first}?)"
            also = f"   ({', '.join(rest)})" if rest else ""
            typer.echo(f"{_shown(answer.name)}: {named}{also}")


def _as_json(recognizer: Recognizer, answers: Answers, top: int) -> None:
    # written as the answers come: a folder of a million pictures needs no more memory than one
    about = json.dumps(recognizer.name, ensure_ascii=False)
    sys.stdout.write(f'{{"recognizer": {about}, "answers": [')
    for number, answer in enumerate(answers):
        line = json.dumps(_record(answer, top), ensure_ascii=False)
        sys.stdout.write(("," if number else "") + "\n  " + line)
    sys.stdout.write("\n]}\n")


def _record(answer: Answer | Failure, top: int) -> dict[str, Any]:
    if isinstance(answer, Failure):
        return {"picture": _shown(answer.name), "error": _shown(answer.reason)}
    return {
        "picture": _shown(answer.name),
        "label": answer.label,
        "probability": answer.probability,
        "known": answer.known,
        "best_label": answer.best_label,
        "top": [{"label": name, "probability": share} for name, share in answer.top(top)],
    }


def _as_csv(recognizer: Recognizer, answers: Answers, top: int) -> None:  # noqa: ARG001
    columns = ["picture", "label", "probability", "known", "best_label", "error"]
    more = [f"{name}_{rank}" for rank in range(2, top + 1) for name in ("label", "probability")]
    table = csv.DictWriter(sys.stdout, [*columns, *more], restval="", lineterminator="\n")
    table.writeheader()
    for answer in answers:
        record = _record(answer, top)
        for rank, entry in enumerate(record.pop("top", []), 1):
            if rank > 1:
                record |= {f"{key}_{rank}": value for key, value in entry.items()}
        table.writerow(record)
