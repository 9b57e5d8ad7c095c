"""From a recipe to a trained, judged and saved recognizer."""
