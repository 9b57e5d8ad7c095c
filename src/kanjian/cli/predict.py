"""`kanjian predict`: ask a recognizer about pictures."""

import math
import sys
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, cast

import typer

from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.options import run_folder
from kanjian.cli.output import json_text, say, say_document
from kanjian.errors import RecognizerError
from kanjian.i18n import _
from kanjian.images.flaws import flaw_notes, flaws_seen
from kanjian.images.pictures import Picture
from kanjian.inference.engines import EngineName
from kanjian.inference.find_images import pictures_in
from kanjian.inference.prediction import Prediction, UnreadableImage
from kanjian.inference.recognizer import Recognizer
from kanjian.json_types import JsonObject
from kanjian.names import printable
from kanjian.storage.csv_rows import csv_line

Answers = Iterable[Prediction | UnreadableImage]
_IN_MEMORY = 8 << 20  # bytes of JSON


def predict(
    run: Annotated[
        Path,
        typer.Argument(help="A run, by its folder or its name, or the recognizer folder in it; "
                     "with --labels a picture.", show_default=False, metavar="RUN",
                     parser=run_folder),
    ],
    pictures: Annotated[
        list[str] | None,
        typer.Argument(help="Files, folders (with all below them), patterns; - for stdin.",
                       show_default=False),
    ] = None,
    labels: Annotated[
        list[str] | None,
        typer.Option("--labels", help='Without a run: which of these texts fits best, as in '
                     '--labels "a cat" "a dog". Name the pictures first.', metavar="TEXT..."),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option("--backbone", help="With --labels: a preset of CLIP or SigLIP, as "
                     "hub:FOLDER, hub:hf://OWNER/NAME or hub:NAME.", metavar="NAME"),
    ] = None,
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON document.")] = False,
    as_csv: Annotated[
        bool,
        typer.Option("--csv", help="A table with a header line; a name that a spreadsheet would "
                     "run begins with '."),
    ] = False,
    raw_csv: Annotated[
        bool, typer.Option("--raw-csv", help="The table with all names letter by letter.")
    ] = False,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 2 if any picture could not be read.")
    ] = False,
    engine: Annotated[str, typer.Option(help="auto, openvino or keras.")] = "auto",
    views: options.Views = None,
    batch_size: Annotated[int, typer.Option(min=1, help="Pictures predicted at once.")] = 32,
) -> None:  # fmt: skip
    """Predict the classes of pictures.

    Predictions come in the order of the pictures. One that cannot be read is reported on
    stderr and the rest is predicted; the exit status is 2 if none could be read.

    Without a run, as in: kanjian predict PICTURES --labels "a cat" "a dog" --backbone
    hub:siglip_base_patch16_224. Nothing is trained: a network that knows pictures and words says
    which text fits best.
    """
    given = [
        option
        for option, wanted in (("--json", as_json), ("--csv", as_csv), ("--raw-csv", raw_csv))
        if wanted
    ]
    if len(given) > 1:
        raise RecognizerError(f"{' and '.join(given)} were both given. Choose one.")
    places, recognizer = _asked_of(run, pictures or [], labels, backbone, engine, views)
    asked = list(_pictures(places))
    count = _Count()
    answers = count.watch(recognizer.predict_many(asked, batch_size=batch_size, on_error="report"))
    write = _as_json if as_json else _as_csv if as_csv else _as_raw_csv if raw_csv else _as_text
    with flaws_seen() as flaws:
        write(recognizer, answers, min(top, len(recognizer.classes)))
    for note in flaw_notes(flaws):
        complain(note)
    if count.failed and (strict or not count.answered):
        raise typer.Exit(2)


def _asked_of(
    run: Path,
    pictures: list[str],
    labels: list[str] | None,
    backbone: str | None,
    engine: str,
    views: int | None,
) -> tuple[list[str], Recognizer]:
    """The pictures, and who is asked about them: a run, or texts."""
    if labels is None and backbone is None:
        if not pictures:
            raise RecognizerError("no pictures were given. Say: kanjian predict RUN PICTURES")
        return pictures, Recognizer.load(run, engine=cast("EngineName", engine), views=views)
    if labels is None or backbone is None:
        raise RecognizerError(
            "--labels and --backbone go together, as in: kanjian predict PICTURES --labels "
            '"a cat" "a dog" --backbone hub:siglip_base_patch16_224'
        )
    if views is not None:
        raise RecognizerError("--views goes with a run. Leave it out with --labels.")
    from kanjian.inference.zero_shot import zero_shot

    return [str(run), *pictures], zero_shot(backbone, labels)


def _pictures(places: list[str]) -> Iterator[Picture]:
    for place in places:
        if place == "-":
            yield sys.stdin.buffer
        else:
            yield from pictures_in([place])


class _Count:
    """Counts predictions and failures as they pass, and tells of each failure on stderr."""

    answered = failed = 0

    def watch(self, answers: Answers) -> Iterator[Prediction | UnreadableImage]:
        for answer in answers:
            if isinstance(answer, UnreadableImage):
                self.failed += 1
                complain(answer.reason)
            else:
                self.answered += 1
            yield answer


def _as_text(recognizer: Recognizer, answers: Answers, top: int) -> None:  # noqa: ARG001
    for answer in answers:
        if isinstance(answer, Prediction):
            first, *rest = [
                f"{printable(label)} {100 * share:.1f} %" for label, share in answer.top(top)
            ]
            named = first if answer.known else f"{answer.label} ({first}?{_why(answer)})"
            also = f"   ({', '.join(rest)})" if rest else ""
            say(f"{printable(answer.name)}: {named}{also}")


def _why(answer: Prediction) -> str:
    if answer.unlikeness is None or not answer.unlike:
        return ""
    # rounded up: what is just too far shall not read as 1.00 times
    times = math.ceil(100 * answer.unlikeness) / 100
    return _("; unlike the training pictures, {times} times as far off as a class is named",
             times=f"{times:.2f}")  # fmt: skip


def _as_json(recognizer: Recognizer, answers: Answers, top: int) -> None:
    # set aside as the answers come: whole or nothing, and a folder of a million pictures needs no
    # more memory than one
    with tempfile.SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline="") as kept:
        kept.write(f'{{"recognizer": {json_text(recognizer.name)}, "answers": [')
        for number, answer in enumerate(answers):
            kept.write(f"{',' if number else ''}\n  {json_text(_record(answer, top))}")
        kept.write("\n]}\n")
        kept.seek(0)
        while text := kept.read(1 << 20):
            say_document(text)


def _as_raw_csv(recognizer: Recognizer, answers: Answers, top: int) -> None:
    _as_csv(recognizer, answers, top, raw=True)


def _record(answer: Prediction | UnreadableImage, top: int) -> JsonObject:
    if isinstance(answer, UnreadableImage):
        return {"picture": answer.name, "error": answer.reason}
    return {
        "picture": answer.name,
        "label": answer.label,
        "probability": answer.probability,
        "known": answer.known,
        "reason": answer.reason,
        "unlikeness": answer.unlikeness,
        "best_label": answer.best_label,
        "top": [{"label": name, "probability": share} for name, share in answer.top(top)],
    }


def _as_csv(recognizer: Recognizer, answers: Answers, top: int, *, raw: bool = False) -> None:  # noqa: ARG001
    columns = [
        "picture",
        "label",
        "probability",
        "known",
        "reason",
        "unlikeness",
        "best_label",
        "error",
    ]
    columns += [f"{name}_{rank}" for rank in range(2, top + 1) for name in ("label", "probability")]
    say_document(csv_line(columns))
    for answer in answers:
        record = _record(answer, top)
        for rank, entry in enumerate(record.pop("top", []), 1):
            if rank > 1:
                record |= {f"{key}_{rank}": value for key, value in entry.items()}
        say_document(csv_line([record.get(name) for name in columns], as_is=raw))
