"""The `Recognizer`: a trained network that takes raw pictures and returns named predictions."""

import os
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Self, get_args

import numpy as np

from kanjian import former
from kanjian.checks import check_choice
from kanjian.errors import RecognizerError
from kanjian.images.pictures import Picture, as_image, is_picture
from kanjian.images.resize import resize_image
from kanjian.images.sniff import MAX_PIXELS
from kanjian.inference.card import RECOGNIZER, Card, check_card, read_card, views_inside
from kanjian.inference.engines import Engine, EngineName, open_engine
from kanjian.inference.judging import Asked, named, predictions_of
from kanjian.inference.open_set import OpenSet, read_open_set
from kanjian.inference.prediction import Prediction, UnreadableImage
from kanjian.inference.reading_ahead import batches_read, is_one, name_of
from kanjian.inference.selftest import SelfTest, run_selftest
from kanjian.inference.views import check_views
from kanjian.inference.whole_folder import read_whole

if TYPE_CHECKING:
    from kanjian.explain.attribution import Attribution, Method, Reason
    from kanjian.export.export import Exported
    from kanjian.export.formats import FormName


@former.with_attributes
class Recognizer:
    """A trained network, ready to be asked about raw pictures.

    Load one with `Recognizer.load`. It may be asked from several threads.

    Args:
        card: What it says of itself.
        engine: What runs its network.
        selftest: How its self-test went here.
        folder: Where it was opened; None where it was made in memory.
        views: Of how many views of a picture predictions are averaged; None: as the card says.
        open_set: Where the features of its training pictures lie; then the engine gives features.

    Example:
        >>> import tempfile
        >>> import kanjian
        >>> recipe = kanjian.Recipe.shipped("mnist-demo").quick()
        >>> run = kanjian.train(recipe, out=tempfile.mkdtemp())
        >>> recognizer = Recognizer.load(run)
        >>> recognizer.predict(np.zeros((28, 28), np.uint8)).label in recognizer.classes
        True
    """

    def __init__(
        self, card: Card, engine: Engine, selftest: SelfTest, *, folder: Path | None = None,
        views: int | None = None, open_set: OpenSet | None = None,
    ) -> None:  # fmt: skip
        self.card = card
        self._open_set = open_set
        self.views = card.views if views is None else check_views(views)
        self.selftest = selftest
        self.folder = folder
        self._engine = engine

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str],
        *,
        engine: EngineName = "auto",
        precision: Literal["f32", "bf16"] = "f32",
        views: int | None = None,
    ) -> Self:
        """Open a saved recognizer; needs no training framework where OpenVINO runs it.

        The hashes of the files used are checked, and the card against what the self-test keeps
        of it. The first time on a machine the stored self-test is replayed: see `selftest` for
        how it went. A failure is also logged.

        Args:
            folder: A run, its folder, or the `recognizer` folder in it.
            engine: "auto" for OpenVINO where the recognizer carries that form, else Keras;
                or "openvino" or "keras".
            precision: "f32" gives the predictions of Keras. "bf16" computes large networks
                faster on processors made for it, to about two digits.
            views: Average predictions over so many views of each picture, 1 to 8, in place of
                what the card says; a threshold for "unknown" stays the card's.

        Raises:
            RecognizerError: If there is no recognizer, it is damaged, or of a newer kanjian; or
                it was exported with views inside, and others are asked for.
        """
        check_choice("engine", engine, get_args(EngineName), error=RecognizerError)
        check_choice("precision", precision, ("f32", "bf16"), error=RecognizerError)
        if views is not None:
            check_views(views)
        home = RECOGNIZER.home_of(Path(folder))
        return read_whole(home, lambda: cls._opened(Path(folder), home, engine, precision, views))

    @classmethod
    def _opened(
        cls, folder: Path, home: Path, engine: EngineName, precision: Literal["f32", "bf16"],
        views: int | None,
    ) -> Self:  # fmt: skip
        card = read_card(home)
        check_card(home, card)
        views = None if views_inside(home, card, views) else views
        open_set = read_open_set(home, card)
        chosen = open_engine(home, card, engine, precision, features=open_set is not None)
        chosen.check_fits((*card.size_hw, card.channels), card.classes)
        tested = run_selftest(home, card, chosen)
        return cls(card, chosen, tested, folder=folder, views=views, open_set=open_set)

    @property
    def name(self) -> str:
        """What it is called."""
        return self.card.name

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, in the order of the probabilities."""
        return self.card.classes

    @property
    def size_hw(self) -> tuple[int, int]:
        """Height and width of the picture the network takes; any other is fitted to it."""
        return self.card.size_hw

    @property
    def channels(self) -> Literal[1, 3]:
        """3 if the network takes RGB, 1 if gray."""
        return self.card.channels

    @property
    def abstain_threshold(self) -> float | None:
        """Below this probability the prediction is "unknown"; None: it always predicts."""
        return self.card.abstain_threshold

    @property
    def engine(self) -> str:
        """What runs the network: "openvino" or "keras"."""
        return self._engine.name

    def __repr__(self) -> str:
        height, width = self.size_hw
        return (
            f"<Recognizer {self.name!r}: {len(self.classes)} classes, "
            f"{height}×{width}×{self.channels}, {self.engine}>"
        )

    def preprocess(self, picture: Picture, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """The picture as the network takes it: read, turned upright, brought to its size.

        Args:
            picture: As in `predict`.
            max_pixels: A file's header may state width × height up to this.

        Returns:
            (height, width, channels) uint8.

        Raises:
            ImageError: If it cannot be read, or is no picture.
        """
        # exactly what training does, so that both see the same pixels
        image = as_image(picture, cover_hw=self.size_hw, max_pixels=max_pixels)
        return resize_image(image, self.size_hw, mode=self.card.fit, channels=self.channels)

    def probabilities(self, batch: np.ndarray | Sequence[Picture]) -> np.ndarray:
        """The probability of each class for pictures that are already fitted, over all views.

        Args:
            batch: (n, height, width, channels) uint8, see `preprocess`; or a list of pictures
                as in `predict`, which are preprocessed.

        Returns:
            (n, k) float32.

        Raises:
            RecognizerError: If the batch has another shape or dtype.
        """
        return self.judge(batch)[:, :-1]

    def judge(self, batch: np.ndarray | Sequence[Picture]) -> np.ndarray:
        """The probabilities and, in one more column, how unlike the training pictures each is.

        Args:
            batch: As in `probabilities`.

        Returns:
            (n, k + 1) float32. In the last column above 1: so unlike that the prediction is
            "unknown"; NaN: the recognizer cannot tell.

        Raises:
            RecognizerError: If the batch has another shape or dtype.
        """
        if isinstance(batch, (list, tuple)) and all(map(is_picture, batch)) and batch:
            batch = np.stack([self.preprocess(picture) for picture in batch])
        ask = Asked(self.card, self._engine, self._open_set, self.views)
        return ask.judge(batch)

    def to_prediction(
        self, name: str, scores: np.ndarray, *, image: np.ndarray | None = None
    ) -> Prediction:
        """What these probabilities say of the picture of this name.

        Args:
            name: What the picture is called.
            scores: One row of `probabilities`, (k,) float32, or of `judge`, (k + 1,).
            image: To be shown with it in a notebook.
        """
        return named(self.card, name, scores, image=image)

    def predict(self, picture: Picture) -> Prediction:
        """What is in the picture.

        Args:
            picture: A path, the bytes of a picture file, an open file, a PIL image, or an array
                of raw pixels: RGB (height, width, 3) or gray (height, width), uint8, of any size.

        Returns:
            The prediction; its label is "unknown" below the recognizer's threshold, and for a
            picture unlike those of training.

        Raises:
            ImageError: If the picture cannot be read, or is no picture.
            RecognizerError: If it is a list.
        """
        if isinstance(picture, (list, tuple)):
            raise RecognizerError(
                f"predict() takes one picture, got a {type(picture).__name__} of {len(picture)}. "
                "Use predict_many()."
            )
        image = self.preprocess(picture)
        scores = self.judge(image[None])[0]
        kept = None if isinstance(picture, (str, os.PathLike)) else image.copy()
        return self.to_prediction(name_of(picture, 0), scores, image=kept)

    def predict_many(
        self,
        pictures: Iterable[Picture],
        *,
        batch_size: int = 32,
        on_error: Literal["raise", "report"] = "raise",
    ) -> Iterator[Prediction | UnreadableImage]:
        """Predictions for many pictures, one after the other, in the order they came.

        Files are read by all cores ahead of the network; never more than three batches are
        held, however long the stream. An array is fitted when it is taken from `pictures`,
        so one buffer may be filled again and again. For a camera, where a prediction must not
        wait for the frames after it, call `predict` on each frame.

        Args:
            pictures: Anything `predict` takes, as many as wanted, from any iterable.
            batch_size: How many are asked at once.
            on_error: "raise" stops at a picture that cannot be read, after the predictions
                before it; "report" gives a `UnreadableImage` in its place and goes on.

        Raises:
            ImageError: At a picture that cannot be read, with `on_error="raise"`.
        """
        if is_one(pictures):
            raise RecognizerError(
                "predict_many() takes several pictures, got a single one. Use predict()."
            )
        check_choice("on_error", on_error, ("raise", "report"), error=RecognizerError)
        if batch_size < 1:
            raise RecognizerError(f"batch_size must be 1 or more, got {batch_size}.")
        return self._stream(iter(pictures), batch_size, on_error == "report")

    def _stream(
        self, pictures: Iterator[Picture], batch_size: int, report: bool
    ) -> Iterator[Prediction | UnreadableImage]:
        for ready in batches_read(pictures, batch_size, self.preprocess):
            yield from predictions_of(self.card, ready, self.judge, report=report)

    def export(
        self,
        to: "FormName",
        out: str | os.PathLike[str] | None = None,
        *,
        batch: int | None = None,
        int8: bool = False,
        max_drop: float = 0.5,
        pictures: str | os.PathLike[str] | None = None,
        data_folder: str | os.PathLike[str] | None = None,
        overwrite: bool = False,
    ) -> "Exported":
        """Export to a folder that another program can use; see `export_recognizer`.

        Args:
            to: "onnx", "openvino", "litert", "saved-model" or "torch".
            out: The folder to make; `export-FORM` in the recognizer's by default.
            batch: The fixed number of pictures in a batch; None: any.
            int8: Quantize to 8-bit numbers; only for OpenVINO.
            max_drop: Percentage points of accuracy that `int8` may lose.
            pictures: Labeled pictures for `int8`; the run's own by default.
            data_folder: Where built-in data sets are looked for first.
            overwrite: Replace an earlier export that lies in `out`.

        Raises:
            KanjianError: As for `export_recognizer`.
        """
        from kanjian.export.export import export_recognizer

        return export_recognizer(
            self._place("exported"), to, out, batch=batch, int8=int8, max_drop=max_drop,
            pictures=pictures, data_folder=data_folder, overwrite=overwrite,
        )  # fmt: skip

    def explain(
        self, picture: Picture, *, label: str | int | None = None, method: "Method" = "grad-cam"
    ) -> "Reason":
        """Which parts of a picture speak for an answer; see `kanjian.explain`. Needs Keras.

        Args:
            picture: As in `predict`.
            label: The class, by name or number; by default the one it answers.
            method: "grad-cam", "grad-cam++", "score-cam", "occlusion", "saliency",
                "smooth-grad" or "integrated".

        Raises:
            RecognizerError: If there is no such method or class.
        """
        from kanjian.explain.attribution import explain_prediction

        return explain_prediction(self._attribution, picture, label=label, method=method)

    @cached_property
    def _attribution(self) -> "Attribution":
        from kanjian.explain.attribution import Attribution
        from kanjian.explain.model_access import open_model

        return Attribution(open_model(self._place("explained")))

    def _place(self, done: str) -> Path:
        if self.folder is None:
            raise RecognizerError(
                f"recognizer {self.name!r} lies in no folder, so it cannot be {done}. "
                "Save it, and open it with Recognizer.load()."
            )
        return self.folder

    def _repr_html_(self) -> str:
        """Its card, in a notebook."""
        from kanjian.inference.shown import recognizer_html

        return recognizer_html(self)
