"""Files of weights: reading them without trust, and keeping them in one folder."""
