"""Tags as subtitles (SRT): what a player shows over the clip, class and people at each moment."""

from bisect import bisect_right
from itertools import pairwise

from kanjian.video.segments import Segment
from kanjian.video.tag import Tagged
from kanjian.video.times import stamp


def subtitles(tagged: Tagged) -> str:
    """The segments, and below them who is on screen; no two of these overlap.

    Args:
        tagged: A clip with its tags.
    """
    people = tagged.people or ()
    spans = [(each.from_s, each.to_s) for each in tagged.segments]
    spans += [stretch for each in people for stretch in each.stretches]
    borders = sorted({round(seconds, 3) for span in spans for seconds in span})
    blocks = list[str]()
    for start, end in pairwise(borders):
        middle = (start + end) / 2
        names = ", ".join(each.name.replace("\n", " ") for each in people if each.at(middle))
        text = "\n".join(line for line in (_class_at(tagged.segments, middle), names) if line)
        if text:
            blocks.append(f"{len(blocks) + 1}\n{stamp(start)} --> {stamp(end)}\n{text}\n")
    return "\n".join(blocks)


def _class_at(segments: tuple[Segment, ...], seconds: float) -> str:
    number = bisect_right(segments, seconds, key=lambda each: each.from_s) - 1
    if number < 0 or segments[number].to_s <= seconds:
        return ""
    found = segments[number]
    text = found.label.replace("\n", " ")
    return text + (f" {100 * found.confidence:.0f} %" if found.known else "")
