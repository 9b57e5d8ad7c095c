"""The experiments of the sources that are no shipped recipe, for docs/sources.md."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Experiment:
    """One experiment of the sources that is no shipped recipe.

    Args:
        group: Heading it stands below.
        what: The experiment.
        command: What does it here.
        differs: Why figures or pictures are not the same.
        file: Result that has its figures, without .json.
        source: The figure of the source in it, or what the source states.
        here: Ours in it.
    """

    group: str
    what: str
    command: str
    differs: str = ""
    file: str = ""
    source: Callable[[Any], str] | str = "no figure"
    here: Callable[[Any], str] | None = None


def percent(value: float) -> str:
    """An accuracy."""
    return f"{100 * value:.2f} %"


def with_spread(side: str) -> Callable[[Any], str]:
    """Mean accuracy of one side of bench/lenet_seeds.py, its deviation and the seeds."""

    def figure(result: Any) -> str:
        found = result[side]["test_accuracy"]
        return f"{percent(found['mean'])} ± {100 * found['deviation']:.2f} (n = {found['n']})"

    return figure


def seconds(*keys: str) -> Callable[[Any], str]:
    """The median of repeated measurements in seconds."""

    def figure(result: Any) -> str:
        for key in keys:
            result = result[key]
        return f"{result['median']:.2g} s (n = {result['n']})"

    return figure


def loss_of(side: str) -> Callable[[Any], str]:
    """The loss that one side of bench/denoise_mnist.py ends with."""
    return lambda result: f"loss {result[side]['loss']:.4f}"


def frames(*keys: str) -> Callable[[Any], str]:
    """The median of repeated measurements in frames a second."""

    def figure(result: Any) -> str:
        for key in keys:
            result = result[key]
        return f"{result['median']:.0f} frames/s (n = {result['n']})"

    return figure


def rank_one(*keys: str) -> Callable[[Any], str]:
    """The mean share of faces whose most likely name is right."""

    def figure(result: Any) -> str:
        for key in keys:
            result = result[key]
        values = result["rank1"]["values"]
        return f"{percent(sum(values) / len(values))} (n = {len(values)})"

    return figure


_LEARN, _SEE, _CLEAN = "Pictures for training", "Seeing inside", "Denoising"
_FACES, _VIDEO, _IMAGING = "Faces", "Video", "Classic imaging"

EXPERIMENTS = (
    Experiment(
        _LEARN, "LeNet on MNIST, three seeds, 5 epochs", "kanjian train mnist-lenet --epochs 5",
        "bfloat16 here; the difference is within noise",
        "lenet_seeds", with_spread("plain keras"), with_spread("kanjian"),
    ),
    Experiment(
        _LEARN, "photos turned, shifted, sheared, zoomed, mirrored, as new files",
        "kanjian datasets augment FOLDER --out varied --variants 20",
        "training augments pictures as it goes and needs no such files; images/s of both measured",
        "augment_photos", lambda r: f"{_rate(r, 'image_data_generator')} images/s",
        lambda r: f"{_rate(r, 'kanjian')} images/s",
    ),
    Experiment(
        _LEARN, "one photo, twenty variants of it at its own size",
        "kanjian datasets augment PICTURE --out varied --variants 20",
        "the seed says which variants; `--out sheet.png` shows them on one sheet",
    ),
    Experiment(
        _LEARN, "60 000 digits at 224×224×3 through a frozen network",
        "kanjian train mnist-vgg16-frozen-224",
        "pictures are enlarged as they are read, features lie on disk; EfficientNet-Lite0 measured",
        "feature_memory", "24 GB of memory and more",
        lambda r: f"{r['peak_mb'] / 1000:.2f} GB at most",
    ),
    Experiment(
        _LEARN, "the first test picture as a file", "kanjian datasets show mnist --save 0 test0.png"
    ),
    Experiment(
        _LEARN, "architecture as JSON and weights as HDF5", "kanjian export RUN --to keras-json",
        "`--to h5` and `--to weights` as well; opened again, answers differ by 0",
    ),
    Experiment(
        _LEARN, "one picture asked about", "kanjian predict mnist-lenet PICTURE",
        "the network takes raw pixels; sources train on −0.5 … 0.5 and ask with 0 … 255",
    ),
    Experiment(
        _SEE, "what excites 64 filters of a layer of VGG16",
        "kanjian see filters vgg16 --layer block3_conv1",
        "all filters climb together; the source traces one at a time",
        "see_filters", seconds("seconds", "loop"), seconds("seconds", "kanjian"),
    ),
    Experiment(
        _SEE, "weights of the first convolution", "kanjian see filters mnist-lenet --kernels"
    ),
    Experiment(_SEE, "what every layer makes of a picture", "kanjian see maps mnist-lenet PICTURE"),
    Experiment(
        _CLEAN, "an autoencoder of 28 353 numbers on noisy digits, 10 epochs",
        "kanjian denoise train mnist --epochs 10",
        "noise is drawn anew in every epoch, in the source once",
        "denoise_mnist", loss_of("plain_keras"), loss_of("kanjian"),
    ),
    Experiment(
        _CLEAN, "white pixels as noise", "kanjian image white-pixels PICTURE --amount 0.05",
        "the source draws coordinates up to 500 whatever the size of the picture",
    ),
    Experiment(
        _FACES, "faces of a person cut out of a video",
        "kanjian faces collect VIDEO --name NAME",
        "margins end at the border of the picture; in the source they run off it",
    ),
    Experiment(
        _FACES, "a network of four convolutions on these faces",
        "kanjian faces train FOLDER",
        "whole takes are held out; the source parts frames of one take",
    ),
    Experiment(
        _FACES, "five photos a person, the rest named: five athletes",
        "kanjian faces enroll FOLDER",
        "an embedding of faces in place of a network trained on 25 photos; it knows strangers",
        "face_identify", rank_one("source network, color photos"), rank_one("color photos"),
    ),
    Experiment(
        _FACES, "names written into a video", "kanjian faces label VIDEO",
        "the source loads the cascade again for every frame and asks twice for every face",
        "face_label", frames("source", "fps"), frames("kanjian", "fps"),
    ),
    Experiment(_FACES, "a live camera, named", "kanjian faces watch 0"),
    Experiment(
        _VIDEO, "what a clip of cats and dogs is about, and when",
        "kanjian video tag CLIP --model RUN",
        "answers are smoothed over time and voted",
        "video_tag", "no figure",
        lambda r: f"{percent(r['borders_within_half_a_second'])} of the cuts within 0.5 s",
    ),
    Experiment(
        _IMAGING, "thinning with eight elements in turn, 1024×1024",
        "kanjian image 'gray | threshold otsu | thin' PICTURE",
        "the same pixels; the source's loops run in Python",
        "thinning", seconds("tasks", "thinning, page", "seconds", "loops"),
        seconds("tasks", "thinning, page", "seconds", "kanjian"),
    ),
    Experiment(
        _IMAGING, "hit-or-miss, 1024×1024",
        "kanjian image 'gray | threshold otsu | hit-or-miss' PICTURE",
        "the same pixels",
        "thinning", seconds("tasks", "hit-or-miss, page", "seconds", "loops"),
        seconds("tasks", "hit-or-miss, page", "seconds", "kanjian"),
    ),
    Experiment(
        _IMAGING, "dilation, 1024×1024", "kanjian image dilate PICTURE",
        "the same pixels",
        "thinning", seconds("tasks", "dilation, page", "seconds", "loops"),
        seconds("tasks", "dilation, page", "seconds", "kanjian"),
    ),
    Experiment(
        _IMAGING, "erosion, opening, closing", "kanjian image 'erode | open | close' PICTURE"
    ),
    Experiment(
        _IMAGING, "Gaussian filter", "kanjian image blur PICTURE --sigma 2",
        "`--border reflect-101` is OpenCV's own at the edge, for every filter",
    ),
    Experiment(
        _IMAGING, "mean and median of a square", "kanjian image 'mean | median' PICTURE"
    ),
    Experiment(_IMAGING, "steepness: Sobel", "kanjian image sobel PICTURE"),
    Experiment(_IMAGING, "lines and specks: Laplace", "kanjian image laplace PICTURE"),
    Experiment(_IMAGING, "edges: Canny", "kanjian image canny PICTURE"),
    Experiment(_IMAGING, "what a blur takes away", "kanjian image high-pass PICTURE"),
    Experiment(_IMAGING, "levels spread: equalization", "kanjian image 'gray | equalize' PICTURE"),
    Experiment(
        _IMAGING, "turned by 30° about the middle", "kanjian image rotate PICTURE --angle 30",
        "`--scale` and `--center-xy` turn as the source does, `--canvas zoom` shows no border",
    ),
    Experiment(_IMAGING, "corners: Harris", "kanjian image 'gray | corners rule=harris' PICTURE"),
    Experiment(
        _IMAGING, "black and white, then outlines",
        "kanjian image 'gray | threshold otsu | contours' PICTURE",
    ),
    Experiment(
        _IMAGING, "points as a cloud of colors", "kanjian image heatmap PICTURE --points points.csv"
    ),
)  # fmt: skip


def _rate(result: Any, side: str) -> str:
    return f"{result['images_per_second'][side]['median']:.0f}"
