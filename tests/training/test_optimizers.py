import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.recipes.learning import Optimizer
from kanjian.training.optimizers import build_loss, build_optimizer, optimizer_names

# What each needs to come down the bowl in a hundred steps; none is a claim about training
RATES = {
    "adadelta": 200.0, "adafactor": 0.3, "adagrad": 1.0, "ftrl": 1.0, "lamb": 0.1, "lion": 0.05,
    "muon": 1.0, "schedulefreeadamw": 0.3, "sgd": 0.1,
}  # fmt: skip


@pytest.mark.backends
@pytest.mark.parametrize("name", optimizer_names())
def test_every_optimizer_comes_down_a_bowl(name):
    keras = load_keras()
    optimizer = build_optimizer(Optimizer(name=name, learning_rate=RATES.get(name, 0.1)))
    target = np.array([[1.0, -2.0], [0.5, 3.0]], np.float32)
    weight = keras.Variable(np.full((2, 2), 5.0, np.float32), name="weight")
    before = np.sum((np.array(weight) - target) ** 2)
    for _ in range(100):
        slope = 2 * (np.array(weight) - target)
        optimizer.apply([keras.ops.convert_to_tensor(slope)], [weight])
    assert np.sum((np.array(weight) - target) ** 2) < 0.1 * before


def test_parameters_reach_keras():
    optimizer = build_optimizer(
        Optimizer(name="SGD", learning_rate=0.5, momentum=0.9, nesterov=True, clipvalue=0.1)
    )
    assert (optimizer.momentum, optimizer.nesterov, optimizer.clipvalue) == (0.9, True, 0.1)
    assert float(optimizer.learning_rate) == 0.5


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"name": "adm"}, "unknown optimizer 'adm' in [optimizer] name. Did you mean 'Adam'?"),
        ({"name": "sgd", "momentun": 1},
         "unknown argument of SGD 'momentun' in [optimizer]. Did you mean 'momentum'?"),
        ({"name": "sgd", "momentum": 2},
         "[optimizer]: SGD refuses: `momentum` must be a float between [0, 1]."),
        ({"name": "sgd", "lr": 0.1}, "[optimizer] lr is Keras 1 and 2. Write learning_rate."),
        ({"name": "sgd", "decay": 0.1},
         '[optimizer] decay is Keras 1 and 2. Write [schedule] name = "inverse-time" and factor, '
         "which is what decay did."),
    ],
)  # fmt: skip
def test_a_wrong_optimizer_is_one_line(settings, message):
    with pytest.raises(RecipeError) as caught:
        build_optimizer(Optimizer(**settings))
    assert str(caught.value) == message


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


def test_weight_decay_leaves_biases_and_normalization_alone():
    layers = load_keras().layers
    dense, norm = layers.Dense(2), layers.BatchNormalization()
    for layer in (dense, norm):
        layer.build((None, 2))
    optimizer = build_optimizer(Optimizer(name="sgd", learning_rate=0.5, weight_decay=0.1))
    variables = [dense.kernel, dense.bias, norm.gamma]
    for variable in variables:
        variable.assign(np.ones(variable.shape))
    optimizer.apply([np.zeros(variable.shape, np.float32) for variable in variables], variables)
    # with no gradient only decay moves: 1 - 0.5 * 0.1
    assert [round(float(np.array(variable.value).flat[0]), 4) for variable in variables] == [
        0.95,
        1,
        1,
    ]
