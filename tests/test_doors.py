"""Python functions take a picture however it is held, and a path as text or as `Path`."""

import importlib
import inspect
import io
import sys
import types
from functools import partial

import numpy as np
import pytest
from PIL import Image

import kanjian
from kanjian.datasets.arrays import from_arrays
from kanjian.errors import DatasetError, ImageError, RecognizerError
from kanjian.images import contact_sheet, encode_png, read_image, to_gray, to_rgb
from kanjian.images.pictures import as_image, is_pil
from kanjian.imaging.operations import OPERATIONS, function_of
from kanjian.inference import Recognizer
from picture_files import every_format, exif_of, saved
from small_recognizer import pictures, save

PICTURE = np.random.default_rng(1).integers(0, 256, (24, 32, 3), dtype=np.uint8)


def held(array: np.ndarray, folder) -> list:
    """A picture as people hold it: path, text, bytes, open file, PIL image."""
    data = saved(Image.fromarray(array), "PNG")
    path = folder / "看 1.png"
    path.write_bytes(data)
    return [path, str(path), data, bytearray(data), io.BytesIO(data), Image.open(path),
            Image.fromarray(array)]  # fmt: skip


def same(one, other) -> bool:
    if isinstance(one, np.ndarray):
        return np.array_equal(one, other)
    return repr(one) == repr(other)


def ready(function) -> bool:
    """Whether a function needs nothing but its picture."""
    _, *options = inspect.signature(function).parameters.values()
    return all(each.default is not each.empty for each in options)


def taken_by(work) -> tuple[np.ndarray, object]:
    """A picture in color, gray or black and white that a function works on, and what it gives."""
    gray = PICTURE[:, :, 0]
    for image in (PICTURE, gray, np.where(gray > 128, np.uint8(255), np.uint8(0))):
        try:
            return image, work(image)
        except ImageError:
            continue
    return pytest.fail("it takes none of them")


WORKS = [work for work in map(function_of, OPERATIONS) if ready(work)]
WORKS = [work for work in WORKS if work.__name__ not in {"resize", "crop"}]  # one of several
WORKS += [to_rgb, to_gray, encode_png, partial(kanjian.resize_image, size_hw=(9, 9), channels=3)]


@pytest.mark.parametrize("work", WORKS, ids=lambda work: getattr(work, "__name__", "resize_image"))
def test_what_takes_an_array_takes_a_picture_held_otherwise(work, tmp_path):
    image, expected = taken_by(work)
    for picture in held(image, tmp_path):
        assert same(work(picture), expected), type(picture)


def test_more_than_thirty_operations_are_tried():
    assert len(WORKS) > 30


def test_a_second_picture_may_be_a_pil_image_and_the_first_be_named():
    from kanjian.imaging.histogram import equalize, match

    expected = match(PICTURE, reference=PICTURE[::-1])
    found = match(Image.fromarray(PICTURE), reference=Image.fromarray(PICTURE[::-1].copy()))
    assert same(found, expected)
    assert same(equalize(image=Image.fromarray(PICTURE)), equalize(PICTURE))


@pytest.fixture(scope="module")
def recognizer(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KANJIAN_HOME", str(folder / "home"))
        save(folder / "recognizer")
        yield Recognizer.load(str(folder))


def test_a_recognizer_takes_them_all_and_says_which_of_one_and_many(recognizer, tmp_path):
    image = pictures(1)[0]
    image = image[:, :, 0] if image.ndim == 3 and image.shape[2] == 1 else image
    expected = recognizer.predict(image)
    for picture in held(image, tmp_path):
        assert same(recognizer.predict(picture).scores, expected.scores), type(picture)
    many = list(recognizer.predict_many(held(image, tmp_path)))
    assert all(same(answer.label, expected.label) for answer in many)
    assert str(tmp_path) in many[5].name  # a PIL image knows where it was opened
    rows = recognizer.probabilities(held(image, tmp_path))
    assert np.allclose(rows, expected.scores, atol=1e-6)
    with pytest.raises(RecognizerError, match=r"got a list of 2. Use predict_many\(\)"):
        recognizer.predict([image, image])
    for one in (str(tmp_path / "看 1.png"), image[:, :, 0] if image.ndim == 3 else image):
        with pytest.raises(RecognizerError, match=r"got a single one. Use predict\(\)"):
            recognizer.predict_many(one)


def test_lists_of_pictures_are_a_set_a_sheet_and_a_file(tmp_path):
    several = held(PICTURE, tmp_path)
    splits = from_arrays(several, [0, 1, 0, 1, 0, 1, 0])
    assert all(np.array_equal(splits.train.images.read(i), PICTURE) for i in range(7))
    with pytest.raises(DatasetError, match=r"must be of one size, got \(8, 8\) and \(24, 32, 3\)"):
        from_arrays([PICTURE, Image.new("L", (8, 8))], [0, 1])
    sheet = contact_sheet(held(PICTURE, tmp_path))
    assert np.array_equal(sheet, contact_sheet([PICTURE] * 7))
    assert np.array_equal(sheet, contact_sheet(np.stack([PICTURE] * 7)))
    kanjian.write_image(str(tmp_path / "b.png"), Image.fromarray(PICTURE))
    assert np.array_equal(read_image(tmp_path / "b.png"), PICTURE)


def test_a_pil_image_is_the_file_it_was_opened_from():
    for name, data in every_format(PICTURE).items():
        if name in {"cmyk.jpg", "gray-alpha.png"} or name.endswith(("pgm", "pbm", "ppm")):
            continue  # Pillow alone would invert, forget or scale what is in these
        for image in (Image.open(io.BytesIO(data)), Image.open(io.BytesIO(data)).copy()):
            if name == "turned.tif":
                continue
            found = as_image(image)
            assert np.abs(found.astype(int) - read_image(data)).max() <= 2, name
    turned = Image.open(io.BytesIO(saved(Image.fromarray(PICTURE), "JPEG", exif=exif_of(6))))
    assert as_image(turned).shape == (32, 24, 3)


def test_pil_may_be_half_imported_by_another_thread(monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL.Image", types.ModuleType("PIL.Image"))
    assert not is_pil(PICTURE)
    monkeypatch.delitem(sys.modules, "PIL.Image")
    assert not is_pil(PICTURE)


def test_what_is_no_picture_is_refused_by_name():
    with pytest.raises(ImageError, match="32-bit values have no agreed range"):
        as_image(Image.new("F", (2, 2)))
    with pytest.raises(ImageError, match=r"image must be an array, a path.* got int"):
        as_image(7)
    with pytest.raises(ImageError, match="got list"):
        kanjian.resize_image([[1, 2]], (8, 8), channels=1)


# paths

ROOMS = [
    "training.trainer", "experiments.compare", "experiments.cross_validation",
    "experiments.search",
    "experiments.evaluate", "experiments.preview", "experiments.label_check", "search.similar",
    "search.suggest", "inference.sort_pictures", "export.export",
    "importing.import_network", "datasets.open_dataset", "datasets.folder", "datasets.table",
    "datasets.arrays", "datasets.idx", "datasets.cifar", "datasets.builtin", "features.extract",
    "reporting.report", "inference.bundle", "inference.recognizer", "denoise.compare",
    "denoise.train", "denoise.strip", "faces.gallery", "faces.enroll", "faces.collect",
    "faces.label", "faces.train", "video.cuts", "video.label", "recipes.codec", "recipes.shipped",
    "images.decode", "images.write", "media.feed", "explain.model_access", "explain.embedding_map",
    "training.train", "training.run", "experiments.lr_finder", "explain.attribution",
    "recipes.recipe", "datasets.dataset",
]  # fmt: skip
# What others call for us, never a user
OURS = {"place_of", "root_of", "resumable", "open_pictures", "ranked", "home_of", "check_suffix",
        "natural", "save_network", "face_recipe", "readable_for_owner_alone", "backup_path",
        "damaged_path", "check_page"}  # fmt: skip


def doors() -> dict[str, object]:
    """The public functions and methods of the rooms that a user of Python enters."""
    found = {}
    for room in ROOMS:
        module = importlib.import_module(f"kanjian.{room}")
        for name, thing in vars(module).items():
            if name[0] == "_" or getattr(thing, "__module__", None) != module.__name__:
                continue
            if inspect.isfunction(thing) and name not in OURS:
                found[f"{room}.{name}"] = thing
            if inspect.isclass(thing) and name in {"Gallery", "Recognizer", "Recipe", "Run"}:
                for method in ("load", "open", "create", "predict", "preprocess", "export", "save"):
                    if hasattr(thing, method):
                        found[f"{room}.{name}.{method}"] = getattr(thing, method)
    return found


def test_a_door_that_takes_a_path_takes_it_as_text():
    found = doors()
    assert len(found) > 60
    for name, door in found.items():
        for parameter in inspect.signature(door).parameters.values():
            kind = str(parameter.annotation)
            if "Path" in kind and "AnyPath" not in kind:
                assert "str" in kind, f"{name}({parameter.name}: {kind})"


def test_paths_as_text_do_what_paths_do(tmp_path, monkeypatch):
    from kanjian.datasets.open_dataset import open_dataset, open_path
    from kanjian.datasets.table import open_table
    from kanjian.experiments.runs import list_runs
    from kanjian.faces.gallery import Gallery
    from kanjian.video.cuts import read_cuts, write_cuts

    for name in ("cat/1.png", "dog/1.png"):
        (tmp_path / name).parent.mkdir()
        kanjian.write_image(str(tmp_path / name), PICTURE)
    table = tmp_path / "labels.csv"
    table.write_text("path,label\ncat/1.png,cat\ndog/1.png,dog\n")
    text = str(tmp_path)
    assert len(open_path(text).train) == len(open_table(str(table)).train) == 2
    assert len(open_dataset("labels.csv", data_folder=text).train) == 2
    assert list(list_runs(text)) == []
    for door in (kanjian.resume, read_cuts):
        with pytest.raises(kanjian.KanjianError):
            door(text + "/nowhere")
    write_cuts(text + "/cuts.csv", [])
    monkeypatch.chdir(tmp_path)
    with pytest.raises(kanjian.KanjianError):
        Gallery.open("nowhere.gallery")
