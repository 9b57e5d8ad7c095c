"""The sound of pieces of files, one after the other, exact to the sample."""

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from kanjian import extras
from kanjian.errors import VideoError
from kanjian.media.container import clock_zero, open_container

RATE, _LAYOUT, _CHANNELS = 48_000, "stereo", 2
# Encoders of AAC take so many samples at once
_FRAME = 1024
# A cut in the middle of a tone clicks; so long it swells and fades
_FADE_S = 0.01
# Decoding begins this much earlier: the first packets after a seek come out damaged
_LEAD_S = Fraction(1, 2)
# Samples by which a stamp may run ahead of what was decoded before it counts as a gap
_GAP = RATE // 50


@dataclass(frozen=True)
class Piece:
    """A stretch of a file.

    Args:
        path: The file.
        from_s: Where it begins.
        to_s: Where it ends.
    """

    path: Path
    from_s: float
    to_s: float


def has_sound(path: Path) -> bool:
    """Whether a file has any sound.

    Raises:
        VideoError: If it cannot be read.
    """
    with open_container(path) as container:
        return bool(container.streams.audio)


class CutSound:
    """The sound of pieces, joined; a file without any is silent. What `write_video` takes.

    Args:
        pieces: In order.
        container: The open output file, before its first packet.
    """

    def __init__(self, pieces: Sequence[Piece], container: Any) -> None:
        self.note: str | None = None
        self._av = extras.load("av")
        self._out, self._sent = container, 0
        self._target = container.add_stream("aac", rate=RATE, layout=_LAYOUT)
        self._target.bit_rate = 160_000
        self._blocks = self._blocks_of(pieces)

    def write_until(self, seconds: Fraction | None) -> None:
        """Hand over what is heard up to this moment; None for all that is left."""
        while seconds is None or Fraction(self._sent, RATE) <= seconds:
            block = next(self._blocks, None)
            if block is None:
                break
            self._out.mux(self._target.encode(self._frame(block)))
        if seconds is None:
            self._out.mux(self._target.encode(None))

    def close(self) -> None:
        """Close the file the sound comes from."""
        self._blocks.close()  # type: ignore[attr-defined]

    def _frame(self, block: np.ndarray) -> Any:
        packed = np.ascontiguousarray(block.T)  # planar: a row for each channel
        frame = self._av.AudioFrame.from_ndarray(packed, format="fltp", layout=_LAYOUT)
        frame.sample_rate, frame.pts, frame.time_base = RATE, self._sent, Fraction(1, RATE)
        self._sent += len(block)
        return frame

    def _blocks_of(self, pieces: Sequence[Piece]) -> Iterator[np.ndarray]:
        rest = np.empty((0, _CHANNELS), np.float32)
        ends = Fraction(0)
        total = 0
        for piece in pieces:
            # counted from the beginning of all, so that rounding never adds up
            ends += Fraction(piece.to_s) - Fraction(piece.from_s)
            length = round(ends * RATE) - total
            total += length
            for block in self._piece(piece, length):
                rest = np.concatenate([rest, block]) if len(rest) else block
                while len(rest) >= _FRAME:
                    yield rest[:_FRAME]
                    rest = rest[_FRAME:]
        if len(rest):
            yield rest

    def _piece(self, piece: Piece, length: int) -> Iterator[np.ndarray]:
        """Exactly so many samples, (n, 2) float32; silence where the file has none."""
        given = 0
        fade = max(1, min(round(_FADE_S * RATE), length // 2))
        for decoded in self._decoded(piece):
            block = decoded[: length - given]
            if not len(block):
                break
            at = np.arange(given, given + len(block))
            swell = np.clip(np.minimum(at + 1, length - at) / fade, 0, 1).astype(np.float32)
            given += len(block)
            yield block * swell[:, None]
        yield from _silence(length - given)

    def _decoded(self, piece: Piece) -> Iterator[np.ndarray]:
        """The samples from `from_s` on, (n, 2) float32, gaps filled with silence."""
        with open_container(piece.path) as container:
            if not container.streams.audio:
                return
            stream = container.streams.audio[0]
            zero, start = clock_zero(container), Fraction(piece.from_s)
            earlier = max(start - _LEAD_S, Fraction(0)) + zero
            # a file that cannot be searched is heard from its beginning
            with contextlib.suppress(self._av.FFmpegError):
                container.seek(int(earlier / stream.time_base), stream=stream)
            resampler = self._av.AudioResampler(format="fltp", layout=_LAYOUT, rate=RATE)
            place: int | None = None  # of the next block, in samples from the piece's beginning
            for frame in self._frames(piece, container, stream):
                if frame.pts is not None:
                    heard = round((Fraction(frame.pts * frame.time_base) - zero - start) * RATE)
                    if place is None:
                        place = min(heard, 0)
                    # resampling holds back a little; only real gaps count
                    if heard - place > _GAP:
                        yield from _silence(max(heard, 0) - max(place, 0))
                        place = heard
                for part in resampler.resample(frame):
                    block = part.to_ndarray().T
                    place = place or 0
                    if place + len(block) > 0:
                        yield block[max(0, -place) :]
                    place += len(block)

    def _frames(self, piece: Piece, container: Any, stream: Any) -> Iterator[Any]:
        """What can be decoded; damaged packets, often the first after a jump, are left out."""
        packets = container.demux(stream)
        while True:
            try:
                packet = next(packets, None)
            except self._av.FFmpegError as broken:
                reason = broken.strerror or broken
                self.note = f"the sound of {piece.path} breaks off: {reason}."
                return
            if packet is None:
                return
            with contextlib.suppress(self._av.FFmpegError):
                yield from packet.decode()


def _silence(length: int) -> Iterator[np.ndarray]:
    while length > 0:
        yield np.zeros((min(length, RATE), _CHANNELS), np.float32)
        length -= RATE


def check_pieces(pieces: Sequence[Piece]) -> None:
    """Raise if a piece has no length.

    Raises:
        VideoError: If one ends before it begins, or there is none.

    Example:
        >>> check_pieces([Piece(Path("a.mp4"), 2.0, 1.0)])
        Traceback (most recent call last):
        kanjian.errors.VideoError: a piece must end after it begins, got 2.0 to 1.0 s of a.mp4.
    """
    if not pieces:
        raise VideoError("there is nothing to join. Name at least one piece.")
    for piece in pieces:
        if not 0 <= piece.from_s < piece.to_s < float("inf"):
            raise VideoError(
                f"a piece must end after it begins, got {piece.from_s} to {piece.to_s} s of "
                f"{piece.path}."
            )
