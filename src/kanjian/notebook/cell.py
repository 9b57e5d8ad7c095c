"""A place in the output of a cell that can be drawn again; needs no package of its own."""

import sys
import uuid
from typing import Any


def notebook_shell() -> Any:
    """The shell of the notebook this runs in; None elsewhere, as in a script or a terminal.

    Example:
        >>> notebook_shell() is None
        True
    """
    # who runs in a notebook has IPython loaded already
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell if hasattr(shell, "kernel") else None


class Cell:
    """One output, drawn anew in place: HTML where a front end shows it, else text.

    Every Jupyter front end can do this, and a saved notebook keeps the last state; a widget
    would need a package on both sides and be empty when the file is opened again.
    """

    def __init__(self, shell: Any) -> None:
        self._publish = shell.display_pub.publish
        self._id, self._shown = uuid.uuid4().hex, False

    def draw(self, html: str, text: str) -> None:
        """Show this in place of what was there."""
        self._publish(
            {"text/html": html, "text/plain": text},
            transient={"display_id": self._id},
            update=self._shown,
        )
        self._shown = True
