"""The pages of docs/ that are made from the code, one module each."""

MADE = "<!-- Made by tools/docs.py from the code; change it there and run 'make docs'. -->"


def page(title: str, *parts: str) -> str:
    """A page with its title; blank lines between the parts."""
    return "\n\n".join([MADE, f"# {title}", *parts]) + "\n"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    """A Markdown table; what would end a cell is escaped."""
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in line) + " |"
        for line in lines
    )


def code(text: object) -> str:
    """Text as code; nothing for nothing."""
    return f"`{text}`" if str(text) else ""
