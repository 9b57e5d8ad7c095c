"""From packets to pictures: what must be decoded and no more, and past damage."""

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from kanjian import extras

# Packets held back at most while it is open from which key frame to decode
_MOST_HELD = 2000


class Decoder:
    """Decodes one video stream, in the order its pictures are shown.

    Pictures before `wanted()` are left out where a key frame allows: packets are read but not
    decoded, so the number of each picture stays exact without trusting a file's seek table.

    Args:
        container: The open file.
        stream: Its video stream.
        wanted: Gives the earliest time that is still of interest, on the stream's own clock
            in seconds; None for all of them. Asked again and again.
    """

    def __init__(
        self, container: Any, stream: Any, wanted: Callable[[], Fraction | None] = lambda: None
    ) -> None:
        self._container, self._stream, self._wanted = container, stream, wanted
        self._broken: tuple[type[Exception], ...] = (extras.load("av").FFmpegError,)
        self._number = 0  # of the next picture
        self._read = 0  # packets so far
        self._base: int | None = None  # the key frame's stamp after a jump, until it comes out
        self.damaged = 0
        self.ended_by: str | None = None

    def pictures(self) -> Iterator[tuple[int, Any]]:
        """The number of each picture, from 0, and PyAV's frame."""
        held: list[Any] | None = None
        for packet in self._packets():
            if self._starts_late_enough(packet):
                held = [packet]
                continue
            if held is None:
                yield from self._decoded([packet])
                continue
            held.append(packet)
            if self._decides(packet) or len(held) > _MOST_HELD:
                yield from self._jump(held)
                held = None
        if held:
            yield from self._jump(held)
        yield from self._decoded([None])

    def _packets(self) -> Iterator[Any]:
        try:
            for packet in self._container.demux(self._stream):
                if packet.size:  # the last one is empty and only says that there are no more
                    self._read += not packet.is_discard
                    yield packet
        except self._broken as error:
            self.ended_by = str(getattr(error, "strerror", None) or error)

    def _starts_late_enough(self, packet: Any) -> bool:
        """Whether this is a key frame before which nothing is wanted any more."""
        if not packet.is_keyframe or packet.pts is None:
            return False
        wanted = self._wanted()
        return wanted is not None and packet.pts * self._stream.time_base <= wanted

    def _decides(self, packet: Any) -> bool:
        """Whether all that follows is shown later than wanted: no other key frame can do."""
        wanted = self._wanted()
        if wanted is None or packet.dts is None:
            return wanted is None
        return bool(packet.dts * self._stream.time_base > wanted)

    def _jump(self, held: list[Any]) -> Iterator[tuple[int, Any]]:
        self._stream.codec_context.flush_buffers()
        skipped = self._read - sum(not packet.is_discard for packet in held)
        self._base, self._number = held[0].pts, skipped
        yield from self._decoded(held)

    def _decoded(self, packets: list[Any]) -> Iterator[tuple[int, Any]]:
        for packet in packets:
            if self._base is not None and packet is not None and packet.pts is not None:
                # shown before the key frame but stored after it: it counts, but cannot be decoded
                self._number += packet.pts < self._base
            for frame in self._frames(packet):
                if self._base is not None and (frame.pts or 0) < self._base:
                    continue
                self._base = None
                yield self._number, frame
                self._number += 1

    def _frames(self, packet: Any) -> list[Any]:
        try:
            frames: list[Any] = self._stream.codec_context.decode(packet)
        except self._broken:
            self.damaged += packet is not None
            return []
        return frames
