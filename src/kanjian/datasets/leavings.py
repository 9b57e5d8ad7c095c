"""What lies among pictures and is none of them: what systems keep there, and what we wrote."""

from collections.abc import Collection

# In small letters. Left behind by Windows, macOS, Linux, Synology, QNAP, Dropbox, Jupyter, Python
_SYSTEM = frozenset(
    {
        "__macosx", "thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini", "icon\r",
        "$recycle.bin", "recycler", "recycled", "system volume information", "lost+found",
        "@eadir", "#recycle", "#snapshot", "@recycle", "@recently-snapshot", "@tmp", "@sharebin",
        "network trash folder", "temporary items", "__pycache__", "node_modules",
    }
)  # fmt: skip
# Of the files of one line, all are in a folder that we wrote, whatever it is called
_OURS = (
    {"recipe.toml", "report.json"},
    {"recipe.toml", "log.txt"},
    {"recipe.toml", "environment.json"},
    {"recipe.toml", "checkpoint"},
    {"recipe.toml", "recognizer"},
    {"recipe.toml", "study.json"},
    {"report.json", "report.html"},
    {"learning-rate.json", "learning-rate.png"},
    {"recognizer.toml"},
    {"denoiser.toml"},
    {"export.json", "card.md"},
    {"check.html"},
)


def is_hidden(name: str) -> bool:
    """Whether a file or folder is hidden, or one that a system keeps for itself.

    Example:
        >>> [is_hidden(name) for name in ("@eaDir", ".Trash-1000", "cat.png~", "cat.png")]
        [True, True, True, False]
    """
    return name[:1] == "." or name[-1:] == "~" or name.casefold() in _SYSTEM


def is_ours(names: Collection[str]) -> bool:
    """Whether a folder that holds these names is a run, a recognizer, a report or an export.

    Its pictures are charts and contact sheets, never training pictures.

    Example:
        >>> is_ours({"recipe.toml", "report.json", "curves.png"}), is_ours({"recipe.toml", "1.png"})
        (True, False)
    """
    return any(marks <= set(names) for marks in _OURS)
