"""Spell out a network and its optimizer in a recipe: python own_network.py photos/."""

import sys

import kanjian

RECIPE = """
name = "own-network"

[data]
test = 0.2

[model]
layers = [
  { type = "Conv2D", filters = 8, kernel_size = 3, activation = "relu" },
  { type = "MaxPooling2D" },
  { type = "Flatten" },
  { type = "Dense", units = "classes", activation = "softmax" },
]

[optimizer]
name = "sgd"
learning_rate = 0.05
momentum = 0.9

[training]
epochs = 3
"""


def main(pictures: str, out: str = "runs") -> None:
    recipe = kanjian.Recipe.from_toml(RECIPE)
    source = recipe.data.model_copy(update={"source": pictures})
    run = kanjian.train(recipe.model_copy(update={"data": source}), out=out)
    print("trained:", run.folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
