"""Nothing of these tests is left in the user's own folders, and nothing there is found."""

import pytest


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory, monkeypatch):
    """Every test gets a folder of models of its own, in a folder with a name like any."""
    home = tmp_path_factory.mktemp("home 看见 ü")
    monkeypatch.setenv("KANJIAN_HOME", str(home))
    monkeypatch.setenv("KERAS_HOME", str(home / "keras"))
    monkeypatch.delenv("KANJIAN_MODELS", raising=False)
    monkeypatch.delenv("KANJIAN_MIRROR", raising=False)
    return home
