"""Going on with a run to more epochs than its recipe asked for."""

from dataclasses import replace

from kanjian.checks import plural
from kanjian.errors import TrainingError
from kanjian.recipes.codec import override
from kanjian.recipes.recipe import Recipe
from kanjian.training.checkpoint import Progress
from kanjian.training.phases import phases_of

# Schedules that are laid over all steps, however many those are
_OVER_ALL = ("cosine", "linear", "step")


def further(recipe: Recipe, progress: Progress, epochs: int) -> tuple[Recipe, Progress]:
    """The recipe with so many epochs in all, and the progress of its run to go on from.

    More epochs go to the last phase, where there are several.

    Args:
        recipe: Of the run.
        progress: Of its checkpoint.
        epochs: How many there shall be in all, those before included.

    Raises:
        TrainingError: If as many are done already, or no phase can take more.

    Example:
        >>> recipe, _ = further(Recipe(training={"epochs": 2}), Progress(epoch=2), 30)
        >>> recipe.training.epochs
        30
        >>> further(Recipe(training={"epochs": 2}), Progress(epoch=2), 2)
        Traceback (most recent call last):
        kanjian.errors.TrainingError: the run has done 2 epochs, and epochs counts all of them: give
            more than 2, got 2.
    """
    done = progress.earlier + progress.epoch
    if epochs <= done:
        raise TrainingError(
            f"the run has done {plural(done, 'epoch')}, and epochs counts all of them: give more "
            f"than {done}, got {epochs}."
        )
    longer = override(recipe, {_key_of_last(recipe, progress): epochs - progress.earlier})
    return longer, replace(progress, stopped_early=False, waited=0)


def _key_of_last(recipe: Recipe, progress: Progress) -> str:
    """The key of the recipe that says how long its last phase is."""
    phases = phases_of(recipe)
    if progress.phase + 1 < len(phases):
        raise TrainingError(
            f"the run stands in the phase {phases[progress.phase].name!r}, and only its last, "
            f"{phases[-1].name!r}, can go on longer. Resume it without epochs, or train it anew."
        )
    if len(phases) == 1 and phases[0].training is recipe.training:
        return "training.epochs"
    if recipe.all_layers is not None:
        return "all_layers.epochs"
    assert recipe.fine_tune is not None
    if isinstance(recipe.fine_tune.unfreeze, tuple) and len(recipe.fine_tune.unfreeze) > 1:
        raise TrainingError(
            "the last phase shares its epochs with the others of [fine_tune] unfreeze. Train "
            "the recipe anew with more epochs there."
        )
    return "fine_tune.epochs"


def stretched(recipe: Recipe) -> tuple[str, ...]:
    """What is to be said of a schedule that more epochs stretch, as sentences.

    Example:
        >>> stretched(Recipe())
        ()
        >>> print(*stretched(Recipe(schedule={"name": "cosine"})))
        the cosine schedule now reaches over the new epochs, too: the learning rate goes on from
        where it stands in that, not from where it ended
    """
    schedule = phases_of(recipe)[-1].schedule
    if schedule.name not in _OVER_ALL and not schedule.warmup:
        return ()
    return (
        f"the {schedule.name} schedule now reaches over the new epochs, too: the learning rate "
        "goes on from where it stands in that, not from where it ended",
    )
