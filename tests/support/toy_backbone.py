"""A backbone of a few hundred numbers, so that phases can be tested in seconds."""

from kanjian.backend import load_keras
from kanjian.backend.mixed_precision import precision
from kanjian.backend.seeding import seeded
from kanjian.models.backbone_registry import BackboneRecord

RECORD = BackboneRecord(
    name="toy", function="none:none", input_hw=(12, 10), least_hw=(4, 4), parameters=0,
    parameters_top=0, prepare="tf", about="", reference="", licence="", weights_licence="",
)  # fmt: skip


def build_toy(name, *, size_hw, weights, seed, policy="float32", top=False, pixels="own"):
    """Two blocks of convolution and batch normalization, the second one with a branch."""
    keras = load_keras()
    with seeded(seed), precision(policy):
        pixels = keras.Input((*size_hw, 3), dtype="uint8", name="pixels")
        x = keras.layers.Rescaling(1 / 127.5, -1, dtype="float32", name="scale_pixels")(pixels)
        for number, width in ((1, 4), (2, 8)):
            x = keras.layers.Conv2D(width, 3, padding="same", name=f"block{number}_conv")(x)
            x = keras.layers.BatchNormalization(momentum=0.5, name=f"block{number}_norm")(x)
            x = keras.layers.ReLU(name=f"block{number}_relu")(x)
        branch = keras.layers.Conv2D(8, 1, name="block2_side")(x)
        x = keras.layers.Add(name="block2_add")([x, branch])
        return keras.Model(pixels, x)


def use_toy(monkeypatch):
    """Let recipes name it."""
    monkeypatch.setattr("kanjian.models.transfer_model.build_backbone", build_toy)
    monkeypatch.setattr("kanjian.training.prepare.find_backbone", lambda name: RECORD)
