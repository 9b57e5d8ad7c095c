"""A `Recognizer` is a trained network that takes raw pictures and returns named answers.

`save_recognizer` lives in `kanjian.recognizer.bundle`: asking needs nothing of it.
"""

from kanjian.images.pictures import Picture
from kanjian.recognizer.answer import Answer, Failure
from kanjian.recognizer.find import pictures_in
from kanjian.recognizer.recognizer import Recognizer
from kanjian.recognizer.selftest import SelfTest

__all__ = ["Answer", "Failure", "Picture", "Recognizer", "SelfTest", "pictures_in"]
