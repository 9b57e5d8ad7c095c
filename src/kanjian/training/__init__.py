"""From a recipe to a trained, evaluated and saved recognizer."""
