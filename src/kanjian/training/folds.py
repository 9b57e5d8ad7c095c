"""The folds of a cross-validation within a training."""

import numpy as np

from kanjian.datasets.dataset import Dataset
from kanjian.datasets.splitting import Split, fold_numbers
from kanjian.errors import DatasetError
from kanjian.recipes.recipe import Recipe


def folds_of(train: Dataset, folds: int, recipe: Recipe) -> np.ndarray:
    """The fold of each training picture, (n,); empty where there are too few for two folds.

    Pictures of one group lie in one fold, as [data] split says.
    """
    counts = np.bincount(train.labels, minlength=len(train.classes))
    most = min(folds, int(counts[counts > 1].sum()))
    split: Split = "grouped" if recipe.data.split == "grouped" else "stratified"
    for k in range(most, 1, -1):
        try:
            return fold_numbers(train, k, split=split, seed=recipe.training.seed)
        except DatasetError:  # groups are fewer than pictures
            continue
    return np.zeros(0, np.int64)
