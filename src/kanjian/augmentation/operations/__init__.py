"""One file per augmentation: its keys, what they draw, how that is applied."""
