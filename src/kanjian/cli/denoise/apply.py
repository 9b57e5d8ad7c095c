"""`denoise apply`: clean pictures and videos with a trained network."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.output import facts, say, say_json, span, table
from kanjian.cli.progress import counting

if TYPE_CHECKING:
    from kanjian.denoise.apply import Cleaned, Failed

Sigma = Annotated[
    float | None,
    typer.Option("--sigma", help="How strong the noise is, in gray levels, for a network that "
                 "takes a noise map.", metavar="LEVELS", min=0, max=255),
]  # fmt: skip


def apply(
    run: Annotated[
        Path,
        typer.Argument(help="A run of 'denoise train', by its folder or its name, finished or "
                       "not; the denoiser folder in it, or the file of an epoch.",
                       show_default=False, metavar="RUN",
                       parser=options.run_folder),
    ],
    places: Annotated[
        list[str],
        typer.Argument(help="Pictures, videos, folders (with all below them), patterns.",
                       show_default=False, metavar="PICTURE|FOLDER|VIDEO"),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="The file, for one file; else a folder. NAME-clean by "
                     "default.", metavar="OUT"),
    ] = None,
    sigma: Sigma = None,
    tile: Annotated[
        int, typer.Option("--tile", help="Side of what is cleaned at once: memory for speed.",
                          metavar="PIXELS", min=1)
    ] = 768,
    precision: Annotated[
        Literal["auto", "f32", "bf16"],
        typer.Option("--precision", help="bf16 is faster on processors made for it, and right to "
                     "about half a gray level; auto takes it there."),
    ] = "auto",
    force: Annotated[bool, typer.Option("--force", help="Replace files that are there.")] = False,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Clean pictures and videos with a trained network.

    Pictures of any size, gray or color, and videos, whose times and sound are kept. Names and
    formats stay, pictures are written upright. One file that cannot be cleaned is named on
    stderr and does not stop the rest; the exit status is 2 if none could be cleaned.
    """
    from kanjian.denoise.apply import Cleaned, clean_files
    from kanjian.denoise.folder import Denoiser
    from kanjian.inference.outputs import plan

    denoiser = Denoiser.load(run, precision=precision)
    if denoiser.note:
        complain(denoiser.note)
    jobs = plan(places, out, ending="clean", videos=True)
    if sigma is not None and not denoiser.spec.noise_map:
        complain(f"{denoiser.name} takes no noise map; --sigma is ignored.")
    results: list[Cleaned | Failed] = []
    with counting("cleaning", quiet=quiet) as progress:
        for result in clean_files(
            denoiser, jobs, sigma=sigma, tile=tile, replace=force, progress=progress
        ):
            results.append(result)
            for line in result.notes if isinstance(result, Cleaned) else [result.reason]:
                complain(line)
    cleaned = [result for result in results if isinstance(result, Cleaned)]
    if json:
        say_json({"denoiser": denoiser.name, "files": [_record(result) for result in results]})
    elif cleaned:
        say(_lines(cleaned))
    if not cleaned:
        raise typer.Exit(2)


def _record(result: "Cleaned | Failed") -> dict[str, Any]:
    from kanjian.denoise.apply import Cleaned

    if not isinstance(result, Cleaned):
        return {"file": result.source, "error": result.reason}
    return {
        "file": result.source,
        "clean": result.target,
        "size_hw": result.size_hw,
        "pictures": result.pictures,
        "seconds": round(result.seconds, 3),
        "notes": list(result.notes),
    }


def _lines(cleaned: "list[Cleaned]") -> str:
    if len(cleaned) > 1:
        rows = [(_size(each), _speed(each), each.target) for each in cleaned]
        return table(["size", "took", "clean"], rows)
    (only,) = cleaned
    return facts([("clean", only.target), ("size", _size(only)), ("took", _speed(only))])


def _size(result: "Cleaned") -> str:
    height, width = result.size_hw
    count = f", {result.pictures} pictures" if result.pictures > 1 else ""
    return f"{width}×{height}{count}"


def _speed(result: "Cleaned") -> str:
    if result.pictures == 1:
        return span(result.seconds)
    return f"{span(result.seconds)}, {result.pictures / result.seconds:.1f} pictures/s"
