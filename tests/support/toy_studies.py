"""Small trainings that the tests of the studies share."""

from kanjian import backend
from kanjian.recipes.recipe import Recipe
from kanjian.training.events import Message, StepDone

LINEAR = (
    {"type": "Flatten"},
    {"type": "Dense", "units": "classes", "activation": "softmax"},
)


def toy_recipe(**sections):
    """A linear network on 240 of scikit-learn's digits, two epochs, well under a second."""
    training = {"epochs": 2, "batch_size": 32, "seed": 1, "precision": "float32"}
    return Recipe(
        name="toy",
        data={"source": "digits", "validation": 0.25, "limit": 240} | sections.pop("data", {}),
        model={"layers": LINEAR},
        optimizer={"name": "adam", "learning_rate": 0.05} | sections.pop("optimizer", {}),
        training=training | sections.pop("training", {}),
        **sections,
    )


class Heard:
    """Remembers every sentence."""

    def __init__(self):
        self.sentences = []

    def __call__(self, event):
        if isinstance(event, Message):
            self.sentences.append(event.sentence)


class StopAt(Heard):
    """Presses Ctrl-C in the training of this number, from 1, through the terminal's signal."""

    def __init__(self, training, *, starts="Fold"):
        super().__init__()
        self.training, self.starts, self.pressed = training, starts, False

    def __call__(self, event):
        import signal

        super().__call__(event)
        begun = sum(sentence.startswith(self.starts) for sentence in self.sentences)
        stepped = isinstance(event, StepDone)
        if stepped and begun == self.training and not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)


def weights_of(run):
    load = backend.load_keras().saving.load_model
    return load(run.recognizer_folder / "model.keras", compile=False).get_weights()


class StopIn:
    """Presses Ctrl-C once, in this epoch, through the signal a terminal sends."""

    def __init__(self, epoch):
        self.epoch, self.pressed = epoch, False

    def __call__(self, event):
        import signal

        if isinstance(event, StepDone) and event.epoch == self.epoch and not self.pressed:
            self.pressed = True
            signal.raise_signal(signal.SIGINT)
