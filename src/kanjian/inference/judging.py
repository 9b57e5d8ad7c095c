"""What a network says of pictures that are fitted, and what that is called."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from kanjian.errors import RecognizerError
from kanjian.inference.card import Card
from kanjian.inference.engines import Engine, as_probabilities
from kanjian.inference.open_set import OpenSet
from kanjian.inference.prediction import Prediction, UnreadableImage
from kanjian.inference.reading_ahead import Read
from kanjian.inference.views import mean_over_views, views_of


@dataclass(frozen=True, eq=False)
class Asked:
    """A network that is asked.

    Args:
        card: What it says of itself.
        engine: Runs it; gives features where there is an open set.
        open_set: Where the features of its training pictures lie.
        views: Of how many views of a picture predictions are averaged.
    """

    card: Card
    engine: Engine
    open_set: OpenSet | None
    views: int

    def judge(self, batch: object) -> np.ndarray:
        """The probabilities and, in one more column, how unlike the training pictures each is.

        Args:
            batch: (n, height, width, channels) uint8.

        Returns:
            (n, k + 1) float32; see `Recognizer.judge`.

        Raises:
            RecognizerError: If the batch has another shape or dtype.
        """
        wanted = (*self.card.size_hw, self.card.channels)
        shape, dtype = getattr(batch, "shape", ()), getattr(batch, "dtype", type(batch).__name__)
        if not isinstance(batch, np.ndarray) or shape[1:] != wanted or dtype != np.uint8:
            raise RecognizerError(
                f"batch must be (n, {', '.join(map(str, wanted))}) uint8, raw pixels with height "
                f"before width; got {shape} {dtype}. Use preprocess()."
            )
        if len(batch) == 0:
            return np.empty((0, len(self.card.classes) + 1), np.float32)
        views = views_of(self.views, mirror=self.card.mirror)
        return mean_over_views(self._ask, np.ascontiguousarray(batch), views)

    def _ask(self, batch: np.ndarray) -> np.ndarray:
        """`judge` for one view of each picture."""
        if self.open_set is None:
            answers, unlike = self.engine.predict(batch), np.full(len(batch), np.nan, np.float32)
        else:
            answers, features = self.engine.with_features(batch)
            distances = self.open_set.distances(features.reshape(-1, features.shape[-1]))
            # an exported network may hold views of each picture
            unlike = distances.reshape(len(batch), -1).mean(axis=1) / self.card.open_set_threshold
        return np.hstack([as_probabilities(answers), unlike[:, None]])


def named(
    card: Card, name: str, scores: np.ndarray, *, image: np.ndarray | None = None
) -> Prediction:
    """What these scores say of the picture of this name; see `Recognizer.to_prediction`."""
    scores, more = np.split(scores, [len(card.classes)])
    unlikeness = float(more[0]) if len(more) and not np.isnan(more[0]) else None
    known = card.abstain_threshold is None or bool(scores.max() >= card.abstain_threshold)
    known = known and not (unlikeness is not None and unlikeness > 1)
    return Prediction(name, card.classes, scores, known, image, unlikeness)


def predictions_of(
    card: Card, ready: list[Read], judge: Callable[[np.ndarray], np.ndarray], *, report: bool
) -> Iterator[Prediction | UnreadableImage]:
    """The prediction for each picture of a batch that was read.

    Args:
        card: Of the recognizer.
        ready: Names, each with its fitted picture, or with why it could not be read.
        judge: Gives the scores of fitted pictures.
        report: Whether one that could not be read is told in its place, or raised.

    Raises:
        ImageError: At a picture that could not be read, unless it is to be told.
    """
    images = [image for _, image in ready if isinstance(image, np.ndarray)]
    scores = iter(judge(np.stack(images)) if images else ())
    for name, image in ready:
        if isinstance(image, np.ndarray):
            yield named(card, name, next(scores))
        elif report:
            yield UnreadableImage(name, str(image))
        else:
            raise image
