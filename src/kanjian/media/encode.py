"""Pictures into a video that every player opens: H.264, with the sound of another file."""

import contextlib
import os
from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, BinaryIO, TypeVar

import numpy as np

from kanjian import extras
from kanjian.errors import VideoError
from kanjian.images.convert import check_image
from kanjian.media.audio import Sound
from kanjian.media.audio_cuts import CutSound, Piece, check_pieces
from kanjian.media.frames import EXACT_SCALING
from kanjian.storage.files import replacing

Result = TypeVar("Result")
# What holds H.264 with sound, and what FFmpeg calls it
FORMATS = {".mp4": "mp4", ".m4v": "mp4", ".mov": "mov", ".mkv": "matroska"}
# Ticks of a second; 24, 25, 30 and 30000/1001 pictures a second fall on whole ones
_TICKS = 90_000
# What players take for granted where nothing is stated (SMPTE 170M below 720 rows, BT.709
# from there on), stated nevertheless
_SMALL_ROWS, _BT709, _BT601, _TV_RANGE = 720, 1, 6, 1


@contextlib.contextmanager
def write_video(
    path: str | os.PathLike[str],
    *,
    size_hw: tuple[int, int],
    rate_fps: Fraction | float,
    sound_from: str | os.PathLike[str] | Sequence[Piece] | None = None,
    quality: int = 18,
) -> "Iterator[VideoWriter]":
    """Give a writer of pictures; the file is whole at the end of the block or not there.

    H.264 in yuv420p, which every player and browser opens. Sides must be even for that: an
    odd one gets its last row or column twice.

    Args:
        path: Ends in .mp4, .m4v, .mov or .mkv. The folder is made if missing.
        size_hw: Height and width of the pictures.
        rate_fps: Pictures per second; of those whose time is not given.
        sound_from: A video or sound file whose sound goes along, from its beginning; copied
            where the format can hold it, else turned into AAC. Or pieces of files, whose
            sound goes along one after the other, as AAC.
        quality: 0 to 51, the constant rate factor of x264: lower is better; 18 is hard to
            tell from the original.

    Raises:
        VideoError: If suffix, size or quality are impossible, or encoding fails.
        KanjianError: If the file cannot be written; one that was there stays whole.
        MissingExtraError: If PyAV is not installed.

    Example:
        >>> with write_video("out.mp4", size_hw=(48, 64), rate_fps=25) as video:  # doctest: +SKIP
        ...     for level in range(25):
        ...         video.write(np.full((48, 64), level, np.uint8))
    """
    path = Path(path)
    kind = check_video_suffix(path)
    if min(size_hw) < 1 or not 0 <= quality <= 51 or rate_fps <= 0:
        raise VideoError(
            "size_hw and rate_fps must be positive and quality from 0 to 51, got "
            f"{tuple(size_hw)}, {rate_fps} and {quality}."
        )
    av = extras.load("av")
    options = {"movflags": "+faststart"} if kind in {"mp4", "mov"} else {}
    # opened by Python: FFmpeg would take some names for addresses
    with replacing(path) as temporary, temporary.open("w+b") as stream:
        kept = _Kept(stream)
        with contextlib.ExitStack() as opened, _named_failures(path, av):
            container = opened.enter_context(
                av.open(kept, "w", format=kind, container_options=options)
            )
            writer = VideoWriter(container, size_hw, Fraction(rate_fps), quality)
            writer.kept = kept
            if sound_from is not None:
                writer.sound = _sound(sound_from, container, kind)
                opened.callback(writer.sound.close)
            yield writer
            writer.finish()
        kept.check()


@contextlib.contextmanager
def _named_failures(path: Path, av: Any) -> Iterator[None]:
    try:
        yield
    except av.FFmpegError as error:
        raise VideoError(f"cannot write {path}: {error.strerror or error}.") from error


class _Kept:
    """The file that FFmpeg writes: it prints a failure and goes on, so that is kept here."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.name = stream.name  # FFmpeg reads an MP4 once more by its name, to put its index first
        self._failure: OSError | None = None

    def write(self, content: bytes) -> int:
        self._done(lambda: self._stream.write(content))
        return len(content)

    def read(self, size: int) -> bytes:
        return self._done(lambda: self._stream.read(size)) or b""

    def seek(self, offset: int, whence: int = 0) -> int:
        return self._done(lambda: self._stream.seek(offset, whence)) or 0

    def tell(self) -> int:
        return self._done(self._stream.tell) or 0

    def _done(self, work: Callable[[], Result]) -> Result | None:
        if self._failure is None:
            try:
                return work()
            except OSError as error:
                self._failure = error
        return None

    def check(self) -> None:
        """Raise what failed, if anything did."""
        if self._failure is not None:
            raise self._failure


def _sound(
    source: str | os.PathLike[str] | Sequence[Piece], container: Any, kind: str
) -> Sound | CutSound:
    if isinstance(source, (str, os.PathLike)):
        return Sound(Path(source), container, kind)
    check_pieces(source)
    return CutSound(source, container)


def check_video_suffix(path: Path) -> str:
    """What FFmpeg calls the format of this suffix, if videos can be written under it.

    Raises:
        VideoError: If it is another.

    Example:
        >>> check_video_suffix(Path("clip.MKV"))
        'matroska'
    """
    kind = FORMATS.get(path.suffix.lower())
    if kind is None:
        raise VideoError(
            f"cannot write {path}: unknown suffix {path.suffix!r}. Use one of {', '.join(FORMATS)}."
        )
    return kind


class VideoWriter:
    """Takes pictures, one by one; what `write_video` gives.

    Args:
        container: The open output file.
        size_hw: Height and width of the pictures.
        rate: Pictures per second.
        quality: As for `write_video`.

    Attributes:
        sound: What goes along, if anything; set before the first picture.
        kept: The file it goes to, if that keeps its failures; likewise.
    """

    def __init__(
        self, container: Any, size_hw: tuple[int, int], rate: Fraction, quality: int
    ) -> None:
        self.sound: Sound | CutSound | None = None
        self.kept: _Kept | None = None
        self._av = extras.load("av")
        self._converter = extras.load("av.video.reformatter").VideoReformatter()
        self._container = container
        self._size_hw, self._rate = (int(size_hw[0]), int(size_hw[1])), rate
        self._written, self._ticks = 0, -1
        height, width = (side + side % 2 for side in self._size_hw)
        self._stream = container.add_stream(
            "libx264",
            rate=rate.limit_denominator(2**20),
            options={"crf": str(quality), "preset": "veryfast"},
        )
        self._stream.height, self._stream.width, self._stream.pix_fmt = height, width, "yuv420p"
        codec = self._stream.codec_context
        codec.time_base = Fraction(1, _TICKS)
        codec.colorspace = self._colors = _BT601 if height < _SMALL_ROWS else _BT709
        codec.color_primaries = codec.color_trc = self._colors
        codec.color_range = _TV_RANGE

    @property
    def note(self) -> str | None:
        """What went wrong with the sound, if anything."""
        return None if self.sound is None else self.sound.note

    def write(self, image: np.ndarray, *, seconds: float | None = None) -> None:
        """Add a picture.

        Args:
            image: RGB (height, width, 3) or gray (height, width), uint8.
            seconds: When it is shown; later than the one before. By default so much later
                as the rate says.

        Raises:
            ImageError: If it is no picture.
            VideoError: If it has another size.
        """
        if self.kept is not None:
            self.kept.check()
        check_image(image)
        if image.shape[:2] != self._size_hw:
            raise VideoError(
                f"pictures of this video are {self._size_hw}, got {image.shape[:2]}. "
                "Use resize_image()."
            )
        at = Fraction(self._written) / self._rate if seconds is None else Fraction(seconds)
        # two pictures of one instant would be refused
        self._ticks = max(round(at * _TICKS), self._ticks + 1)
        frame = self._frame(image)
        frame.pts, frame.time_base = self._ticks, Fraction(1, _TICKS)
        self._container.mux(self._stream.encode(frame))
        self._written += 1
        if self.sound is not None:
            self.sound.write_until(Fraction(self._ticks, _TICKS))

    def _frame(self, image: np.ndarray) -> Any:
        below, right = (side % 2 for side in self._size_hw)
        if below or right:
            image = np.pad(image, ((0, below), (0, right), (0, 0))[: image.ndim], mode="edge")
        picture = self._av.VideoFrame.from_ndarray(
            np.ascontiguousarray(image), format="gray" if image.ndim == 2 else "rgb24"
        )
        return self._converter.reformat(
            picture, format="yuv420p", dst_colorspace=self._colors, dst_color_range=_TV_RANGE,
            interpolation=EXACT_SCALING,
        )  # fmt: skip

    def finish(self) -> None:
        """Write what is still on its way.

        Raises:
            VideoError: If there was no picture.
        """
        if not self._written:
            raise VideoError("a video needs at least one picture, got none.")
        self._container.mux(self._stream.encode(None))
        if self.sound is not None:
            self.sound.write_until(None)
