"""`demo`: the whole way on real digits, in seconds."""

from pathlib import Path
from typing import TYPE_CHECKING

from kanjian.checks import quoted
from kanjian.cli import options
from kanjian.cli.output import percent, say, say_json
from kanjian.cli.train_summary import show
from kanjian.cli.training_options import watched

if TYPE_CHECKING:
    import numpy as np

    from kanjian.recipes.recipe import Recipe

PICTURE = "demo.png"


def demo(
    out: options.Out = Path("runs"), quiet: options.Quiet = False, json: options.Json = False
) -> None:
    """Train on real digits and predict one of them.

    LeNet is trained on 4 000 digits that come with an installed package; nothing is
    downloaded. Then it predicts a digit that it has not seen.
    """
    from kanjian.images.write import write_image
    from kanjian.inference.recognizer import Recognizer
    from kanjian.recipes.shipped import shipped
    from kanjian.training.train import train

    recipe = shipped("mnist-demo")
    run = watched(lambda callback: train(recipe, out=out, callback=callback), quiet=quiet)
    image, truth = unseen_digit(recipe)
    picture = run.folder / PICTURE
    answer = Recognizer.load(run.recognizer_folder).predict(image)
    write_image(picture, image)
    if json:
        asked = {"picture": picture, "truth": truth, "answer": answer.label}
        asked["probability"] = answer.probability
        say_json({"run": run.folder, "asked": asked, **run.report.to_dict()})
        return
    show(run, json=False)
    say("\nOne digit it has not seen:\n")
    say(text_art(image))
    say(
        f"\nIt is a {truth}. The prediction is {answer.label}, with a confidence of "
        f"{percent(answer.probability)}."
    )
    say(f"Ask it yourself: kanjian predict {quoted(run.folder)} {quoted(picture)}")


def unseen_digit(recipe: "Recipe") -> tuple["np.ndarray", str]:
    """A picture of the recipe's test part, which no training looks at, and what it shows."""
    from kanjian.datasets.prepare_splits import prepare_splits

    test = prepare_splits(recipe.data, seed=recipe.training.seed).test
    assert test is not None, "the demo's digits have a test part"
    number = len(test) // 3
    return test.images.read(number), test.classes[test.labels[number]]


def text_art(image: "np.ndarray", *, columns: int = 40) -> str:
    """A picture as letters: the brighter the pixel, the more ink.

    Args:
        image: Gray or RGB.
        columns: Letters in a row. A letter is twice as high as wide.

    Example:
        >>> import numpy as np
        >>> print(text_art(np.array([[0, 0, 120, 255]] * 4, np.uint8), columns=4))
          =@
          =@
    """
    from kanjian.images.convert import to_gray
    from kanjian.images.resize import resize

    height, width = image.shape[:2]
    gray = to_gray(image) if image.ndim == 3 else image
    gray = resize(gray, (max(1, round(columns * height / width / 2)), columns))
    ramp = " .:-=+*#%@"
    lines = ["".join(ramp[int(value) * len(ramp) // 256] for value in row) for row in gray]
    return "\n".join(line.rstrip() for line in lines).strip("\n")
