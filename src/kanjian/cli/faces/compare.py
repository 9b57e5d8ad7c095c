"""`faces verify` and `faces search`: two pictures compared, one person looked for."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.errors import complain
from kanjian.cli.faces.common import DetectorName, Score, Smallest, Threshold, opened_detector
from kanjian.cli.output import facts, say, say_json, table
from kanjian.cli.progress import counting
from kanjian.i18n import _

if TYPE_CHECKING:
    from kanjian.faces.pairs import Verified

Network = Annotated[
    str,
    typer.Option("--embedder", help="mobilefacenet, sface, or an ONNX file; auto is the first "
                 "whose file is at hand.", metavar="NAME"),
]  # fmt: skip
WhichFace = Annotated[
    int | None,
    typer.Option("--face", help="Which face of PICTURE, counted from the left.", metavar="NUMBER"),
]


def verify(
    one: Annotated[Path, typer.Argument(metavar="A", help="A picture.", show_default=False)],
    other: Annotated[
        Path, typer.Argument(metavar="B", help="Another picture.", show_default=False)
    ],
    face: Annotated[
        int | None, typer.Option("--face", help="Which face of A, counted from the left.",
                                 metavar="NUMBER")
    ] = None,
    other_face: Annotated[
        int | None, typer.Option("--other-face", help="Which face of B, counted from the left.",
                                 metavar="NUMBER")
    ] = None,
    threshold: Threshold = None,
    embedder: Network = "auto",
    detector: DetectorName = "auto",
    smallest: Smallest = 24,
    score: Score = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Say whether two pictures show the same person.

    With the share of pairs of strangers that are expected to look at least as alike. No gallery
    is needed.
    """
    from dataclasses import replace

    from kanjian.faces.embed import embedder as opened
    from kanjian.faces.pairs import looking, the_chosen
    from kanjian.faces.pairs import verify as verified

    network = opened(embedder)
    look = looking(opened_detector(detector, smallest=smallest, score=score), network)
    rows = [
        the_chosen(look(picture), number, picture, option)
        for picture, number, option in ((one, face, "--face"), (other, other_face, "--other-face"))
    ]
    done = verified(*rows, embedder=network.name)
    if threshold is not None:
        done = replace(done, threshold=threshold)
    if json:
        rate = done.false_match_rate
        say_json({"same": done.same, "similarity": round(done.similarity, 4),
                  "threshold": done.threshold, "embedder": network.name,
                  "false_match_rate": round(rate.expected, 6),
                  "false_match_interval": [round(end, 4) for end in rate.interval],
                  "false_match_promised": rate.promised})  # fmt: skip
        return
    say(facts([*_verdict(done), ("embedder", network.name)]))


def _verdict(done: "Verified") -> list[tuple[str, object]]:
    from kanjian.cli.faces.threshold import between

    rate = done.false_match_rate
    expected = f"{between(rate)} of pairs of strangers are at least as alike"
    if not rate.promised:
        doubt = "too little is known of this network to promise it"
        expected = f"{expected}; {doubt}"
    return [
        ("verdict", _("the same person") if done.same else _("different people")),
        (
            "similarity",
            f"{done.similarity:.3f}, from {done.threshold:.3f} on it counts as the same",
        ),
        ("expected", expected),
    ]


def search(
    picture: Annotated[
        Path, typer.Argument(metavar="PICTURE", help="Of the person.", show_default=False)
    ],
    places: Annotated[
        list[str],
        typer.Argument(metavar="FOLDER", help="Pictures, folders (with all below them), patterns.",
                       show_default=False),
    ],
    face: WhichFace = None,
    threshold: Threshold = None,
    embedder: Network = "auto",
    detector: DetectorName = "auto",
    smallest: Smallest = 24,
    score: Score = None,
    quiet: options.Quiet = False,
    json: options.Json = False,
) -> None:  # fmt: skip
    """List the pictures of a folder that a person is in, the best first.

    Whom to look for is told by a picture; no gallery is needed, and nothing is kept.
    """
    from kanjian.faces.embed import embedder as opened
    from kanjian.faces.pairs import looking, of_strangers, search_pictures, the_chosen
    from kanjian.inference.find_images import pictures_in

    pictures = pictures_in(places)
    network = opened(embedder)
    look = looking(opened_detector(detector, smallest=smallest, score=score), network)
    wanted = the_chosen(look(picture), face, picture, "--face")
    least = of_strangers(network.name).threshold if threshold is None else threshold
    with counting("pictures", quiet=quiet) as progress:
        done = search_pictures(wanted, pictures, look, threshold=least, progress=progress)
    for _picture, reason in done.left_out:
        complain(reason)
    if json:
        found = [
            {"picture": hit.picture, "similarity": round(hit.similarity, 4),
             "box_xyxy": [round(side, 1) for side in hit.face.box_xyxy]}
            for hit in done.found
        ]  # fmt: skip
        left_out = [{"picture": path, "reason": why} for path, why in done.left_out]
        say_json({"found": found, "pictures": len(pictures), "faces": done.faces,
                  "threshold": least, "embedder": network.name, "left_out": left_out})  # fmt: skip
    else:
        rows = [(f"{hit.similarity:.2f}", str(hit.picture)) for hit in done.found]
        if rows:
            say(table(["similarity", "picture"], rows) + "\n")
        say(f"in {len(rows)} of {plural(len(pictures), 'picture')}, "
            f"{plural(done.faces, 'face')} looked at.")  # fmt: skip
    if len(done.left_out) == len(pictures):
        raise typer.Exit(2)
