"""The sound of one file into another, in step with its pictures."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from kanjian import extras
from kanjian.media.container import clock_zero, open_container

# What MP4 and its kin hold and players play; Matroska holds anything
_IN_MP4 = {"aac", "mp3", "ac3", "eac3", "opus", "alac", "flac"}
# Some files count the channels and do not say where they stand
_LAYOUTS = {1: "mono", 6: "5.1", 8: "7.1"}


class Sound:
    """All sound of a file, handed over piece by piece; memory does not grow with its length.

    Args:
        path: Where the sound comes from; a file without any gives none.
        container: The open output file, before its first packet.
        kind: What FFmpeg calls its format.

    Raises:
        VideoError: If the file cannot be read.
    """

    def __init__(self, path: Path, container: Any, kind: str) -> None:
        self.note: str | None = None
        self._path, self._out = path, container
        self._in = open_container(path)
        self._zero = clock_zero(self._in)
        self._tracks = {each.index: _Track(each, container, kind) for each in self._streams()}
        self._packets = self._read()
        self._next: Any = next(self._packets, None)

    def _streams(self) -> list[Any]:
        return [each for each in self._in.streams.audio if each.codec_context is not None]

    def _read(self) -> Iterator[Any]:
        error = extras.load("av").FFmpegError
        try:
            for packet in self._in.demux(self._streams()) if self._tracks else ():
                if packet.size and packet.dts is not None:
                    yield packet
        except error as broken:
            self.note = f"the sound of {self._path} breaks off: {broken.strerror or broken}."

    def write_until(self, seconds: Fraction | None) -> None:
        """Hand over what is heard up to this moment; None for all that is left.

        Args:
            seconds: From the beginning of the file.
        """
        while self._next is not None:
            packet, base = self._next, self._next.time_base
            if seconds is not None and packet.dts * base - self._zero > seconds:
                return
            shift = round(self._zero / base)
            track = self._tracks[packet.stream_index]
            packet.dts -= shift
            packet.pts = packet.dts if packet.pts is None else packet.pts - shift
            self._out.mux(track.handed_over(packet))
            self._next = next(self._packets, None)
        if seconds is None:
            for track in self._tracks.values():
                self._out.mux(track.handed_over(None))

    def close(self) -> None:
        """Close the file the sound comes from."""
        self._in.close()


class _Track:
    """One stream of sound: copied as it is, or turned into AAC."""

    def __init__(self, source: Any, container: Any, kind: str) -> None:
        self._source = source
        self._broken = extras.load("av").FFmpegError
        codec = source.codec_context.codec.canonical_name
        self._copied = kind == "matroska" or codec in _IN_MP4
        if self._copied:
            self._target = container.add_stream_from_template(source)
        else:
            self._target = container.add_stream("aac", rate=source.codec_context.sample_rate)
            self._target.codec_context.layout = _LAYOUTS.get(
                source.codec_context.channels, "stereo"
            )

    def handed_over(self, packet: Any) -> list[Any]:
        """The packets this one becomes; None gives what is still on its way."""
        if self._copied:
            if packet is None:
                return []
            packet.stream = self._target
            return [packet]
        try:
            frames = self._source.codec_context.decode(packet)
        except self._broken:  # a damaged moment of sound is silence, not the end of the video
            frames = []
        made = [each for frame in frames for each in self._target.encode(frame)]
        return made if packet is not None else [*made, *self._target.encode(None)]
