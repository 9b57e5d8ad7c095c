"""Lists of scenes for editing programs: CMX 3600 edit decision lists and their time codes."""

from fractions import Fraction
from pathlib import Path

from kanjian.errors import VideoError
from kanjian.video.scenes import Scene, Scenes

# Rates this near to a whole one, or to one of NTSC (1000/1001 of it), are meant to be it
_NEAR = Fraction(1, 2000)
_NTSC = Fraction(1000, 1001)
# Frame numbers left out a minute by a drop-frame count, but in every tenth minute
_DROPPED = {30: 2, 60: 4}
_LONGEST_NAME = 70


def edl_of(found: Scenes, *, rate_fps: float | None = None, drop_frame: bool = False) -> str:
    """The scenes as an edit decision list (CMX 3600), one event for each, cut to cut.

    Time codes count frames, at 23.976, 29.97 and 59.94 frames a second as if there were 24, 30
    and 60 (non-drop); so after an hour the time code of 29.97 is 3.6 s behind the clock, as
    editing programs expect of it. Drop-frame leaves out two numbers a minute and keeps to the
    clock.

    Args:
        found: The scenes.
        rate_fps: Count by this rate; the clip's own by default. A clip whose rate varies
            needs one: that of the project it is edited in.
        drop_frame: Count so; only at 29.97 and 59.94.

    Raises:
        VideoError: If the rate is none that such lists know, or knows no drop-frame.

    Example:
        >>> print(edl_of(find_scenes("film.mp4")))  # doctest: +SKIP
        TITLE: film
        FCM: NON-DROP FRAME
        <BLANKLINE>
        001  AX       V     C        00:00:00:00 00:00:04:05 00:00:00:00 00:00:04:05
        * FROM CLIP NAME: film.mp4
    """
    stated = found.info.rate_fps if rate_fps is None else Fraction(rate_fps)
    rate = _known_rate(stated, found.clip)
    counted = round(rate)
    if drop_frame and (rate == counted or counted not in _DROPPED):
        raise VideoError(
            f"drop-frame is for 29.97 and 59.94 frames a second, got {_told(rate)} of "
            f"{found.clip}. Leave it out."
        )
    name = Path(found.clip).name.encode("ascii", "replace").decode()
    head = [f"TITLE: {Path(name).stem[:_LONGEST_NAME]}",
            f"FCM: {'DROP FRAME' if drop_frame else 'NON-DROP FRAME'}", ""]  # fmt: skip
    events = [
        _event(number, scene, rate, name, drop_frame=drop_frame)
        for number, scene in enumerate(found.scenes, 1)
    ]
    return "\n".join([*head, *events]) + "\n"


def _event(number: int, scene: Scene, rate: Fraction, name: str, *, drop_frame: bool) -> str:
    start, end = (
        time_code(round(seconds * rate), rate, drop_frame=drop_frame)
        for seconds in (Fraction(scene.from_s), Fraction(scene.to_s))
    )
    return (
        f"{number:03d}  AX       V     C        {start} {end} {start} {end}\n"
        f"* FROM CLIP NAME: {name}"
    )


def time_code(frame: int, rate: Fraction, *, drop_frame: bool = False) -> str:
    """The time code of a frame; with drop-frame a semicolon stands before the frames.

    Args:
        frame: Its number, from 0.
        rate: Frames a second; a fraction counts as the whole number above it.
        drop_frame: Leave out numbers, so that the code keeps to the clock.

    Example:
        >>> ntsc = Fraction(30000, 1001)
        >>> time_code(1800, ntsc), time_code(1800, ntsc, drop_frame=True)
        ('00:01:00:00', '00:01:00;02')
        >>> time_code(17982, ntsc, drop_frame=True)
        '00:10:00;00'
    """
    counted = round(rate)
    if drop_frame:
        less = _DROPPED[counted]
        minute = 60 * counted - less
        tens, rest = divmod(frame, 10 * minute + less)
        # the first of ten minutes is whole
        frame += 9 * less * tens + less * max(0, (rest - less) // minute)
    seconds, frames = divmod(frame, counted)
    hours, seconds = divmod(seconds, 3600)
    mark = ";" if drop_frame else ":"
    return f"{hours:02d}:{seconds // 60:02d}:{seconds % 60:02d}{mark}{frames:02d}"


def _known_rate(rate: Fraction, clip: str) -> Fraction:
    whole = Fraction(max(round(rate), 1))
    for known in (whole, whole * _NTSC):
        if whole < 100 and abs(rate - known) <= _NEAR * known:
            return known
    raise VideoError(
        f"time codes count whole frames a second, or 23.976, 29.97 and 59.94, got {_told(rate)} of "
        f"{clip}. Say with --rate by which to count."
    )


def _told(rate: Fraction) -> str:
    return f"{float(rate):.3f}".rstrip("0").rstrip(".")
