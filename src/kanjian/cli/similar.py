"""`kanjian similar`: which of my pictures look like this?"""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.output import say, say_json, table
from kanjian.cli.progress import counting
from kanjian.names import printable

if TYPE_CHECKING:
    from kanjian.search.similar import Match, Similar

# Damaged pictures told one by one; the rest are counted
_TOLD = 3


def similar(
    pictures: Annotated[
        str,
        typer.Argument(help="Where to look: a folder, archive, CSV or built-in data set, with or "
                       "without classes.", metavar="PICTURES", show_default=False),
    ],
    asked: Annotated[
        list[str],
        typer.Argument(help="Pictures asked about: files, folders, patterns.", metavar="PICTURE",
                       show_default=False),
    ],
    count: Annotated[int, typer.Option("--count", "-n", help="How many to name for each.")] = 5,
    out: Annotated[
        Path | None,
        typer.Option("--out", "-o", help="Show them side by side, in this file.",
                     metavar="SHEET"),
    ] = None,
    backbone: Annotated[
        str | None,
        typer.Option("--backbone", help="The trained network that compares them (see 'kanjian "
                     "models'), or an ONNX or OpenVINO file; efficientnet-lite0 by default.",
                     metavar="NAME"),
    ] = None,
    layer: options.Layer = None,
    weights: options.FrozenWeights = "imagenet",
    pixels: options.BackbonePixels = None,
    size: options.Size = None,
    fit: options.Fit = "crop",
    data: options.DataFolder = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Find the pictures that look like one.

    Those are named whose features in a trained network point most nearly the same way: 1.00 is
    the same direction. The features of PICTURES are computed once; the second question is
    answered from the cache.
    """
    from kanjian.images.write import check_suffix, write_image
    from kanjian.search.similar import similar as find

    if out is not None:
        check_suffix(out)  # at once, not after minutes of computing
    with counting("features", quiet=quiet) as progress:
        found = find(
            pictures, asked, count=count, backbone=backbone, layer=layer, weights=weights,
            size_hw=options.size_hw_of(size), pixels=pixels, fit=fit, data_folder=data,
            progress=progress,
        )  # fmt: skip
    if out is not None:
        write_image(out, found.sheet())
    _tell_damage(found)
    if json:
        say_json({"pictures": pictures} | _record(found) | {"sheet": out})
        return
    say("\n\n".join(map(_lines, found.matches)))
    if out is not None:
        say(f"\n{out}: side by side")


def _tell_damage(found: "Similar") -> None:
    for each in found.damaged[:_TOLD]:
        complain(f"left out: {each.reason}")
    if len(found.damaged) > _TOLD:
        complain(f"left out: {len(found.damaged) - _TOLD} more damaged pictures.")
    for note in found.notes:
        complain(note)


def _lines(match: "Match") -> str:
    rows = [
        (f"{each.similarity:.2f}", each.label, "the same file" if each.same_file else "",
         each.name)
        for each in match.neighbors
    ]  # fmt: skip
    header = ("similarity", "class", "", "picture")
    kept = [at for at, name in enumerate(header) if at in (0, 3) or any(row[at] for row in rows)]
    lines = table([header[at] for at in kept], [[row[at] for at in kept] for row in rows])
    return f"{printable(match.picture)} looks like\n{lines}"


def _record(found: "Similar") -> dict[str, Any]:
    return {
        **found.about,
        "searched": found.searched,
        "from_cache": found.from_cache,
        "damaged": [{"picture": each.name, "reason": each.reason} for each in found.damaged],
        "notes": found.notes,
        "answers": [
            {
                "picture": match.picture,
                "neighbors": [
                    {
                        "picture": each.name,
                        "similarity": each.similarity,
                        "class": each.label or None,
                        "same_file": each.same_file,
                    }
                    for each in match.neighbors
                ],
            }
            for match in found.matches
        ],
    }
