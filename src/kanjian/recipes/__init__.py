"""A `Recipe` is everything that decides a training run, as one TOML file."""
