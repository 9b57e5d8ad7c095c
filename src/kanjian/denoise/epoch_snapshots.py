"""A listener that keeps a network for every epoch."""

from pathlib import Path
from typing import Any

from kanjian.denoise.run import epoch_file
from kanjian.models.denoisers import build_denoiser
from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.storage import files
from kanjian.training.epoch_loop import EpochLoop
from kanjian.training.events import PhaseStart, SilentCallback, TrainingCallback


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


class EpochSnapshots(SilentCallback):
    """A listener that keeps a network for every epoch, and passes everything on."""

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
        """Keep what a kill between checkpoint and this listener left out."""
        progress = self.loop.progress
        done = progress.epoch
        if done and not progress.step and not epoch_file(self.folder, done).is_file():
            self.keep(done)

    def on_epoch_end(self, epoch: int, row: dict[str, float]) -> None:
        """Keep the network, then pass on."""
        self.keep(epoch + 1)
        self.callback.on_epoch_end(epoch, row)

    def on_phase(self, phase: PhaseStart) -> None:
        """Pass on."""
        self.callback.on_phase(phase)

    def on_estimate(self, estimate: Any) -> None:
        """Pass on."""
        self.callback.on_estimate(estimate)

    def on_step(self, epoch: int, step: int, logs: dict[str, float]) -> None:
        """Pass on."""
        self.callback.on_step(epoch, step, logs)

    def on_message(self, sentence: str) -> None:
        """Pass on."""
        self.callback.on_message(sentence)
