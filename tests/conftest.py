"""What every test may ask for."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

from remote_files import serving

# the first example pays for late imports and the machine is shared: a clock proves nothing here
settings.register_profile("kanjian", deadline=None)
settings.load_profile("kanjian")
# what is asserted of messages is English, whoever runs the tests; so is what a child process says
os.environ["KANJIAN_LANG"] = "en"


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real data sets beside the checkout; the test is skipped where it is absent."""
    beside = Path(__file__).resolve().parents[2] / "shared" / "data"
    folder = Path(os.environ.get("KANJIAN_SHARED_DATA", beside))
    if not folder.is_dir():
        pytest.skip("the shared data is not beside this checkout")
    return folder


@pytest.fixture
def server(tmp_path):
    """The address of a server on this machine that has the files of `tmp_path`."""
    with serving(tmp_path) as address:
        yield address
