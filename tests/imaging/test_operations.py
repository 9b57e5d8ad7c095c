import importlib
import inspect
import subprocess
import sys

import numpy as np
import pytest

from kanjian.imaging.operations import SHAPES, Drawn
from kanjian.imaging.threshold import threshold

BINARY = {"hit-or-miss", "thin", "skeleton", "distance", "labels", "changes", "contours"}


def function_of(operation):
    module, _, name = operation.function.partition(":")
    return getattr(importlib.import_module(module), name)


@pytest.mark.parametrize("operation", SHAPES, ids=lambda each: each.name)
def test_every_operation_runs_with_its_defaults_and_leaves_the_picture(operation):
    image = np.random.default_rng(2).integers(0, 256, (40, 50), np.uint8)
    image = threshold(image) if operation.name in BINARY else image
    before = image.copy()
    options = {"points": np.array([[3, 4]])} if operation.name == "heatmap" else {}
    result = function_of(operation)(image, **options)
    picture = result.picture if isinstance(result, Drawn) else result
    assert picture.dtype == np.uint8
    assert picture.ndim in (2, 3)
    assert np.array_equal(image, before)


@pytest.mark.parametrize("operation", SHAPES, ids=lambda each: each.name)
def test_options_are_keywords_with_types(operation):
    first, *options = inspect.signature(function_of(operation)).parameters.values()
    assert first.name == "image"
    for option in options:
        assert option.kind is inspect.Parameter.KEYWORD_ONLY
        assert option.annotation is not inspect.Parameter.empty
    assert operation.about.isprintable()
    assert not operation.about.endswith(".")


def test_names_are_told_once():
    names = [operation.name for operation in SHAPES]
    assert len(set(names)) == len(names)


def test_listing_imports_no_opencv():
    code = (
        "import sys, kanjian.imaging.operations\n"
        "assert not {'cv2', 'scipy', 'skimage'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
