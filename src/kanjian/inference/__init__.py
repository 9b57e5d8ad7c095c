"""A `Recognizer` is a trained network that takes raw pictures and returns named predictions.

`save_recognizer` lives in `kanjian.inference.bundle`: asking needs nothing of it.
"""

from kanjian.images.pictures import Picture
from kanjian.inference.find_images import pictures_in
from kanjian.inference.prediction import Prediction, UnreadableImage
from kanjian.inference.recognizer import Recognizer
from kanjian.inference.selftest import SelfTest

__all__ = ["Picture", "Prediction", "Recognizer", "SelfTest", "UnreadableImage", "pictures_in"]
