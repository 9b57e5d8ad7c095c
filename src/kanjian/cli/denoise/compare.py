"""`denoise compare`: a network beside the filters it replaces."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.output import say, say_json, table
from kanjian.cli.progress import counting

if TYPE_CHECKING:
    from kanjian.denoise.compare import DenoisingComparison, Score
    from kanjian.denoise.folder import Denoiser


def compare(
    pictures: Annotated[
        list[str],
        typer.Argument(help="Clean pictures: files, folders, archives, patterns.",
                       show_default=False, metavar="PICTURE|FOLDER"),
    ],
    sigma: Annotated[
        float, typer.Option("--sigma", help="Of the noise, in gray levels.", metavar="LEVELS")
    ] = 25,
    model: Annotated[
        list[Path] | None,
        typer.Option("--model", help="A run of 'denoise train', by its folder or its name, "
                     "finished or not; or the file of an epoch. Repeatable.", metavar="RUN",
                     parser=options.run_folder),
    ] = None,
    method: Annotated[
        list[str] | None,
        typer.Option("--method", help="noisy, gaussian, median, nl-means or bm3d; repeatable. "
                     "All by default, bm3d where it is installed.", metavar="NAME"),
    ] = None,
    out: Annotated[
        Path,
        typer.Option("--out", "-o", help="The picture with all of them.", metavar="SHEET"),
    ] = Path("compare.png"),
    limit: options.Limit = None,
    precision: Annotated[
        Literal["auto", "f32", "bf16"], typer.Option("--precision", help="Of the networks.")
    ] = "auto",
    seed: Annotated[int, typer.Option("--seed", help="Same seed, same noise.")] = 0,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Compare a network with the filters it replaces.

    Gaussian noise is made on clean pictures; every method takes it away. PSNR (decibels) and
    SSIM tell how near the result is to the clean picture: more is better. The sheet shows the
    busiest detail of the first picture.
    """
    from kanjian.denoise.compare import compare as run
    from kanjian.denoise.compare_sheet import sheet
    from kanjian.denoise.folder import Denoiser
    from kanjian.images.write import check_suffix, write_image

    check_suffix(out)
    networks = _named({path: Denoiser.load(path, precision=precision) for path in model or ()})
    for denoiser in networks.values():
        if denoiser.note:
            complain(denoiser.note)
    paths = _pictures(pictures)[:limit]
    with counting("comparing", quiet=quiet) as progress:
        found = run(
            paths, sigma=sigma, denoisers=networks, methods=method, seed=seed, progress=progress
        )
    write_image(out, sheet(found))
    for note in found.notes:
        complain(note)
    if json:
        say_json(_record(found, out, networks))
        return
    say(_lines(found))
    say(f"\n{out}: side by side")


def _pictures(places: list[str]) -> list[Path]:
    from kanjian.datasets.archive import unpacked
    from kanjian.inference.find_images import pictures_in
    from kanjian.storage.unpack import is_archive

    opened = [
        unpacked(Path(place)) if Path(place).is_file() and is_archive(Path(place)) else place
        for place in places
    ]
    return pictures_in(opened)


def _named(loaded: "dict[Path, Denoiser]") -> "dict[str, Denoiser]":
    """Networks by their name; by the path they were named with where two are called alike."""
    names = [denoiser.name for denoiser in loaded.values()]
    return {
        denoiser.name if names.count(denoiser.name) == 1 else str(path): denoiser
        for path, denoiser in loaded.items()
    }


def _lines(found: "DenoisingComparison") -> str:
    from kanjian.denoise.compare_sheet import duration

    rows = [
        (found.titles[name], f"{mean.psnr:.2f}", f"{mean.ssim:.4f}", duration(mean.seconds))
        for name, mean in found.means().items()
    ]
    count = len({score.picture for score in found.scores})
    about = f"σ = {found.sigma:g}, mean of {count} picture{'s' if count > 1 else ''}"
    return f"{about}\n" + table(["method", "PSNR", "SSIM", "took"], rows)


def _record(
    found: "DenoisingComparison", out: Path, networks: "dict[str, Denoiser]"
) -> dict[str, Any]:
    return {
        "sigma": found.sigma,
        "means": {name: _numbers(mean) for name, mean in found.means().items()},
        "pictures": [
            {"picture": score.picture, "method": score.method} | _numbers(score)
            for score in found.scores
        ],
        "networks": {name: network.card.facts for name, network in networks.items()},
        "notes": found.notes,
        "sheet": out,
    }


def _numbers(score: "Score") -> dict[str, float]:
    return {"psnr": score.psnr, "ssim": score.ssim, "seconds": score.seconds}
