"""Several trainings, or none: cross-validation, comparison, rate finder, evaluation, previews."""
