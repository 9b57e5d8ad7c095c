"""What a training run looks like while it runs: a live bar, plain lines, or nothing.

All of it goes to stderr; stdout belongs to the result.
"""

import sys
import time
from typing import TYPE_CHECKING

from kanjian.checks import plural
from kanjian.cli.errors import tell
from kanjian.cli.output import percent, span, thousands, wrapped
from kanjian.cli.program import typed
from kanjian.i18n import gettext_noop
from kanjian.names import printable
from kanjian.spoken import heading, spoken
from kanjian.training.events import (
    EpochDone,
    Estimate,
    Event,
    FeaturesPassed,
    Message,
    PhaseStart,
    Plan,
    StepDone,
    TrainingCallback,
    silent,
)

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

VALIDATION_LOSS = gettext_noop("val loss {loss}")
_ENGINES = {"tensorflow": "TensorFlow", "jax": "JAX", "torch": "PyTorch"}


def choose_callback(*, quiet: bool) -> TrainingCallback:
    """A bar where stderr is a terminal, lines where it is a file or a pipe."""
    if quiet:
        return silent
    return Bar() if sys.stderr.isatty() else Lines()


def plan_lines(plan: Plan) -> list[str]:
    r"""What is about to happen, for a person.

    Example:
        >>> from kanjian.recipes.recipe import Recipe
        >>> recipe = Recipe(name="mine", model={"name": "lenet"}, about="a try")
        >>> plan = Plan(recipe, 80, 20, 0, ("cat", "dog"), (28, 28, 1), 1256080,
        ...             "tensorflow", "float32", 1, ("found 2 classes",))
        >>> print(*plan_lines(plan), sep="\n")
        mine: a try
          found 2 classes
          2 classes; pictures: 80 training, 20 validation
          28×28 gray, lenet, 1 256 080 parameters, TensorFlow, float32
    """
    recipe, (height, width, channels) = plan.recipe, plan.shape_hwc
    parts = [f"{thousands(plan.train)} training"]
    parts += [f"{thousands(plan.validation)} validation"] if plan.validation else []
    parts += [f"{thousands(plan.test)} test"] if plan.test else []
    network = recipe.model.name or recipe.model.function or recipe.model.file
    if recipe.backbone is not None:
        network = f"a head on {recipe.backbone.name}"
    elif network is None:
        network = plural(len(recipe.model.layers or ()), "layer")
    facts = [
        f"{height}×{width} {'gray' if channels == 1 else 'color'}",
        network,
        f"{thousands(plan.parameters)} parameters",
        _ENGINES.get(plan.backend, plan.backend),
        plan.precision,
    ]
    title = f"{recipe.name}: {recipe.about}" if recipe.about else recipe.name
    body = [
        *plan.notes,
        f"{len(plan.classes)} classes; pictures: {', '.join(parts)}",
        ", ".join(facts),
    ]
    return [*wrapped(spoken(title), 80), *(line for note in body for line in _indented(note))]


def _indented(note: str) -> list[str]:
    first, *more = wrapped(spoken(note), 74)
    return [f"  {first}", *(f"    {line}" for line in more)]


def estimate_line(estimate: Estimate) -> str:
    """What the probe expects, for a person.

    Example:
        >>> estimate_line(Estimate(0.5, 5700.4, 900.0))
        '  expected: 30 s of training, 5 700 images/s, 0.9 GB of memory'
    """
    line = (
        f"  expected: {span(60 * estimate.minutes)} of training, "
        f"{thousands(estimate.images_per_second)} images/s"
    )
    if estimate.peak_memory_mb is None:
        return line
    return f"{line}, {estimate.peak_memory_mb / 1000:.1f} GB of memory"


def epoch_line(epoch: int, epochs: int, row: dict[str, float]) -> str:
    """One finished epoch, at most 80 columns.

    Args:
        epoch: From 0.
        epochs: How many there will be at most.
        row: Its line of the history.

    Example:
        >>> epoch_line(2, 12, {"loss": 0.1234, "accuracy": 0.971, "val_loss": 0.07,
        ...                    "val_accuracy": 0.98, "images_per_second": 5700.0})
        'epoch  3/12  loss 0.123  acc 97.1 %  val loss 0.070  val acc 98.0 %  5 700 img/s'
    """
    parts = [f"epoch {epoch + 1:>{len(str(epochs))}}/{epochs}"]
    for key, name in (("", ""), ("val_", "val ")):
        if f"{key}psnr" in row:
            parts.append(f"{name}{row[f'{key}psnr']:.2f} dB")
        elif f"{key}loss" in row:
            parts.append(f"{name}loss {loss_text(row[f'{key}loss'])}")
        if f"{key}accuracy" in row:
            parts.append(f"{name}acc {percent(row[f'{key}accuracy'])}")
    parts.append(f"{thousands(row.get('images_per_second', 0))} img/s")
    return "  ".join(parts)


def loss_text(loss: float) -> str:
    """A loss as it stands in a line; one that ran away does not push the rest off it.

    Example:
        >>> loss_text(0.1234), loss_text(57184915456.0)
        ('0.123', '5.7e+10')
    """
    return f"{loss:.3f}" if abs(loss) < 10_000 else f"{loss:.2g}"


def phase_line(phase: PhaseStart) -> str:
    """A phase that begins, for a person.

    Example:
        >>> phase_line(PhaseStart("head", 1, 2, 0, 10, 20, 32, 2562))
        'phase 1 of 2, head: 10 epochs, 2 562 numbers learn'
    """
    learns = (
        f"{plural(phase.epochs, 'epoch')}, "
        f"{plural(phase.parameters, 'number learns', 'numbers learn')}"
    )
    if phase.phases == 1:
        return f"{phase.name}: {learns}"
    return f"phase {phase.number} of {phase.phases}, {heading(phase.name)}: {learns}"


class Lines:
    """A callback that writes one line for every epoch."""

    def __init__(self) -> None:
        self._epochs = 0

    def _say(self, line: str) -> None:
        tell(spoken(line))

    def __call__(self, event: Event) -> None:
        """Say it; figures of features stand in the report, and nobody reads a file of steps."""
        match event:
            case Plan():
                self._epochs = event.recipe.training.epochs
                for line in plan_lines(event):
                    self._say(line)
            case PhaseStart():
                self._epochs = event.epochs
                self._say(phase_line(event))
            case Estimate():
                self._say(estimate_line(event))
            case EpochDone(epoch, row):
                self._say(epoch_line(epoch, self._epochs, row))
            case Message(sentence):
                self._say(typed(sentence))


class Bar(Lines):
    """A callback that draws a live bar below the lines of the finished epochs."""

    def __init__(self) -> None:
        super().__init__()
        self._bar: Progress | None = None
        self._passing: Progress | None = None
        self._task: TaskID | None = None
        self._steps_per_epoch = self._batch_size = 0
        self._first, self._started, self._validation = 0, 0.0, ""

    def _say(self, line: str) -> None:
        if self._bar is None:
            super()._say(line)
        else:
            self._bar.console.print(printable(spoken(line)), markup=False, highlight=False)

    def __call__(self, event: Event) -> None:
        """Say it above the bar, or move the bar."""
        if isinstance(event, PhaseStart):
            self.close()
        super().__call__(event)
        match event:
            case Plan():
                # the bar itself comes with the first step
                self._steps_per_epoch = event.steps_per_epoch
                self._batch_size = event.recipe.training.batch_size
            case PhaseStart():
                self._steps_per_epoch, self._batch_size = event.steps_per_epoch, event.batch_size
            case FeaturesPassed(done, total):
                self._pass(done, total)
            case StepDone(epoch, step, logs):
                self._move(epoch, step, logs)
            case EpochDone(epoch, row):
                self._end_epoch(epoch, row)

    def _pass(self, done: int, total: int) -> None:
        """A bar of its own for features of many pictures."""
        if self._passing is None:
            self.close()
            self._open(total, 0)
            self._passing = self._bar
        assert self._bar is not None
        assert self._task is not None
        spent = max(time.perf_counter() - self._started, 1e-9)
        self._bar.update(
            self._task,
            completed=done,
            description=heading("features"),
            speed=spoken(f"{thousands(done / spent)} img/s"),
            left=spoken(f"{span(spent / max(done, 1) * (total - done))} left"),
            logs="",
        )
        if done == total:
            self.close()

    def _move(self, epoch: int, step: int, logs: dict[str, float]) -> None:
        per_epoch, epochs = self._steps_per_epoch, self._epochs
        done, total = epoch * per_epoch + step, epochs * per_epoch
        if self._bar is None or self._passing is not None:
            self.close()
            self._open(total, done)
        assert self._bar is not None
        assert self._task is not None
        fresh, spent = done - self._first, max(time.perf_counter() - self._started, 1e-9)
        left = span(spent / fresh * (total - done)) if fresh else "…"
        speed = fresh * self._batch_size / spent
        text = f"loss {loss_text(float(logs.get('loss', 0)))}"
        if "psnr" in logs:
            text = f"{float(logs['psnr']):.2f} dB"
        if "accuracy" in logs:
            text += f"  acc {percent(float(logs['accuracy']))}"
        self._bar.update(
            self._task,
            completed=done,
            description=spoken(f"epoch {min(epoch + 1, epochs)}/{epochs}"),
            speed=spoken(f"{thousands(speed)} img/s") if fresh else "",
            left=spoken(f"{left} left"),
            logs=spoken(text + self._validation),
        )

    def _end_epoch(self, epoch: int, row: dict[str, float]) -> None:
        """The bar goes with the last epoch."""
        if "val_accuracy" in row:
            self._validation = f"  val acc {percent(row['val_accuracy'])}"
        if epoch + 1 == self._epochs:
            self.close()

    def _open(self, total: int, done: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn

        self._first, self._started = done, time.perf_counter()
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[speed]}"),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[logs]}"),
            console=Console(stderr=True),
            expand=True,
            transient=True,
            redirect_stdout=False,
        )
        self._bar.start()
        self._task = self._bar.add_task("", total=total, speed="", left="", logs="")

    def close(self) -> None:
        """Take the bar away and give the terminal back as it was."""
        if self._bar is not None:
            self._bar.stop()
            self._bar = self._passing = None
