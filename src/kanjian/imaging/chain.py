"""Operations one after the other: `gray | blur sigma=2 | threshold otsu | contours`."""

import inspect
import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from kanjian.checks import unknown_name
from kanjian.errors import ImageError
from kanjian.images.pictures import takes_picture
from kanjian.imaging.operations import Drawn, Operation, function_of, operation_named
from kanjian.imaging.options import Option, ReadImage, options_of, value_of


@dataclass(frozen=True)
class Step:
    """One operation of a chain with its options.

    Args:
        operation: Which.
        options: Values by the parameters of its function; what is left out has its default.
        words: As the user wrote it.
    """

    operation: Operation
    options: Mapping[str, Any]
    words: str


def no_files(name: str) -> np.ndarray:
    """Refuses picture files as values of options, where no reader is given.

    Raises:
        ImageError: Always.

    Example:
        >>> no_files("other.png")
        Traceback (most recent call last):
        kanjian.errors.ImageError: picture files cannot be read here, got 'other.png'.
    """
    raise ImageError(f"picture files cannot be read here, got {name!r}.")


def parse(text: str, *, read: ReadImage = no_files) -> tuple[Step, ...]:
    """The steps that a line of text means.

    Steps are parted by "|". After the operation's name come its options, as name=value; the
    first option may stand without its name, and one that is on or off as its bare name. A
    value with spaces stands in quotes.

    Args:
        text: As in "gray | blur sigma=2 | threshold otsu | contours".
        read: Reads the picture files that are values of options.

    Raises:
        ImageError: If a name or a value is not known, or a step is empty.

    Example:
        >>> [(step.operation.name, step.options) for step in parse("gray | blur sigma=2")]
        [('gray', {}), ('blur', {'sigma': 2.0})]
        >>> parse("blur sigm=2")
        Traceback (most recent call last):
        kanjian.errors.ImageError: unknown option 'sigm' in blur. Did you mean 'sigma'?
    """
    return tuple(step_of(words, read=read) for words in words_of(text))


def words_of(text: str) -> list[list[str]]:
    """The words of each step; "|" inside quotes parts nothing.

    Raises:
        ImageError: If a quote is not closed.

    Example:
        >>> words_of("gray | blur sigma=2")
        [['gray'], ['blur', 'sigma=2']]
    """
    lexer = shlex.shlex(text, posix=True, punctuation_chars="|")
    lexer.whitespace_split, lexer.commenters = True, ""
    lexer.escape = ""  # paths of Windows have backslashes
    try:
        words = list(lexer)
    except ValueError as error:
        raise ImageError(f"cannot read the chain {text!r}: {error}.") from error
    steps: list[list[str]] = [[]]
    for word in words:
        if set(word) == {"|"}:
            steps += [[] for _ in word]
        else:
            steps[-1].append(word)
    return steps


def step_of(words: Sequence[str], *, read: ReadImage = no_files) -> Step:
    """One step from its words: the operation's name and its options, as in `parse`.

    Raises:
        ImageError: As in `parse`.

    Example:
        >>> step_of(["rotate", "30", "canvas=grow"]).options
        {'angle': 30.0, 'canvas': 'grow'}
    """
    if not words:
        raise ImageError("a step of the chain is empty. Write operations separated by |.")
    name, *rest = words
    operation = operation_named(name)
    known = options_of(operation)
    values: dict[str, Any] = {}
    for place, word in enumerate(rest):
        option, text = _option_of(operation.name, known, word, first=place == 0)
        if option.parameter in values:
            raise ImageError(f"{operation.name} {option.name} was given twice.")
        where = f"{operation.name} {option.name}"
        values[option.parameter] = value_of(option, text, where=where, read=read)
    missing = [each for each in known if each.is_required and each.parameter not in values]
    if missing:
        needed = ", ".join(f"{each.name}={each.wanted}" for each in missing)
        raise ImageError(f"{operation.name} needs {needed}.")
    return Step(operation, values, shlex.join(words))


def is_first_value(name: str, word: str) -> bool:
    """Whether a word is a number, a size or a choice that the first option of an operation takes.

    Example:
        >>> is_first_value("rotate", "30"), is_first_value("rotate", "photo.jpg")
        (True, False)
    """
    first = options_of(operation_named(name))[:1]
    if not first or str in first[0].kinds or np.ndarray in first[0].kinds:
        return False
    try:
        value_of(first[0], word, where=name, read=no_files)
    except ImageError:
        return False
    return True


@takes_picture
def run(image: np.ndarray, steps: Sequence[Step]) -> list[Drawn]:
    """Do all steps, each on the picture of the one before.

    A step that draws over a picture draws on the first one, as long as the size is the same:
    the outlines of a thresholded photo are seen on the photo.

    Args:
        image: Gray or RGB, uint8; never modified.
        steps: From `parse`.

    Returns:
        The result of every step; the last one's picture is that of the chain.

    Raises:
        ImageError: If a step cannot take its picture; the message names the step.

    Example:
        >>> image = np.array([[10, 20], [200, 210]], np.uint8)
        >>> [each.picture.tolist() for each in run(image, parse("threshold otsu | flip"))]
        [[[0, 0], [255, 255]], [[0, 0], [255, 255]]]
    """
    results: list[Drawn] = []
    current = image
    for number, step in enumerate(steps, start=1):
        work = function_of(step.operation)
        draws = "on" in inspect.signature(work).parameters
        ours = {"on": image} if draws else {}
        try:
            result = work(current, **step.options, **ours)
        except ImageError as error:
            where = step.operation.name if len(steps) == 1 else f"step {number}, {step.words}"
            raise ImageError(f"{where}: {error}") from error
        results.append(result if isinstance(result, Drawn) else Drawn(result))
        current = results[-1].picture
    return results


def _option_of(
    operation: str, known: Sequence[Option], word: str, *, first: bool
) -> tuple[Option, str]:
    """Which option a word sets, and to what."""
    name, equals, text = word.partition("=")
    by_name = {option.name: option for option in known}
    found = by_name.get(name.replace("_", "-"))
    if found is not None and (equals or found.is_flag):
        return found, text if equals else "yes"
    if equals and name.isidentifier():
        raise _unknown(operation, by_name, name)
    if first and known:
        return known[0], word
    raise _unknown(operation, by_name, word)


def _unknown(operation: str, by_name: Mapping[str, Option], name: str) -> ImageError:
    if not by_name:
        return ImageError(f"{operation} has no options, got {name!r}.")
    return ImageError(unknown_name("option", name, by_name, where=operation))
