"""Options that several commands share, each with one name and one help text."""

import re
from pathlib import Path
from typing import Annotated, Literal

import typer

from kanjian.errors import KanjianError

RUNS = Path("runs")  # where runs are made, listed, and looked for by name
# What lies in the folder of a run, of a recognizer or of a denoiser, whichever it is
_MARKS = ("recipe.toml", "denoise.toml", "recognizer.toml", "denoiser.toml",
          "recognizer/recognizer.toml", "denoiser/denoiser.toml")  # fmt: skip


def run_folder(named: str, runs: Path = RUNS) -> Path:
    """The folder of a run that someone names: by its path, or as 'kanjian runs' lists it.

    A folder of pictures may have the name of the run that was trained on it; it is no run.

    Example:
        >>> run_folder("pets-2/recognizer"), run_folder("no run of this name")
        (PosixPath('pets-2/recognizer'), PosixPath('no run of this name'))
    """
    given = Path(named)
    if given.name != named or _is_run(given) or not _is_run(runs / given):
        return given
    return runs / given


def _is_run(folder: Path) -> bool:
    return any((folder / mark).is_file() for mark in _MARKS)


What = Annotated[
    str,
    typer.Argument(
        help="A shipped recipe, a recipe.toml, the name of a data set, or a folder, archive or "
        "CSV of labeled pictures.",
        show_default=False,
        metavar="WHAT",
    ),
]
RunFolder = Annotated[
    Path,
    typer.Argument(help="A run, by its folder or its name.", show_default=False, metavar="RUN",
                   parser=run_folder),
]  # fmt: skip
Recognizer = Annotated[
    Path,
    typer.Argument(help="A run, by its folder or its name, or the recognizer folder in it.",
                   show_default=False, metavar="RUN", parser=run_folder),
]  # fmt: skip
Out = Annotated[Path, typer.Option("--out", help="Make the run folder in here.", metavar="FOLDER")]
DataFolder = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Look for data sets here first, or for the pictures of a run that were moved.",
        metavar="FOLDER",
    ),
]
On = Annotated[
    str | None,
    typer.Option("--on", help="Train the recipe WHAT on these pictures.", metavar="PICTURES"),
]


def _checked_name(name: str | None) -> str | None:
    if name is None:
        return None
    from kanjian.recipes.section import part_of_a_path

    try:
        return part_of_a_path(name)
    except ValueError as error:
        raise KanjianError(f"--name {error}.") from error


Name = Annotated[
    str | None,
    typer.Option("--name", help="What to call recipe and run folder.", callback=_checked_name),
]
Seed = Annotated[
    int | None, typer.Option("--seed", help="Seed: the same seed gives the same result.")
]
Epochs = Annotated[
    int | None, typer.Option("--epochs", help="Epochs, that is times through the pictures.")
]
BatchSize = Annotated[
    int | None, typer.Option("--batch-size", help="Pictures in a batch, that is in one step.")
]
LearningRate = Annotated[
    float | None, typer.Option("--learning-rate", help="Learning rate at its peak.")
]
Limit = Annotated[
    int | None, typer.Option("--limit", help="Take only so many pictures, to try things out.")
]
Abstain = Annotated[
    float | None,
    typer.Option("--abstain", help="Predict only where this share of predictions was right (0.99), "
                 "'unknown' elsewhere."),
]  # fmt: skip
Views = Annotated[
    int | None,
    typer.Option("--views", help="Average predictions over so many views of each picture, 1 to 8: "
                 "as it is, mirrored, closer up, further off."),
]  # fmt: skip
SkipDamaged = Annotated[
    bool, typer.Option("--skip-damaged", help="Leave damaged pictures out and name them.")
]
Settings = Annotated[
    list[str] | None,
    typer.Option("--set", help="Any setting of the recipe: section.key=value. Repeatable.",
                 metavar="SETTING"),
]  # fmt: skip
Augment = Annotated[
    Literal["none", "light", "standard", "strong"] | None,
    typer.Option("--augment", help="How strong the augmentation of training pictures is."),
]
Backbone = Annotated[
    str | None,
    typer.Option("--backbone", help="Start from this trained network: one of 'kanjian models', two "
                 "as 'a+b', a preset of KerasHub (hub:FOLDER, hub:hf://OWNER/NAME, hub:NAME), an "
                 "ONNX or OpenVINO file; 'auto' takes what suits the pictures best, 'none' trains "
                 "from nothing.", metavar="NAME"),
]  # fmt: skip
Weights = Annotated[
    str | None,
    typer.Option("--weights", help="The backbone's weights: imagenet, a file, or none.",
                 metavar="imagenet|FILE|none"),
]  # fmt: skip
Quality = Annotated[
    Literal["fast", "good", "best"] | None,
    typer.Option("--quality", help="How much is tried where the network is chosen for the "
                 "pictures."),
]  # fmt: skip
Minutes = Annotated[
    float | None,
    typer.Option("--minutes", help="The time that choosing and fine-tuning may take."),
]
Layer = Annotated[
    str | None,
    typer.Option("--layer", help="Whose output; the last feature map by default.", metavar="NAME"),
]
BackboneLayer = Annotated[
    str | None,
    typer.Option("--layer", help="The backbone's layer whose output are the features; by default "
                 "its last, of an ONNX or OpenVINO file what its last fully connected layer takes.",
                 metavar="NAME"),
]  # fmt: skip
BackbonePixels = Annotated[
    str | None,
    typer.Option("--pixels", help="Of a backbone in a file, where that does not say: what pixels 0 "
                 "to 255 become before it: 0..1, -1..1, 0..255, any LOW..HIGH, imagenet-torch, "
                 "imagenet-caffe.", metavar="RANGE"),
]  # fmt: skip
FrozenWeights = Annotated[
    str,
    typer.Option("--weights", help="imagenet, a file, the name of imported weights, or none "
                 "for random ones.", metavar="WHICH"),
]  # fmt: skip
Size = Annotated[
    str | None,
    typer.Option("--size", help="Resize pictures to this size: 224 or 160x224, height first.",
                 metavar="SIZE"),
]  # fmt: skip
Fit = Annotated[
    Literal["letterbox", "crop", "stretch"],
    typer.Option("--fit", help="How they are resized to it."),
]
Backend = Annotated[
    Literal["tensorflow", "jax", "torch"] | None,
    typer.Option("--backend", help="Keras backend. TensorFlow is fastest on a CPU."),
]
Precision = Annotated[
    Literal["auto", "float32", "mixed_bfloat16", "mixed_float16"] | None,
    typer.Option("--precision", help="What to compute in."),
]
MaxMemory = Annotated[
    float | None,
    typer.Option("--max-memory", help="Shrink the batch until training fits.", metavar="MB"),
]
AllowCode = Annotated[
    bool, typer.Option("--allow-code", help="Run the Python function the recipe names.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def size_hw_of(size: str | None) -> tuple[int, int] | None:
    """What `--size` means: one side of a square, or height and width.

    Example:
        >>> size_hw_of("224"), size_hw_of("160x224"), size_hw_of(None)
        ((224, 224), (160, 224), None)
    """
    if size is None:
        return None
    found = re.fullmatch(r"(\d+)(?:[x×](\d+))?", size)
    if not found or "0" in found.groups():
        raise KanjianError(f"--size must be like 224 or 160x224, got {size!r}.")
    return int(found[1]), int(found[2] or found[1])
