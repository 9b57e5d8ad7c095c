import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.errors import RecipeError
from kanjian.recipes.learning import Optimizer
from kanjian.training.optimizers import build_optimizer, optimizer_names

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
