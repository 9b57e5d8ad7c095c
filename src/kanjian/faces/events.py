"""Who was there from when to when, as lines a program can read."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from kanjian.faces.tracks import Track

# A face seen in fewer frames than this was likely none
_FEWEST = 3


@dataclass(frozen=True)
class Event:
    """A face that came and went.

    Args:
        who: A name, or "unknown".
        from_s: When it was first seen, in seconds from the beginning.
        to_s: When it was last seen.
        track: Its number.
        similarity: To the person it is most like.
        nearest: That person; None where nobody is enrolled.
    """

    who: str
    from_s: float
    to_s: float
    track: int
    similarity: float
    nearest: str | None

    def record(self) -> dict[str, object]:
        """As JSON holds it.

        Example:
            >>> Event("Ann", 1.0, 2.5, 3, 0.8123, "Ann").record()["to"]
            2.5
        """
        return {
            "who": self.who,
            "from": round(self.from_s, 3),
            "to": round(self.to_s, 3),
            "track": self.track,
            "similarity": round(self.similarity, 4),
            "nearest": self.nearest,
        }


def event_of(track: Track) -> Event | None:
    """The event of a track that ended; None if it was too short to be a face."""
    if track.frames < _FEWEST:
        return None
    match = track.match
    return Event(
        match.name, track.from_s, track.to_s, track.number, match.similarity, match.nearest
    )


Kind = Literal["arrived", "named", "left"]


@dataclass(frozen=True)
class Notice:
    """Somebody came, turned out to be somebody else than was told, or went.

    Args:
        kind: Which of these.
        event: Who, since when, and till when as far as known.
    """

    kind: Kind
    event: Event

    def record(self) -> dict[str, object]:
        """As JSON holds it; nobody has left before they do.

        Example:
            >>> Notice("arrived", Event("Ann", 1.0, 2.5, 3, 0.8123, "Ann")).record()["to"] is None
            True
        """
        there = {} if self.kind == "left" else {"to": None}
        return {"event": self.kind, **self.event.record(), **there}


class Attendance:
    """Who was told to be there: for each track an arrival, then other names, then that it left."""

    def __init__(self) -> None:
        self._told: dict[int, str] = {}

    def seen(self, live: Iterable[Track]) -> Iterator[Notice]:
        """What is new of the tracks that are followed now."""
        for track in live:
            event = event_of(track)
            if event is not None and self._told.get(track.number) != event.who:
                yield self._noticed(event)

    def left(self, event: Event) -> Iterator[Notice]:
        """What is to be told of a track that ended."""
        if self._told.get(event.track) != event.who:
            yield self._noticed(event)
        del self._told[event.track]
        yield Notice("left", event)

    def _noticed(self, event: Event) -> Notice:
        kind: Kind = "named" if event.track in self._told else "arrived"
        self._told[event.track] = event.who
        return Notice(kind, event)
