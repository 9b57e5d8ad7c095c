"""Who is connected, what each owes the server and since when, and who makes room for one more."""

import enum
from collections.abc import Iterator
from typing import Protocol

from kanjian.serve.limits import Limits

_FAREWELL_S = 5


class Phase(enum.Enum):
    """What a connection owes; in this order they make room."""

    HEAD = enum.auto()  # the head of a request
    REPLY = enum.auto()  # to read its reply, which does not fit on the way
    REQUEST = enum.auto()  # nothing or a body, for which admission control has a clock
    LEAVING = enum.auto()  # to go: it was told why, and what it still sends is thrown away


class Connection(Protocol):
    """What the list needs of a connection."""

    phase: Phase

    @property
    def unfinished(self) -> bool:
        """Whether part of its request is missing."""
        ...

    @property
    def token_shown(self) -> bool:
        """Whether its last request had the token."""
        ...

    def give_up(self) -> None:
        """End it: it took too long."""
        ...

    def make_room(self) -> None:
        """End it: another one needs its place."""
        ...

    def drop(self) -> None:
        """End it without a word."""
        ...


class Connections:
    """All connections of a server, in each phase the one that is in it longest first.

    A phase lasts as long as the limits say, whatever number of requests came before on the
    same connection, and however many bytes trickle in.

    Args:
        limits: How many connections, and how long each phase.
    """

    def __init__(self, limits: Limits) -> None:
        seconds = limits.seconds
        self._most = limits.connections
        self._since: dict[Phase, dict[Connection, float]] = {phase: {} for phase in Phase}
        self._lasts_s = dict.fromkeys(Phase, seconds)
        self._lasts_s[Phase.REQUEST] = 2 * seconds + 1  # a body, an answer, and their clocks
        self._lasts_s[Phase.LEAVING] = min(seconds, _FAREWELL_S)

    def add(self, connection: Connection, now: float) -> None:
        """One more; of those that are there, who has kept it waiting longest makes room.

        While all that are there have whole requests, which take a moment, some more are let in.
        """
        self._since[connection.phase][connection] = now
        leaving = self._since[Phase.LEAVING]
        while (over := self._inside() - self._most) > 0:
            if (giving := self._in_the_way(connection)) is None:
                if over > self._most // 2:
                    connection.make_room()
                break
            giving.make_room()
        while len(leaving) > self._most // 4 + 1:
            next(iter(leaving)).drop()

    def move(self, connection: Connection, phase: Phase, now: float) -> None:
        """A connection enters a phase, maybe the same again."""
        self._since[connection.phase].pop(connection, None)
        connection.phase = phase
        self._since[phase][connection] = now

    def remove(self, connection: Connection) -> None:
        """A connection is gone."""
        self._since[connection.phase].pop(connection, None)

    def end_overdue(self, now: float) -> None:
        """End every connection that is in its phase for too long."""
        for phase, since in self._since.items():
            begun_before = now - self._lasts_s[phase]
            overdue = []
            for connection, begun in since.items():
                if begun > begun_before:
                    break
                overdue.append(connection)
            for connection in overdue:
                connection.give_up()

    def _inside(self) -> int:
        return sum(len(since) for phase, since in self._since.items() if phase != Phase.LEAVING)

    def _in_the_way(self, newest: Connection) -> Connection | None:
        """Who gives way: whoever has shown the token only after everybody who has not."""
        first = None
        for connection in self._owing():
            if connection is newest:
                continue
            if not connection.token_shown:
                return connection
            first = first or connection
        return first

    def _owing(self) -> Iterator[Connection]:
        yield from self._since[Phase.HEAD]
        yield from self._since[Phase.REPLY]
        yield from (one for one in self._since[Phase.REQUEST] if one.unfinished)
