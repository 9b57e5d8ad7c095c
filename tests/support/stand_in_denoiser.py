"""Denoisers without training: networks whose answer can be worked out."""

import numpy as np

from kanjian.denoise.card import DenoiserCard, NetworkSpec
from kanjian.denoise.folder import Denoiser


class BlockMean:
    """Mean of 5×5 pixels beyond whose border is 0, plus a pattern that repeats every 4 pixels.

    The pattern shows whether a tile begins where it must; σ, where told, is added.
    """

    name, tolerance = "stand-in", 0.0

    def __init__(self, noise_map=False):
        self.noise_map, self.largest, self.calls = noise_map, 0, 0

    def predict(self, batch):
        import cv2

        self.calls += 1
        self.largest = max(self.largest, *batch.shape[1:3])
        assert batch.shape[1] % 4 == batch.shape[2] % 4 == 0
        pictures = batch[..., :-1] if self.noise_map else batch
        rows, columns = (np.arange(side) % 4 for side in batch.shape[1:3])
        pattern = (rows[:, None] * 4 + columns)[..., None]
        smooth = [
            cv2.blur(each, (5, 5), borderType=cv2.BORDER_CONSTANT).reshape(each.shape)
            for each in pictures
        ]
        extra = batch[..., -1:] if self.noise_map else 0
        return np.stack(smooth) + pattern.astype(np.float32) + extra

    def identity(self):
        return self.name


def stand_in(*, channels=1, noise_map=False, margin=2):
    spec = NetworkSpec(channels=channels, noise_map=noise_map, multiple=4, margin=margin)
    return Denoiser(DenoiserCard("stand-in", spec), BlockMean(noise_map))
