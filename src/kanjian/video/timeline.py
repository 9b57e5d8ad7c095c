"""The tags of a clip as one page that stands alone: a bar of time, pictures, curves."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kanjian.faces.draw import color_of
from kanjian.i18n import _
from kanjian.inference.prediction import unknown_word
from kanjian.reporting.charts import area_chart
from kanjian.reporting.embedded import address_of
from kanjian.reporting.render import render
from kanjian.reporting.wording import percent
from kanjian.video.samples import Samples
from kanjian.video.segments import Segment
from kanjian.video.times import clock

if TYPE_CHECKING:
    from kanjian.video.tag import Tagged

# More segments than this on a page, or points on a curve, show nothing more
_MOST_PICTURES, _POINTS, _CURVES = 120, 400, 8


def timeline_page(tagged: "Tagged") -> str:
    """The whole page as HTML; no scripts, nothing loaded from anywhere.

    Args:
        tagged: A clip with its tags.
    """
    samples = tagged.samples
    return render(
        "timeline.html",
        title=tagged.source.replace("\\", "/").rpartition("/")[2],
        tags=_tags(tagged),
        note=samples.note or "",
        facts=_facts(tagged),
        start=clock(samples.start_s),
        end=clock(samples.end_s),
        segments=_segments(tagged),
        shown=_MOST_PICTURES,
        curves=_curves(tagged),
        asked=tagged.recognizer is not None,
        sought=tagged.people is not None,
        people=_people(tagged),
        lanes=_lanes(tagged),
    )


def _tags(tagged: "Tagged") -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [
        (tag.label, percent(tag.share), clock(tag.seconds), percent(tag.confidence))
        for tag in tagged.tags
    ]
    if tagged.unknown:
        rows.append((unknown_word(tagged.samples.classes), percent(tagged.unknown), "", ""))
    return rows


def _facts(tagged: "Tagged") -> list[tuple[str, str]]:
    samples = tagged.samples
    span = _("{start} to {end}", start=clock(samples.start_s), end=clock(samples.end_s))
    if tagged.recognizer is None:
        return [(_("time span"), span)]
    return [
        (_("recognizer"), tagged.recognizer),
        (_("time span"), span),
        (_("frames looked at"), str(len(samples.times))),
        (_("vote"), tagged.how.vote),
    ]


def _people(tagged: "Tagged") -> list[tuple[str, ...]]:
    return [
        (
            each.name, percent(each.share), clock(each.seconds),
            "" if each.similarity is None else f"{each.similarity:.2f}",
        )
        for each in tagged.people or ()
    ]  # fmt: skip


def _lanes(tagged: "Tagged") -> list[dict[str, Any]]:
    """For each person the stretches on screen, as shares of the whole time."""
    start, length = tagged.samples.start_s, _length(tagged.samples)
    people = tagged.people or ()
    names = [each.name for each in people if each.known]
    return [
        {
            "name": each.name,
            "color": _css(each.name, names),
            "stretches": [
                {
                    "left": f"{100 * (from_s - start) / length:.3f}",
                    "width": f"{100 * (to_s - from_s) / length:.3f}",
                    "start": clock(from_s),
                    "end": clock(to_s),
                }
                for from_s, to_s in each.stretches
            ],
        }
        for each in people
    ]


def _length(samples: Samples) -> float:
    return max(samples.end_s - samples.start_s, 1e-9)


def _segments(tagged: "Tagged") -> list[dict[str, Any]]:
    samples, names = tagged.samples, _names(tagged)
    length = _length(samples)
    return [
        {
            "label": each.label,
            "color": _css(each.label, names),
            "start": clock(each.from_s),
            "end": clock(each.to_s),
            "width": f"{100 * each.seconds / length:.3f}",
            "confidence": percent(each.confidence) if each.known else "",
            "thumb": _thumb(samples, each) if number < _MOST_PICTURES else None,
        }
        for number, each in enumerate(tagged.segments)
    ]


def _curves(tagged: "Tagged") -> list[dict[str, Any]]:
    """How probable each label was, over time."""
    samples, names = tagged.samples, _names(tagged)
    if not samples.classes:
        return []
    order = np.argsort(-samples.scores.mean(axis=0), kind="stable")[:_CURVES]
    length = _length(samples)
    parts = min(len(samples.times), _POINTS)
    across = _means((samples.times - samples.start_s) / length, parts)
    return [
        {
            "label": samples.classes[i],
            "chart": area_chart(
                list(zip(across, _means(samples.scores[:, i], parts), strict=True)),
                color=_css(samples.classes[i], names),
            ),
        }
        for i in order
    ]


def _means(values: np.ndarray, parts: int) -> list[float]:
    return [float(part.mean()) for part in np.array_split(values, parts)]


def _thumb(samples: Samples, segment: Segment) -> str | None:
    """The kept picture nearest to the middle of the segment, if one lies inside."""
    middle = (segment.from_s + segment.to_s) / 2
    inside = [
        number for number in samples.thumbs
        if segment.from_s <= samples.times[number] <= segment.to_s
    ]  # fmt: skip
    if not inside:
        return None
    best = min(inside, key=lambda number: abs(samples.times[number] - middle))
    return address_of(samples.thumbs[best], "jpeg")


def _names(tagged: "Tagged") -> list[str]:
    """Labels in the order their colors are given out: those of the clip first."""
    seen = [tag.label for tag in tagged.tags] + [each.label for each in tagged.segments]
    rest = list(tagged.samples.classes)
    known = set(rest)
    return [name for name in dict.fromkeys(seen + rest) if name in known]


def _css(label: str, names: Sequence[str]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color_of(label, names))
