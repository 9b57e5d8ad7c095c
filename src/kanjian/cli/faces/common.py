"""What the commands around faces share: their options, and opening what they name."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from kanjian.cli import options
from kanjian.json_types import JsonObject

if TYPE_CHECKING:
    from kanjian.faces.detect import Detector, Face
    from kanjian.faces.identify import ByGallery, ByRecognizer, Match
    from kanjian.faces.same_name import Taken

Person = Annotated[
    str, typer.Argument(help="What the person is called, in any script.", show_default=False,
                        metavar="NAME")
]  # fmt: skip
GalleryFile = Annotated[
    Path | None,
    typer.Option("--gallery", help="File of the people; one below $KANJIAN_HOME by default.",
                 metavar="FILE"),
]  # fmt: skip
DetectorName = Annotated[
    str,
    typer.Option("--detector", help="yunet, mtcnn, haar, or a YuNet file; auto is yunet where its "
                 "file is at hand, else haar.", metavar="NAME"),
]  # fmt: skip
EmbedderName = Annotated[
    str | None,
    typer.Option("--embedder", help="mobilefacenet, sface, or an ONNX file; by default the one "
                 "the gallery was made with.", metavar="NAME"),
]  # fmt: skip
Smallest = Annotated[
    int,
    typer.Option("--smallest", help="Leave out faces with a shorter side.", metavar="PIXELS",
                 min=1),
]  # fmt: skip
SmallestOr = Annotated[
    int | None,
    typer.Option("--smallest", help="Leave out faces with a shorter side; 12 by default, in a "
                 "video a twentieth of its height where that is more.", metavar="PIXELS", min=1),
]  # fmt: skip
Score = Annotated[
    float | None,
    typer.Option("--score", help="Least confidence of the detector.", min=0, max=1),
]
Threshold = Annotated[
    float | None,
    typer.Option("--threshold", help="From which similarity on a name is given, this once."),
]
ModelRun = Annotated[
    Path | None,
    typer.Option("--model", help="Use a network of 'faces train' in place of the gallery.",
                 metavar="RUN", parser=options.run_folder),
]  # fmt: skip
BlurUnknown = Annotated[
    bool, typer.Option("--blur-unknown", help="Hide every face that gets no name.")
]
Keep = Annotated[
    list[str] | None,
    typer.Option("--keep", help="With --blur-unknown: hide all but this person. Repeatable.",
                 metavar="NAME"),
]  # fmt: skip
Another = Annotated[
    bool,
    typer.Option("--another", help="It is another person of that name: give it a number, Anna 2."),
]
Same = Annotated[
    bool, typer.Option("--same", help="It is the same person of that name, though not alike.")
]
NoNames = Annotated[bool, typer.Option("--no-names", help="Draw no boxes and names; hide only.")]


def opened_detector(
    name: str,
    *,
    smallest: int,
    score: float | None,
    longest_side: int | None = 1280,
    thorough: bool | None = None,
) -> "Detector":
    """The detector that a command line names; how to get a better one is said once."""
    from kanjian.cli.errors import complain
    from kanjian.faces.detect import detector

    made = detector(
        name, smallest=smallest, score=score, longest_side=longest_side, thorough=thorough
    )
    if name == "auto" and made.name == "haar":
        complain(
            "no YuNet file at hand, so faces are found with OpenCV's Haar cascade, which misses "
            "more. Better: kanjian faces get yunet"
        )
    return made


def opened_matcher(
    *, gallery: Path | None, model: Path | None, embedder: str | None, threshold: float | None
) -> "ByGallery | ByRecognizer":
    """Who knows the people of a command line."""
    from kanjian.faces.identify import open_matcher

    return open_matcher(gallery=gallery, model=model, network=embedder, threshold=threshold)


def how_taken(*, another: bool, same: bool) -> "Taken":
    """What to do where a name is taken by somebody else, as the options say."""
    from kanjian.errors import FaceError

    if another and same:
        raise FaceError("--another and --same exclude each other. Give one.")
    return "another" if another else "same" if same else "ask"


def label_style(*, blur_unknown: bool, keep: list[str] | None, no_names: bool, names: Any) -> Any:
    """What is drawn, as the options say."""
    from kanjian.checks import check_choice
    from kanjian.errors import FaceError
    from kanjian.faces.label import LabelStyle

    if keep and not blur_unknown:
        raise FaceError("--keep goes with --blur-unknown. Add it, or leave --keep out.")
    for name in keep or ():
        check_choice("person", name, names, error=FaceError, where="--keep")
    return LabelStyle(blur_unknown, not no_names, frozenset(keep) if keep else None)


def face_record(face: "Face", match: "Match") -> JsonObject:
    """A face as JSON holds it."""
    return {
        "box_xyxy": [round(side, 1) for side in face.box_xyxy],
        "score": round(face.score, 4),
        "name": match.name,
        "similarity": round(match.similarity, 4),
        "margin": None if match.margin is None else round(match.margin, 4),
        "nearest": match.nearest,
    }


def storage_of(path: Path) -> str:
    """Who can read a gallery, for a person."""
    from kanjian.faces.gallery import readable_for_owner_alone

    alone = "readable for you alone" if readable_for_owner_alone(path) else "READABLE FOR OTHERS"
    return f"not encrypted, {alone}"
