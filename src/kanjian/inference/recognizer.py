"""The `Recognizer`: a trained network that takes raw pictures and returns named predictions."""

import os
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from pathlib import Path
from typing import Literal, Self, get_args

import numpy as np

from kanjian.checks import check_choice
from kanjian.errors import ImageError, RecognizerError
from kanjian.images.pictures import Picture, as_image, is_picture, is_pil
from kanjian.images.resize import resize_image
from kanjian.images.sniff import MAX_PIXELS
from kanjian.inference.card import RECOGNIZER, Card, check_card, read_card
from kanjian.inference.engines import Engine, EngineName, as_probabilities, open_engine
from kanjian.inference.prediction import Prediction, UnreadableImage
from kanjian.inference.selftest import SelfTest, run_selftest
from kanjian.inference.whole_folder import read_whole

Read = tuple[str, np.ndarray | ImageError]


class Recognizer:
    """A trained network, ready to be asked about raw pictures.

    Load one with `Recognizer.load`. It may be asked from several threads.

    Args:
        card: What it says of itself.
        engine: What runs its network.
        selftest: How its self-test went here.

    Example:
        >>> import tempfile
        >>> import kanjian
        >>> recipe = kanjian.shipped("mnist-demo").quick()
        >>> run = kanjian.train(recipe, out=Path(tempfile.mkdtemp()))
        >>> recognizer = Recognizer.load(run.folder)
        >>> recognizer.predict(np.zeros((28, 28), np.uint8)).label in recognizer.classes
        True
    """

    def __init__(self, card: Card, engine: Engine, selftest: SelfTest) -> None:
        self.card = card
        self.selftest = selftest
        self._engine = engine

    @classmethod
    def load(
        cls,
        folder: str | os.PathLike[str],
        *,
        engine: EngineName = "auto",
        precision: Literal["f32", "bf16"] = "f32",
    ) -> Self:
        """Open a saved recognizer; needs no training framework where OpenVINO runs it.

        The hashes of the files used are checked, and the card against what the self-test keeps
        of it. The first time on a machine the stored self-test is replayed: see `selftest` for
        how it went. A failure is also logged.

        Args:
            folder: A run folder, or the `recognizer` folder in it.
            engine: "auto" for OpenVINO where the recognizer carries that form, else Keras;
                or "openvino" or "keras".
            precision: "f32" gives the predictions of Keras. "bf16" computes large networks
                faster on processors made for it, to about two digits.

        Raises:
            RecognizerError: If there is no recognizer, it is damaged, or of a newer kanjian.
        """
        check_choice("engine", engine, get_args(EngineName), error=RecognizerError)
        check_choice("precision", precision, ("f32", "bf16"), error=RecognizerError)
        home = RECOGNIZER.home_of(Path(folder))
        return read_whole(home, lambda: cls._opened(home, engine, precision))

    @classmethod
    def _opened(cls, home: Path, engine: EngineName, precision: Literal["f32", "bf16"]) -> Self:
        card = read_card(home)
        check_card(home, card)
        chosen = open_engine(home, card, engine, precision)
        chosen.check_fits((*card.size_hw, card.channels), card.classes)
        return cls(card, chosen, run_selftest(home, card, chosen))

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

    def fit(self, picture: Picture, *, max_pixels: int = MAX_PIXELS) -> np.ndarray:
        """The picture as the network takes it: read, turned upright, fitted.

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
        """The probability of each class for pictures that are already fitted.

        Args:
            batch: (n, height, width, channels) uint8, see `fit`; or a list of pictures as in
                `predict`, which are fitted.

        Returns:
            (n, k) float32.

        Raises:
            RecognizerError: If the batch has another shape or dtype.
        """
        if isinstance(batch, (list, tuple)) and all(map(is_picture, batch)) and batch:
            batch = np.stack([self.fit(picture) for picture in batch])
        wanted = (*self.size_hw, self.channels)
        shape, dtype = getattr(batch, "shape", ()), getattr(batch, "dtype", type(batch).__name__)
        if shape[1:] != wanted or dtype != np.uint8:
            raise RecognizerError(
                f"batch must be (n, {', '.join(map(str, wanted))}) uint8, raw pixels with height "
                f"before width; got {shape} {dtype}. Fit each picture with fit()."
            )
        if len(batch) == 0:
            return np.empty((0, len(self.classes)), np.float32)
        return as_probabilities(self._engine.predict(np.ascontiguousarray(batch)))

    def answer(self, name: str, scores: np.ndarray) -> Prediction:
        """What these probabilities say of the picture of this name.

        Args:
            name: What the picture is called.
            scores: (k,) float32, one row of `probabilities`.
        """
        threshold = self.abstain_threshold
        known = threshold is None or bool(scores.max() >= threshold)
        return Prediction(name, self.classes, scores, known)

    def predict(self, picture: Picture) -> Prediction:
        """What is in the picture.

        Args:
            picture: A path, the bytes of a picture file, an open file, a PIL image, or an array
                of raw pixels: RGB (height, width, 3) or gray (height, width), uint8, of any size.

        Returns:
            The prediction; its label is "unknown" below the recognizer's threshold.

        Raises:
            ImageError: If the picture cannot be read, or is no picture.
            RecognizerError: If it is a list.
        """
        if isinstance(picture, (list, tuple)):
            raise RecognizerError(
                f"predict() takes one picture, got a {type(picture).__name__} of {len(picture)}. "
                "Use predict_many()."
            )
        scores = self.probabilities(self.fit(picture)[None])[0]
        return self.answer(_name_of(picture, 0), scores)

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
        if _is_one(pictures):
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
        pool = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="kanjian-read")
        numbered = enumerate(pictures)
        ahead: deque[Future[Read]] = deque()
        try:
            while True:
                taken = islice(numbered, 3 * batch_size - len(ahead))
                ahead.extend(self._start_reading(pool, *item) for item in taken)
                if not ahead:
                    return
                ready = [ahead.popleft().result() for _ in range(min(batch_size, len(ahead)))]
                yield from self._answers(ready, report)
        finally:
            pool.shutdown(cancel_futures=True)

    def _start_reading(
        self, pool: ThreadPoolExecutor, number: int, picture: Picture
    ) -> Future[Read]:
        if not isinstance(picture, np.ndarray):
            return pool.submit(self._read, number, picture)
        done: Future[Read] = Future()
        done.set_result(self._read(number, picture))
        return done

    def _read(self, number: int, picture: Picture) -> Read:
        name = _name_of(picture, number)
        try:
            image = self.fit(picture)
        except ImageError as error:
            return name, error
        if isinstance(picture, np.ndarray) and np.may_share_memory(image, picture):
            image = image.copy()  # the caller may fill its buffer again
        return name, image

    def _answers(self, ready: list[Read], report: bool) -> Iterator[Prediction | UnreadableImage]:
        images = [image for _, image in ready if isinstance(image, np.ndarray)]
        scores = iter(self.probabilities(np.stack(images)) if images else ())
        for name, image in ready:
            if isinstance(image, np.ndarray):
                yield self.answer(name, next(scores))
            elif report:
                yield UnreadableImage(name, str(image))
            else:
                raise image


def _is_one(pictures: object) -> bool:
    """Whether this is a picture and not several: the letters of a path are no pictures."""
    alone = isinstance(pictures, (str, os.PathLike, bytes, bytearray)) or is_pil(pictures)
    return alone or (isinstance(pictures, np.ndarray) and pictures.ndim == 2)


def _name_of(picture: Picture, number: int) -> str:
    if isinstance(picture, (str, os.PathLike)):
        return os.fspath(picture)
    # an open file has one, and so has a PIL image that was opened
    name = getattr(picture, "name", None) or getattr(picture, "filename", None)
    return name if name and isinstance(name, str) else f"picture {number + 1}"
