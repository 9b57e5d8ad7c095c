"""A recognizer leaves for other programs, and networks of others come in."""
