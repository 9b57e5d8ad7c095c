"""A listener that keeps a network for every epoch."""

from pathlib import Path
from typing import Any

from kanjian.denoise.run import epoch_file
from kanjian.models.denoisers import build_denoiser
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.storage import files
from kanjian.training.epoch_loop import Loop
from kanjian.training.events import Listener, PhaseStart, Silence


def build_network(recipe: DenoiseRecipe, channels: int, policy: str) -> Any:
    """The network of a recipe; `policy` is its precision."""
    return build_denoiser(
        recipe.network.name,
        channels=channels,
        told=recipe.noise.told,
        seed=recipe.learning.seed,
        policy=policy,
        **recipe.network.options,
    )


class Keeper(Silence):
    """A listener that keeps a network for every epoch, and passes everything on."""

    def __init__(self, folder: Path, listener: Listener) -> None:
        self.folder, self.listener = folder, listener

    def ready(self, recipe: DenoiseRecipe, loop: Loop) -> None:
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
        """Keep what a kill between checkpoint and this listener left out."""
        progress = self.loop.progress
        done = progress.epoch
        if done and not progress.step and not epoch_file(self.folder, done).is_file():
            self.keep(done)

    def finished_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """Keep the network, then pass on."""
        self.keep(epoch + 1)
        self.listener.finished_epoch(epoch, row)

    def entered(self, phase: PhaseStart) -> None:
        """Pass on."""
        self.listener.entered(phase)

    def estimated(self, estimate: Any) -> None:
        """Pass on."""
        self.listener.estimated(estimate)

    def stepped(self, epoch: int, step: int, logs: dict[str, float]) -> None:
        """Pass on."""
        self.listener.stepped(epoch, step, logs)

    def said(self, sentence: str) -> None:
        """Pass on."""
        self.listener.said(sentence)
