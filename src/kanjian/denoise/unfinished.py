"""What a run has learned so far: the network of one of its epochs, as a denoiser."""

from dataclasses import dataclass
from pathlib import Path

from kanjian.checks import quoted
from kanjian.denoise.card import DENOISER, DenoiserCard, NetworkSpec
from kanjian.denoise.run import RECIPE, kept_epochs, recipe_in
from kanjian.errors import DenoiserError, TrainingError
from kanjian.inference.engines import KerasEngine
from kanjian.models.denoisers import spec_of
from kanjian.recipes.denoising import DenoiseRecipe


@dataclass(frozen=True)
class Epoch:
    """A network that a run kept.

    Args:
        run: The run folder.
        number: Of the epoch, counted from 1.
        path: Its file.
        note: Why this one, where nobody named it.
    """

    run: Path
    number: int
    path: Path
    note: str | None = None


def epoch_at(place: Path) -> Epoch | None:
    """The epoch that a path names: its file, or an unfinished run, of which the best is taken.

    Raises:
        DenoiserError: If no epoch is finished, or the file lies in no run.

    Example:
        >>> epoch_at(Path("nowhere")) is None
        True
    """
    if place.is_file():
        return _named(place)
    return None if DENOISER.unfinished(place) is None else _best(place)


def _named(path: Path) -> Epoch:
    run = path.resolve().parent.parent
    for number, kept in kept_epochs(run):
        if kept.samefile(path) and (run / RECIPE).is_file():
            return Epoch(run, number, path)
    raise DenoiserError(
        f"{path} is no epoch of a run: it must lie in epochs/ of a folder of 'kanjian denoise "
        f"train', whose {RECIPE} says what it takes. Name that file, or the run folder."
    )


def _best(run: Path) -> Epoch:
    """The epoch with the least validation loss; the last one where nothing was held out."""
    epochs = dict(kept_epochs(run))
    if not epochs:
        raise DenoiserError(
            f"the run in {run} has finished no epoch. Go on with: kanjian denoise resume "
            f"{quoted(run)}"
        )
    losses = {number: loss for number, loss in _validation_losses(run).items() if number in epochs}
    number = min(losses, key=losses.__getitem__) if losses else max(epochs)
    why = "best by its held-out pictures" if losses else "last"
    note = (
        f"the run in {run} is not finished; this is epoch {number} of "
        f"{recipe_in(run).learning.epochs}, the {why} so far"
    )
    return Epoch(run, number, epochs[number], note)


def _validation_losses(run: Path) -> dict[int, float]:
    from kanjian.training.checkpoint import load_checkpoint
    from kanjian.training.run_folder import CHECKPOINT

    try:
        history = load_checkpoint(run / CHECKPOINT)[0].history
    except TrainingError:  # the networks lie there all the same
        return {}
    return {int(row["epoch"]): row["val_loss"] for row in history if "val_loss" in row}


def opened(epoch: Epoch) -> tuple[DenoiserCard, KerasEngine]:
    """Card and engine of an epoch; only a finished run has an OpenVINO form.

    Raises:
        KanjianError: If recipe or network is damaged.
    """
    recipe = recipe_in(epoch.run)
    facts = {"network": recipe.network.name, "epoch": epoch.number}
    spec = network_spec(recipe, gray=recipe.pictures.color == "gray")
    name = f"{recipe.name}, epoch {epoch.number}"
    return DenoiserCard(name, spec, facts=facts), KerasEngine(epoch.path)


def network_spec(recipe: DenoiseRecipe, *, gray: bool) -> NetworkSpec:
    """What the network of a recipe takes.

    Example:
        >>> network_spec(DenoiseRecipe(), gray=True)
        NetworkSpec(channels=1, noise_map=False, multiple=4, margin=39)
    """
    return NetworkSpec(
        channels=1 if gray else 3,
        noise_map=recipe.noise.noise_map,
        **spec_of(recipe.network.name, **recipe.network.options),
    )
