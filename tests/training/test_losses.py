import numpy as np
import pytest

from kanjian.errors import RecipeError
from kanjian.training.losses import build_loss

LOSSES = [
    "mse",
    "mae",
    "mape",
    "msle",
    "mean_squared_error",
    "MeanAbsoluteError",
    "hinge",
    "squared_hinge",
    "categorical_hinge",
    "kld",
    "poisson",
    "binary_crossentropy",
    "categorical_crossentropy",
    "sparse_categorical_crossentropy",
    "categorical_focal_crossentropy",
    "huber",
    "log_cosh",
    "cosine_similarity",
    "dice",
    "tversky",
    "categorical_generalized_cross_entropy",
]


@pytest.mark.backends
@pytest.mark.parametrize("name", LOSSES)
def test_every_loss_is_smaller_for_right_answers(name):
    loss = build_loss(name, n_classes=3)
    labels = np.array([0, 2, 1])
    targets = labels if loss.encode == "sparse" else np.eye(3, dtype=np.float32)[labels]
    right = np.eye(3, dtype=np.float32)[labels] * 0.9 + 1 / 30
    wrong = np.roll(right, 1, axis=1)
    assert float(loss.keras_loss(targets, right)) < float(loss.keras_loss(targets, wrong))


@pytest.mark.parametrize("name", ["auto", "hinge", "squared_hinge", "mse", "binary_crossentropy"])
def test_losses_of_a_single_output(name):
    loss = build_loss(name, n_classes=1)
    targets = np.array([[0.0], [1.0]], np.float32)
    right, wrong = targets * 0.8 + 0.1, targets * -0.8 + 0.9
    assert loss.encode == "one-hot"
    assert float(loss.keras_loss(targets, right)) < float(loss.keras_loss(targets, wrong))


@pytest.mark.backends
def test_hinge_reads_zero_and_one_as_signs():
    # by hand: right class 1 − 0.75, the other 1 + 0.25, halved
    loss = build_loss("hinge", n_classes=2)
    value = loss.keras_loss(np.array([[0.0, 1.0]]), np.array([[0.25, 0.75]]))
    assert float(value) == pytest.approx(0.75)


def test_auto_is_cross_entropy_of_the_class_number():
    loss = build_loss("auto", n_classes=2)
    value = loss.keras_loss(np.array([1]), np.array([[0.75, 0.25]]))
    assert float(value) == pytest.approx(np.log(4), rel=1e-5)


def test_label_smoothing_by_hand():
    loss = build_loss("auto", n_classes=2, label_smoothing=0.2)
    value = loss.keras_loss(np.array([[0.0, 1.0]]), np.array([[0.75, 0.25]]))
    assert float(value) == pytest.approx(-0.1 * np.log(0.75) - 0.9 * np.log(0.25), rel=1e-5)


def test_label_smoothing_of_more_classes_and_of_a_single_output_by_hand():
    loss = build_loss("auto", n_classes=4, label_smoothing=0.2)
    value = loss.keras_loss(np.array([[0.0, 1.0, 0.0, 0.0]]), np.array([[0.1, 0.6, 0.1, 0.2]]))
    # 0.2 / 4 for every class, and the other 0.8 for its own
    wanted = -0.05 * np.log([0.1, 0.1, 0.2]).sum() - 0.85 * np.log(0.6)
    assert float(value) == pytest.approx(wanted, rel=1e-5)
    single = build_loss("auto", n_classes=1, label_smoothing=0.2)
    value = single.keras_loss(np.array([[1.0]]), np.array([[0.75]]))
    assert float(value) == pytest.approx(-0.9 * np.log(0.75) - 0.1 * np.log(0.25), rel=1e-5)


@pytest.mark.parametrize(
    ("name", "n_classes", "smoothing", "message"),
    [
        ("mss", 2, 0, "unknown loss 'mss' in [training] loss. Did you mean 'mse'?"),
        ("circle", 2, 0, "unknown loss 'circle' in [training] loss. Did you mean"),
        ("mse", 2, 0.1, "unknown argument of MeanSquaredError 'label_smoothing'"),
        ("categorical_crossentropy", 1, 0, "needs one output per class, the network has a single"),
    ],
)
def test_a_wrong_loss_is_one_line(name, n_classes, smoothing, message):
    with pytest.raises(RecipeError) as caught:
        build_loss(name, n_classes=n_classes, label_smoothing=smoothing)
    assert message in str(caught.value)
