"""Who makes room for one more, and whose time is over."""

import pytest

from kanjian.serve.connections import Connections, Phase
from kanjian.serve.limits import Limits

LIMITS = Limits(connections=4, seconds=10)


class Peer:
    """A connection that notes what was done to it."""

    def __init__(self, room, phase=Phase.HEAD, *, unfinished=False, token_shown=False, now=0.0):
        self.phase, self.unfinished, self.token_shown = Phase.HEAD, unfinished, token_shown
        self.fate, self._room = "", room
        room.add(self, now)
        if phase is not Phase.HEAD and not self.fate:
            room.move(self, phase, now)

    def give_up(self):
        self.fate = "gave up"
        self._room.remove(self)

    def make_room(self):
        self.fate = "made room"
        self._room.move(self, Phase.LEAVING, 0.0)

    def drop(self):
        self.fate = "dropped"
        self._room.remove(self)


@pytest.mark.parametrize(
    ("owing", "first"),
    [
        ([{}, {}, {}, {}], 0),
        ([{"token_shown": True}, {}, {}, {}], 1),
        ([{"token_shown": True}] * 4, 0),
        ([{"phase": Phase.REQUEST}, {"phase": Phase.REPLY}, {"token_shown": True}, {}], 3),
        ([{"token_shown": True}] * 3 + [{"phase": Phase.REPLY}], 3),
        ([{"token_shown": True}] * 3 + [{"phase": Phase.REQUEST, "unfinished": True}], 3),
        ([{"phase": Phase.REQUEST}] * 3 + [{"token_shown": True}], 3),
        ([{"phase": Phase.REQUEST, "unfinished": True, "token_shown": True}] * 4, 0),
    ],
)
def test_who_owes_a_request_longest_makes_room(owing, first):
    room = Connections(LIMITS)
    peers = [Peer(room, **traits) for traits in owing]
    newest = Peer(room)
    assert [peer.fate for peer in peers] == ["made room" * (at == first) for at in range(4)]
    assert not newest.fate


def test_a_new_request_is_a_new_wait():
    room = Connections(LIMITS)
    peers = [Peer(room) for _ in range(4)]
    room.move(peers[0], Phase.REQUEST, 1.0)
    room.move(peers[0], Phase.HEAD, 2.0)
    Peer(room)
    assert [peer.fate for peer in peers] == ["", "made room", "", ""]


def test_where_all_are_being_answered_some_more_come_in_and_then_no_more():
    room = Connections(LIMITS)
    peers = [Peer(room, Phase.REQUEST) for _ in range(9)]
    assert [bool(peer.fate) for peer in peers] == [False] * 6 + [True] * 3


def test_farewells_are_bounded():
    room = Connections(LIMITS)
    peers = [Peer(room) for _ in range(100)]
    fates = [peer.fate for peer in peers]
    assert (fates.count(""), fates.count("made room"), fates.count("dropped")) == (4, 2, 94)
    assert fates == sorted(fates, key=["dropped", "made room", ""].index)


def test_every_phase_ends_however_often_it_was_entered_before():
    room = Connections(LIMITS)
    for phase, lasts in (
        (Phase.HEAD, 10), (Phase.REPLY, 10), (Phase.REQUEST, 21), (Phase.LEAVING, 5)
    ):  # fmt: skip
        peer, other = Peer(room, now=0.0), Peer(room, now=0.0)
        for now in (1.0, 2.0, 3.0):
            room.move(peer, Phase.REQUEST, now)
            room.move(peer, phase, now)
        room.move(other, phase, 4.0)
        room.end_overdue(2.9 + lasts)
        assert not peer.fate
        room.end_overdue(3.0 + lasts)
        assert (peer.fate, other.fate) == ("gave up", "")
        room.remove(other)
