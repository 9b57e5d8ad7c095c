"""Several trainings, or none: cross-validation, comparison, rate finder, judging again, looking."""
