"""Small videos made for tests: every picture says which one it is."""

from fractions import Fraction
from pathlib import Path

import numpy as np


def picture(number: int, size_hw=(48, 64)) -> np.ndarray:
    """A gray level that tells the number, and a white square in the top left corner."""
    image = np.full((*size_hw, 3), 20 + number % 10 * 20, np.uint8)
    image[:12, :12] = 255
    return image


def number_of(image: np.ndarray) -> int:
    """The last digit of the number of `picture`, after H.264."""
    middle = image[image.shape[0] // 2, image.shape[1] // 2]
    return round((float(middle.mean()) - 20) / 20)


def write_clip(
    path: Path, stamps_ms, *, key_every=12, rotation=None, mirrored=False, tone_s=0.0,
    sound_codec="aac", size_hw=(48, 64), first_ms=0, codec="libx264",
):  # fmt: skip
    """One picture at each of the times; with a rotation written down as phones do, and a tone."""
    import av

    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25, options={"crf": "10"})
        stream.height, stream.width = size_hw
        stream.pix_fmt, stream.gop_size = "yuv420p", key_every
        if codec == "libx264":  # MPEG-2 knows no others than its rates
            stream.codec_context.time_base = Fraction(1, 1000)
        if rotation is not None or mirrored:
            stream.set_display_rotation(rotation or 0, hflip=mirrored)
        sound = container.add_stream(sound_codec, rate=44100, layout="mono") if tone_s else None
        for number, stamp in enumerate(stamps_ms):
            frame = av.VideoFrame.from_ndarray(picture(number, size_hw), format="rgb24")
            frame.pts, frame.time_base = stamp + first_ms, Fraction(1, 1000)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
        if sound is not None:
            _tone(container, sound, tone_s, first_ms)
    return path


def _tone(container, stream, seconds, first_ms):
    import av

    samples = np.sin(np.arange(int(44100 * seconds)) * 0.06) * 8000
    for start in range(0, len(samples), 1024):
        part = samples[start : start + 1024].astype(np.int16)[None]
        frame = av.AudioFrame.from_ndarray(part, format="s16", layout="mono")
        frame.sample_rate, frame.pts = 44100, start + first_ms * 441 // 10
        frame.time_base = Fraction(1, 44100)
        container.mux(stream.encode(frame))
    container.mux(stream.encode(None))
