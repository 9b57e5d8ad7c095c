"""Chains of operations on picture files: what came of each, and a sheet of all steps."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from kanjian.errors import KanjianError, StorageError
from kanjian.images.decode import read_image
from kanjian.images.draw import contact_sheet
from kanjian.images.write import write_image
from kanjian.imaging.chain import Step, run
from kanjian.imaging.operations import Drawn
from kanjian.inference.outputs import Job, check_free
from kanjian.reporting.figures import tile
from kanjian.storage.files import replacing

# Side of a picture on the sheet; small ones are enlarged by whole pixels
_TILE = 320
# Arrays up to so many numbers are told, larger ones only written
_FEW = 10_000


@dataclass(frozen=True, eq=False)
class Made:
    """What a chain made of a picture; the pictures themselves are in files, not here.

    Args:
        job: Where it came from and where it went.
        size_hw: Height and width of what was written.
        facts: Of every step.
        found: What steps found, where it is more than a picture and of 10 000 numbers at
            most: points, outlines, counts.
        also: Other files that were written: the sheet, the arrays.
    """

    job: Job
    size_hw: tuple[int, int]
    facts: Sequence[dict[str, object]]
    found: Mapping[str, np.ndarray]
    also: Sequence[Path] = ()


@dataclass(frozen=True)
class Refused:
    """A picture of which nothing was made, and why."""

    source: Path
    reason: str


def work_through(
    jobs: Sequence[Job],
    steps: Sequence[Step],
    *,
    replace: bool = False,
    sheet: bool = False,
    arrays: bool = False,
) -> Iterator[Made | Refused]:
    """Do a chain to picture files, one after the other; one that fails does not stop the rest.

    Args:
        jobs: Where they are and where results go.
        steps: The chain, from `kanjian.imaging.chain.parse`.
        replace: Whether a file that is there may be replaced.
        sheet: Also write NAME-compare.png: the picture and the result of every step.
        arrays: Also write NAME.npz: what steps found, where it is more than a picture.

    Yields:
        What became of each, in order.
    """
    for job in jobs:
        try:
            yield _made(job, steps, replace=replace, sheet=sheet, arrays=arrays)
        except StorageError:
            raise  # the place fails, not this file: all others would fail as well
        except KanjianError as error:
            yield Refused(job.source, str(error))


def _made(job: Job, steps: Sequence[Step], *, replace: bool, sheet: bool, arrays: bool) -> Made:
    beside = Job(job.source, job.target.with_name(f"{job.target.stem}-compare.png"))
    packed = Job(job.source, job.target.with_suffix(".npz"))
    wanted = [job, *([beside] if sheet else []), *([packed] if arrays else [])]
    for each in wanted:
        check_free(each, replace=replace)
    image = read_image(job.source)
    results = run(image, steps)
    write_image(job.target, results[-1].picture)
    if sheet:
        write_image(beside.target, compare_sheet(job.source.name, image, steps, results))
    found = _arrays(results)
    if arrays:
        with replacing(packed.target) as temporary, temporary.open("wb") as stream:
            np.savez_compressed(stream, allow_pickle=False, **found)
    height, width = results[-1].picture.shape[:2]
    few = {name: values for name, values in found.items() if values.size <= _FEW}
    also = tuple(each.target for each in wanted[1:])
    return Made(job, (height, width), [each.facts for each in results], few, also)


def compare_sheet(
    name: str, image: np.ndarray, steps: Sequence[Step], results: Sequence[Drawn]
) -> np.ndarray:
    """The picture and the result of every step, side by side.

    Example:
        >>> from kanjian.imaging.chain import parse
        >>> image, steps = np.zeros((40, 60), np.uint8), parse("negative | flip")
        >>> compare_sheet("a.png", image, steps, run(image, steps)).ndim
        3
    """
    pictures = [tile(picture, _TILE) for picture in (image, *(each.picture for each in results))]
    captions = [
        f"{name}\n{_size(image)}",
        *(f"{step.words}\n{_told(result)}" for step, result in zip(steps, results, strict=True)),
    ]
    columns = len(pictures) if len(pictures) <= 4 else None
    return contact_sheet(pictures, captions=captions, columns=columns, tile_hw=(_TILE, _TILE))


def _told(result: Drawn) -> str:
    """The facts that are single values, or the size."""
    facts = [
        f"{name} {value:.4g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in result.facts.items()
        if isinstance(value, int | float | str)
    ]
    return ", ".join(facts) or _size(result.picture)


def _size(picture: np.ndarray) -> str:
    return f"{picture.shape[1]}×{picture.shape[0]}"


def _arrays(results: Sequence[Drawn]) -> dict[str, np.ndarray]:
    """What steps found, by name; of two steps that say the same, the later has its number."""
    arrays: dict[str, np.ndarray] = {}
    for number, result in enumerate(results, start=1):
        for name, values in result.data.items():
            arrays[name if name not in arrays else f"{name}-{number}"] = values
    return arrays
