"""The source's own way to know people: a small network trained on folders of face crops."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kanjian.errors import FaceError
from kanjian.faces.collect import GROUP_BY
from kanjian.paths import AnyPath
from kanjian.recipes.codec import override
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.shipped import shipped
from kanjian.training.former_listener import hears_listeners

if TYPE_CHECKING:
    from kanjian.training.events import TrainingCallback
    from kanjian.training.run import Run


def face_recipe(folder: Path, *, changes: Mapping[str, Any] | None = None) -> Recipe:
    """The recipe of the source for a folder of face crops, with an honest split.

    Crops of one take, as `faces collect` names them, stay together: a third of the takes is
    kept apart for validation. Pictures that do not tell their take are split one by one.

    Args:
        folder: One folder a person.
        changes: Keys of the recipe to change.

    Raises:
        FaceError: If there are not two people, or a person has a single take.

    Example:
        >>> face_recipe(Path("nowhere"))
        Traceback (most recent call last):
        kanjian.errors.FaceError: there is no folder nowhere. Collect faces into it: kanjian faces
            collect VIDEO --name NAME --out nowhere
    """
    if not folder.is_dir():
        raise FaceError(
            f"there is no folder {folder}. Collect faces into it: "
            f"kanjian faces collect VIDEO --name NAME --out {folder}"
        )
    people = {
        each.name: sorted(path.name for path in each.iterdir() if "~" in path.name)
        for each in sorted(folder.iterdir())
        if each.is_dir() and not each.name.startswith(".")
    }
    if len(people) < 2:
        raise FaceError(
            f"{folder} holds {len(people)} people, at least two are needed: one folder each. "
            "Collect others too, strangers for example."
        )
    parts: dict[str, Any] = {"data.source": str(folder), "data.validation": 0.3}
    leaky = "data.split" in (changes or {})
    if all(people.values()) and not leaky:
        _check_takes(people)
        parts |= {"data.group_by": GROUP_BY, "data.split": "grouped"}
    return override(shipped("face-cnn"), parts | dict(changes or {}))


def _check_takes(people: Mapping[str, list[str]]) -> None:
    for name, files in people.items():
        if len({file.rpartition("~")[0] for file in files}) < 2:
            raise FaceError(
                f"{name} has a single take: its frames would stand on both sides of the split. "
                "Collect another, or split single frames with --set data.split=random; the "
                "accuracy then measures memory."
            )


@hears_listeners
def learn_faces(
    folder: AnyPath,
    *,
    out: AnyPath = Path("runs"),
    changes: Mapping[str, Any] | None = None,
    callback: "TrainingCallback | None" = None,
) -> "Run":
    """Train the source's network on a folder of face crops; gives an ordinary recognizer.

    Args:
        folder: One folder a person.
        out: The run folder is made in here.
        changes: Keys of the recipe to change.
        callback: Hears of every step.

    Raises:
        KanjianError: See `face_recipe` and `kanjian.train`.
    """
    folder, out = Path(folder), Path(out)
    from kanjian.training.train import train

    return train(face_recipe(folder, changes=changes), out=out, callback=callback)
