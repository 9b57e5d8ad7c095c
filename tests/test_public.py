"""The package: every public name is there, documented, and light to import."""

import subprocess
import sys

import pytest

import kanjian

HEAVY = ["numpy", "cv2", "keras", "tensorflow", "openvino", "pydantic", "rich", "typer"]


@pytest.mark.parametrize("name", sorted(set(kanjian.__all__) - {"__version__"}))
def test_every_public_name_says_what_you_get_and_has_an_example(name):
    found = getattr(kanjian, name)
    assert found.__doc__.strip()
    documented = found.__doc__ + "".join(
        getattr(member, "__doc__", None) or "" for member in vars(found).values()
    )
    data_or_error = name in {"KanjianError", "Splits", "UnreadableImage", "Prediction", "Run"}
    assert ">>>" in documented or "Example" in documented or data_or_error


def test_dir_and_all_agree():
    assert set(kanjian.__all__) <= set(dir(kanjian))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        kanjian.trian  # noqa: B018


@pytest.mark.parametrize("code", ["import kanjian", "from kanjian import KanjianError"])
def test_importing_the_package_imports_nothing_heavy(code):
    check = f"{code}; import sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
