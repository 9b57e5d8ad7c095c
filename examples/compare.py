"""Which optimizer suits my pictures? python compare.py photos/."""

import sys

import kanjian

RECIPE = """
name = "optimizers"

[model]
name = "lenet"

[training]
epochs = 2
"""


def main(pictures: str, out: str = "runs") -> None:
    recipe = kanjian.Recipe.from_toml(RECIPE)
    source = recipe.data.model_copy(update={"source": pictures})
    found = kanjian.compare(
        recipe.model_copy(update={"data": source}),
        over={"optimizer.name": ["sgd", "adam"]},
        out=out,
    )
    print("best:", found.best.variant.name)
    print("curves and intervals:", found.folder)


if __name__ == "__main__":
    main(*sys.argv[1:])
