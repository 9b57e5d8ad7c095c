"""Maps, the space of pictures, and the pages they come on."""

import json
import re

import numpy as np
import pytest

from kanjian.backend import load_keras
from kanjian.datasets.dataset import ArrayImages, Dataset, FileImages
from kanjian.errors import DatasetError, RecognizerError
from kanjian.explain.embedding_map import embedding_map_of, feature_network, nearest_to
from kanjian.explain.embedding_page import placed01, space_html, space_picture, thumbnails
from kanjian.explain.feature_maps import feature_maps_of
from kanjian.explain.flatten_model import on_pixels
from kanjian.explain.inspected_model import InspectedModel
from kanjian.explain.page import Figure, Table, write_page
from kanjian.features.cache import FeatureCache
from kanjian.images.write import write_image


@pytest.fixture
def inspected():
    keras = load_keras()
    layers, start = keras.layers, keras.initializers.GlorotNormal
    x = keras.Input((12, 20, 3), dtype="uint8", name="in")
    y = layers.Rescaling(1 / 255, name="scale_pixels")(x)
    y = layers.Conv2D(6, 3, name="conv", kernel_initializer=start(1))(y)
    y = layers.ReLU(name="relu")(layers.BatchNormalization(name="norm")(y))
    y = layers.MaxPooling2D(name="pool")(y)
    y = layers.Dropout(0.5, name="drop")(layers.GlobalAveragePooling2D(name="mean")(y))
    y = layers.Dense(2, activation="softmax", name="answer")(y)
    return InspectedModel("small", on_pixels(keras.Model(x, y)), ("cat", "dog"))


def shades(n=9):
    """Reds and blues, so that any network tells them apart."""
    draw = np.random.default_rng(0)
    images = draw.integers(0, 40, (n, 12, 20, 3), np.uint8)
    labels = np.arange(n) % 2
    for image, label in zip(images, labels, strict=True):
        image[..., 2 * label] += 200
    return Dataset(ArrayImages.of(images), labels, ("red", "blue"), name="shades")


def test_maps_are_what_the_layers_give_one_strip_for_each_step(inspected):
    picture = shades().images.read(0)
    made = feature_maps_of(inspected, picture, most=4)
    assert [each.name for each in made] == ["relu", "pool"]
    given = inspected.up_to("relu").predict_on_batch(picture[None].astype(np.float32))[0]
    np.testing.assert_allclose(made[0].maps, given, rtol=1e-5)
    strip = made[0].strip(tile=30, columns=5)
    assert strip.shape == (30, 5 * 32 - 2, 3)
    assert (strip[:, 4 * 32 :] == 255).all(), "four maps in a strip for five"
    assert made[0].caption.startswith("relu · 10×18×6")


def test_layers_can_be_named_and_those_without_maps_are_refused(inspected):
    picture = shades().images.read(0)
    assert [each.name for each in feature_maps_of(inspected, picture, layers=["conv"])] == ["conv"]
    with pytest.raises(RecognizerError, match="gives 6 numbers, no map"):
        feature_maps_of(inspected, picture, layers=["mean"])
    with pytest.raises(RecognizerError, match="Did you mean 'conv'"):
        feature_maps_of(inspected, picture, layers=["conv1"])


def test_features_come_from_before_the_answer_and_maps_are_averaged(inspected):
    assert feature_network(inspected)[0] == "mean"
    layer, network = feature_network(inspected, "pool")
    assert (layer, network.output_shape) == ("pool", (None, 6))


@pytest.mark.parametrize("method", ["pca", "t-sne"])
def test_like_pictures_lie_together_and_the_same_seed_gives_the_same_map(
    inspected, tmp_path, method
):
    cache = FeatureCache(tmp_path, limit_gb=1)
    space = embedding_map_of(inspected, shades(), method=method, seed=1, cache=cache)
    again = embedding_map_of(inspected, shades(), method=method, seed=1, cache=cache)
    np.testing.assert_array_equal(space.points_xy, again.points_xy)
    assert space.points_xy.shape == (9, 2)
    np.testing.assert_allclose(np.linalg.norm(space.features, axis=1), 1, rtol=1e-3)
    if method == "pca":
        red, blue = (space.points_xy[space.dataset.labels == label] for label in (0, 1))
        apart = np.linalg.norm(red.mean(axis=0) - blue.mean(axis=0))
        assert apart > 3 * np.linalg.norm(red - red.mean(axis=0), axis=1).mean()
        assert "%" in space.note


def test_too_few_pictures_make_no_map(inspected, tmp_path):
    with pytest.raises(DatasetError, match="at least three pictures, shades has 2"):
        embedding_map_of(inspected, shades(2), cache=FeatureCache(tmp_path, limit_gb=1))


def test_a_picture_of_the_set_is_most_like_itself(inspected, tmp_path):
    data, paths = shades(), []
    for number in range(len(data)):
        paths.append(tmp_path / f"{number}.png")
        write_image(paths[-1], data.images.read(number))
    files = Dataset(FileImages(tuple(paths)), data.labels, data.classes)
    cache = FeatureCache(tmp_path / "cache", limit_gb=1)
    space = embedding_map_of(inspected, files, method="pca", cache=cache)
    found = nearest_to(inspected, space, paths[3], most=4, cache=cache)
    assert found[0] == (3, pytest.approx(1, abs=1e-3))
    assert [data.labels[row] for row, _ in found] == [1, 1, 1, 1]


def test_places_keep_their_shape_inside_the_square():
    placed = placed01(np.array([[0.0, 0.0], [4.0, 0.0], [4.0, 2.0]]))
    assert placed.min() >= 0
    assert placed.max() <= 1
    assert np.ptp(placed[:, 0]) == pytest.approx(2 * np.ptp(placed[:, 1]))
    assert (placed01(np.zeros((3, 2))) == [0.5, 0.5]).all(), "all in one place"


def test_the_map_as_picture_and_as_page(inspected, tmp_path):
    space = embedding_map_of(
        inspected, shades(), method="pca", cache=FeatureCache(tmp_path, limit_gb=1)
    )
    small = thumbnails(space)
    sheet = space_picture(space, small)
    assert sheet.shape[1:] == (1400, 3)
    for color in ((0x00, 0x72, 0xB2), (0xD5, 0x5E, 0x00)):
        assert (sheet[60:] == color).all(axis=-1).sum() > 100, "both classes are drawn"
    html = space_html(space, small)
    told = json.loads(re.search(r"const space = (.*);\n", html)[1])
    assert told["classes"] == ["red", "blue"]
    assert len(told["points"]) == len(told["near"]) == 9
    assert all(row not in near for row, near in enumerate(told["near"]))


def test_a_page_stands_alone_and_its_pictures_lead_to_each_other(tmp_path):
    figures = [
        Figure(np.zeros((4, 4), np.uint8), "first <1>", section="A"),
        Figure(np.zeros((90, 90, 3), np.uint8), "second", section="A"),
        Figure("<svg></svg>", "drawn", section="B", wide=True),
    ]
    write_page(
        tmp_path / "a.html", "T & T", figures,
        tables=[Table("numbers", ("name", "n"), [("a<b", "1")])], lead="all of it",
    )  # fmt: skip
    text = (tmp_path / "a.html").read_text(encoding="utf-8")
    assert "first &lt;1&gt;" in text
    assert "T &amp; T" in text
    assert "a&lt;b" in text
    assert not re.search(r'(src|href)="(?!data:|#)', text), "nothing is loaded from elsewhere"
    targets, names = re.findall(r'href="#(f\d+)"', text), re.findall(r'id="(f\d+)"', text)
    assert names == ["f1", "f2"]
    assert set(targets) == set(names), "no way leads to a drawing or beyond the last picture"
    assert "image/png" in text
    assert "image/jpeg" in text
