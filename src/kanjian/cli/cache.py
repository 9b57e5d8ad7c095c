"""`cache`: what kanjian keeps so as not to compute it again."""

import time
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from kanjian.cli import options
from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import say, say_json, span, table, told
from kanjian.i18n import _, gettext_noop
from kanjian.spoken import heading, spoken

if TYPE_CHECKING:
    from kanjian.storage.cache import Entry as Kept

COMMANDS = {
    "list": Entry("kanjian.cli.cache:list_entries", "Say what is kept, and how much room it has."),
    "clear": Entry("kanjian.cli.cache:clear", "Remove what is kept; it is computed anew."),
}
_DAY_S = 24 * 3600
# Kinds of what is kept, and what is known of each
_KINDS = (gettext_noop("features"), gettext_noop("fitted"), gettext_noop("networks"),
          gettext_noop("damaged"))  # fmt: skip
_KEYS = {
    "backbone": gettext_noop("backbone"),
    "data": gettext_noop("data"),
    "engine": gettext_noop("engine"),
    "layer": gettext_noop("layer"),
    "layers": gettext_noop("layers"),
    "network": gettext_noop("network"),
    "pictures": gettext_noop("pictures"),
    "precision": gettext_noop("numbers in"),
}


def _group(context: typer.Context, json: options.Json = False) -> None:
    """List and clear what is kept so as not to be computed again.

    Features of frozen layers, resized pictures, converted networks. What was not used for the
    longest time goes when room is needed; $KANJIAN_CACHE_GB sets how much there is. Without a
    command: the list.
    """
    if context.invoked_subcommand is None:
        list_entries(json=json)


app = lazy_group(COMMANDS, help=_group.__doc__ or "", callback=_group, completion=False)


def list_entries(json: options.Json = False) -> None:
    """Say what is kept, and how much room it has.

    The last used comes first.
    """
    from kanjian.storage.cache import GB, Cache

    cache = Cache()
    entries = cache.entries()
    held = sum(entry.size_bytes for entry in entries)
    if json:
        say_json({
            "folder": cache.folder, "limit_bytes": cache.limit_bytes, "size_bytes": held,
            "entries": [_record(entry) for entry in entries],
        })  # fmt: skip
        return
    if entries:
        rows = [
            (heading(entry.kind), _size(entry.size_bytes),
             spoken(f"{span(time.time() - entry.used)} ago"), told(_what(entry.about)))
            for entry in entries
        ]  # fmt: skip
        say(table(("kind", "size", "used", "what"), rows) + "\n")
    say(f"{_size(held)} of {cache.limit_bytes / GB:.1f} GB in {cache.folder}")


def clear(
    kind: Annotated[
        Literal["features", "fitted", "networks", "damaged"] | None,
        typer.Option("--kind", help="Only these."),
    ] = None,
    older_than: Annotated[
        float,
        typer.Option("--older-than", min=0, help="Only what was not used for so many days.",
                     metavar="DAYS"),
    ] = 0,
    json: options.Json = False,
) -> None:  # fmt: skip
    """Remove what is kept; it is computed anew.

    What another process has open stays.
    """
    from kanjian.storage.cache import Cache

    gone, in_use = Cache().clear(kind=kind, older_than_s=older_than * _DAY_S)
    if json:
        say_json({"removed": gone, "in_use": in_use})
        return
    say(f"{gone} removed" + (f", {in_use} in use and left" if in_use else ""))


def _record(entry: "Kept") -> dict[str, Any]:
    return {
        "kind": entry.kind,
        "key": entry.key,
        "size_bytes": entry.size_bytes,
        "used": entry.used,
        "about": dict(entry.about),
    }


def _what(about: Any) -> str:
    shown = (
        f"{_(_KEYS[key]) if key in _KEYS else key} {value}"
        for key, value in about.items()
        if isinstance(value, str | int)
    )
    return ", ".join(shown)


def _size(size_bytes: int) -> str:
    return f"{size_bytes / 1e6:.1f} MB" if size_bytes < 1e9 else f"{size_bytes / 1e9:.1f} GB"
