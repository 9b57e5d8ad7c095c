"""Who was there from when to when, as lines a program can read."""

from dataclasses import dataclass

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
