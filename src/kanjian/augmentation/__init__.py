"""Varied pictures to learn from: one matrix and one warp per picture."""
