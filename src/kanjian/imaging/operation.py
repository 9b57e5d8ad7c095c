"""One operation of the table: what it is called and where it is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Operation:
    """An operation by its name; its options, their types and defaults are its signature's.

    Args:
        name: As a user writes it.
        function: "module:function".
        about: One line.
        group: Under which it is listed.

    Example:
        >>> Operation("thin", "kanjian.imaging.thinning:thin", "lines of one pixel", "shapes").name
        'thin'
    """

    name: str
    function: str
    about: str
    group: str
