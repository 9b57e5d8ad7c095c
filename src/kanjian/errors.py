"""The errors a user can meet; anything else that escapes is a bug of ours.

Every message is one line: what was expected, what came, what to do.
"""

import re


class KanjianError(Exception):
    """Something the user can mend. The command line prints it as one line and exits with 2.

    A message often ends in what a library said; where that has a full stop of its own, there
    are not two.

    Example:
        >>> issubclass(ImageError, KanjianError)
        True
        >>> print(ImageError("a.png: bad header.. Use another."))
        a.png: bad header. Use another.
    """

    def __str__(self) -> str:
        return re.sub(r"(?<=[\w)\]'\"!?])\.\.(?=\s|$)", ".", super().__str__())


class ImageError(KanjianError):
    """A picture cannot be read, or an array is not a picture."""


class VideoError(KanjianError):
    """A video cannot be read or written."""


class DatasetError(KanjianError):
    """Labeled pictures cannot be found, read or split as asked."""


class DownloadError(KanjianError):
    """A file cannot be fetched from anywhere."""


class WeightsError(KanjianError):
    """A file of weights is missing, damaged, or does not fit the network."""


class RecipeError(KanjianError):
    """A recipe asks for something that does not exist or does not fit together."""


class TrainingError(KanjianError):
    """A training run cannot start, go on or be resumed."""


class EvaluationError(KanjianError):
    """Predictions cannot be evaluated, compared or given a threshold as asked."""


class RecognizerError(KanjianError):
    """A saved recognizer is missing, damaged or does not fit the question."""


class DenoiserError(KanjianError):
    """A saved denoiser is missing, damaged or does not fit the picture."""


class ExportError(KanjianError):
    """A recognizer cannot leave in the form asked for."""


class NetworkError(KanjianError):
    """A network of others cannot be read, or is refused."""


class FaceError(KanjianError):
    """A face network, a gallery or a name of a person is missing, damaged or makes no sense."""


class OutputError(KanjianError):
    """What a command found cannot be written to its output."""


class MissingExtraError(KanjianError):
    """An optional package is not installed."""


class StorageError(KanjianError):
    """The place, not the content: a full disk, missing rights, too little memory, a lock held.

    Never taken for a failure of what was being written: whoever goes on after a `KanjianError`
    of one picture or one network lets this one through.
    """
