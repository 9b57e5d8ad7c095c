"""What the commands that train share: settings, a callback for the terminal."""

from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

from kanjian.errors import RecipeError

if TYPE_CHECKING:
    from kanjian.training.events import TrainingCallback

Result = TypeVar("Result")


def changes(settings: list[str] | None, **named: object) -> dict[str, object]:
    """What the options change in a recipe; `--set` comes last and wins.

    Args:
        settings: Those of `--set`.
        **named: The options by their names in Python; None and False change nothing.

    Raises:
        RecipeError: If a setting is not section.key=value.

    Example:
        >>> changes(["optimizer.name=sgd"], epochs=3, name=None)
        {'training.epochs': 3, 'optimizer.name': 'sgd'}
    """
    from kanjian.training.recipe_options import changes_of

    return changes_of(named) | settings_of(settings)


def settings_of(settings: list[str] | None) -> dict[str, object]:
    """What `--set` changes.

    Raises:
        RecipeError: If a setting is not section.key=value.

    Example:
        >>> settings_of(["optimizer.name = sgd"])
        {'optimizer.name': 'sgd'}
    """
    changed: dict[str, object] = {}
    for setting in settings or []:
        key, equals, value = setting.partition("=")
        if not equals or not key.strip():
            raise RecipeError(
                f"--set must be section.key=value, got {setting!r}. "
                "For example: --set optimizer.name=sgd"
            )
        changed[key.strip()] = value.strip()
    return changed


def watched(work: Callable[["TrainingCallback"], Result], *, quiet: bool) -> Result:
    """Do the work under the callback that suits stderr, and leave the terminal tidy."""
    from kanjian.cli.training_progress import Bar, choose_callback

    callback = choose_callback(quiet=quiet)
    try:
        return work(callback)
    finally:
        if isinstance(callback, Bar):
            callback.close()
