"""Names of the classes a network tells apart, where the network itself does not know them."""

from pathlib import Path

from kanjian.errors import KanjianError
from kanjian.guard.text import read_text
from kanjian.paths import AnyPath

# One name per line in the order of the outputs; looked for where the weights lie
IMAGENET_NAMES = "imagenet_classes.txt"


def class_names(path: AnyPath) -> tuple[str, ...]:
    r"""Names from a text file, one class per line.

    Raises:
        KanjianError: If it cannot be read.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "classes.txt"
        >>> _ = path.write_text("cat\ndog\n")
        >>> class_names(path)
        ('cat', 'dog')
    """
    path = Path(path)
    try:
        lines = read_text(path, error=KanjianError).splitlines()
    except OSError as error:
        raise KanjianError(f"cannot read the class names in {path}: {error}") from error
    return tuple(line.strip() for line in lines if line.strip())


def imagenet_names() -> tuple[str, ...] | None:
    """The 1000 names, where `imagenet_classes.txt` lies beside the weights; else None."""
    from kanjian.weights.record import models_folder

    path = models_folder() / IMAGENET_NAMES
    return class_names(path) if path.is_file() else None
