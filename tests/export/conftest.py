"""One small recognizer, saved once for all tests here."""

import pytest

from small_recognizer import network, save


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory):
    """A home of our own, so that no test writes into the user's."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KANJIAN_HOME", str(tmp_path_factory.mktemp("home")))
        yield


@pytest.fixture(scope="session")
def rgb_network():
    return network()


@pytest.fixture(scope="session")
def saved(tmp_path_factory, rgb_network):
    """A run folder with an RGB recognizer; only to be read."""
    run = tmp_path_factory.mktemp("run 看见 🐈")
    save(run / "recognizer", rgb_network)
    return run
