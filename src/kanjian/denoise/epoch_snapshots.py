"""A callback that keeps a network for every epoch."""

from pathlib import Path
from typing import Any

from kanjian.denoise.run import epoch_file
from kanjian.models.denoisers import build_denoiser
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.storage import files
from kanjian.training.epoch_loop import EpochLoop
from kanjian.training.events import EpochDone, Event, TrainingCallback


def build_network(recipe: DenoiseRecipe, channels: int, policy: str) -> Any:
    """The network of a recipe; `policy` is its precision."""
    return build_denoiser(
        recipe.network.name,
        channels=channels,
        noise_map=recipe.noise.noise_map,
        seed=recipe.learning.seed,
        policy=policy,
        **recipe.network.options,
    )


class EpochSnapshots:
    """A callback that keeps a network for every epoch, and passes everything on."""

    def __init__(self, folder: Path, callback: TrainingCallback) -> None:
        self.folder, self.callback = folder, callback

    def ready(self, recipe: DenoiseRecipe, loop: EpochLoop) -> None:
        """Take the loop whose weights are kept, and make the float32 twin that holds them."""
        self.loop = loop
        self.twin = build_network(recipe, int(loop.model.output_shape[-1]), "float32")

    def keep(self, epoch: int) -> None:
        """Write the network as it is after this epoch, counted from 1."""
        self.twin.set_weights(self.loop.kept_weights())
        with files.replacing(epoch_file(self.folder, epoch)) as temporary:
            whole = temporary.with_suffix(".keras")  # Keras writes under no other name
            try:
                self.twin.save(whole)
                whole.replace(temporary)
            finally:
                whole.unlink(missing_ok=True)

    def catch_up(self) -> None:
        """Keep what a kill between checkpoint and this callback left out."""
        progress = self.loop.progress
        done = progress.epoch
        if done and not progress.step and not epoch_file(self.folder, done).is_file():
            self.keep(done)

    def __call__(self, event: Event) -> None:
        """Keep the network of a finished epoch; pass everything on."""
        if isinstance(event, EpochDone):
            self.keep(event.epoch + 1)
        self.callback(event)
