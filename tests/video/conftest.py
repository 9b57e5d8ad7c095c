"""What the tests of videos share."""

import pytest

from level_clips import recognizer_of


@pytest.fixture
def recognizer():
    """Tells dark, middle and bright."""
    return recognizer_of()
