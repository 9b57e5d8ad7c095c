"""One small recognizer, saved once for all tests here."""

from small_recognizer import home, rgb_network, saved

__all__ = ["home", "rgb_network", "saved"]
