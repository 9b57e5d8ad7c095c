"""The tags of a clip as one page that stands alone: a bar of time, pictures, curves."""

import base64
from collections.abc import Sequence
from html import escape
from importlib import resources
from typing import TYPE_CHECKING

import numpy as np

from kanjian.faces.draw import color_of
from kanjian.inference.prediction import unknown_word
from kanjian.reporting import markup
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
    base = resources.files("kanjian.evaluation").joinpath("page.css").read_text("utf-8")
    own = resources.files("kanjian.video").joinpath("timeline.css").read_text("utf-8")
    title = tagged.source.replace("\\", "/").rpartition("/")[2]
    body = "".join([_about(tagged), _time(tagged), _curves(tagged), _pictures(tagged)])
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} – kanjian</title>\n<style>\n{base}{own}</style>\n</head>\n"
        f"<body>\n<main>\n<h1>{escape(title)}</h1>\n{body}"
        "<footer>Made by kanjian (看见).</footer>\n</main>\n</body>\n</html>\n"
    )


def _about(tagged: "Tagged") -> str:
    samples = tagged.samples
    rows = [
        [tag.label, percent(tag.share), clock(tag.seconds), percent(tag.confidence)]
        for tag in tagged.tags
    ]
    if tagged.unknown:
        rows.append([unknown_word(samples.classes), percent(tagged.unknown), "", ""])
    facts = {
        "recognizer": tagged.recognizer,
        "looked at": f"{clock(samples.start_s)} to {clock(samples.end_s)}",
        "frames asked": str(len(samples.times)),
        "vote": tagged.how.vote,
    }
    heads = ["tag", "share", "time", "probability"]
    table = markup.table(heads, rows) if rows else markup.paragraph("No label has enough of it.")
    note = markup.paragraph(samples.note or "", look="warn")
    return markup.section("What it is about", table, note, markup.facts_list(facts))


def _time(tagged: "Tagged") -> str:
    samples, names = tagged.samples, _names(tagged)
    length = max(samples.end_s - samples.start_s, 1e-9)
    cells = []
    for number, each in enumerate(tagged.segments):
        says = f"{each.label}, {clock(each.from_s)} to {clock(each.to_s)}"
        width = 100 * each.seconds / length
        cells.append(
            f'<a href="#s{number}" title="{escape(says)}" style="width:{width:.3f}%;'
            f'background:{_css(each.label, names)}">{escape(each.label)}</a>'
        )
    ends = (
        f'<div class="ends"><span>{clock(samples.start_s)}</span>'
        f"<span>{clock(samples.end_s)}</span></div>"
    )
    bar = f'<div class="time">{"".join(cells)}</div>{ends}'
    return markup.section("When", bar, why="Click a stretch to see it below.")


def _curves(tagged: "Tagged") -> str:
    """How probable each label was, over time."""
    samples, names = tagged.samples, _names(tagged)
    order = np.argsort(-samples.scores.mean(axis=0), kind="stable")[:_CURVES]
    rows = [
        f"<dt>{escape(samples.classes[i])}</dt><dd>"
        f"{_curve(samples, samples.scores[:, i], _css(samples.classes[i], names))}</dd>"
        for i in order
    ]
    return markup.section(
        "How sure",
        f'<dl class="curves">{"".join(rows)}</dl>',
        why="The probability of each label at each moment, from 0 to 100 %, before smoothing.",
    )


def _curve(samples: Samples, values: np.ndarray, color: str) -> str:
    length = max(samples.end_s - samples.start_s, 1e-9)
    parts = min(len(values), _POINTS)
    at = [float(part.mean()) for part in np.array_split(samples.times - samples.start_s, parts)]
    high = [float(part.mean()) for part in np.array_split(values, parts)]
    points = [f"{1000 * x / length:.1f},{40 - 40 * y:.1f}" for x, y in zip(at, high, strict=True)]
    first, last = points[0].partition(",")[2], points[-1].partition(",")[2]
    line = " ".join(["0,40", f"0,{first}", *points, f"1000,{last}", "1000,40"])
    return (
        '<svg viewBox="0 0 1000 40" preserveAspectRatio="none" aria-hidden="true">'
        f'<polygon points="{line}" fill="{color}"/></svg>'
    )


def _pictures(tagged: "Tagged") -> str:
    names, shown = _names(tagged), tagged.segments[:_MOST_PICTURES]
    cards = [_card(tagged.samples, number, each, names) for number, each in enumerate(shown)]
    left = len(tagged.segments) - len(shown)
    more = markup.paragraph(f"{left} more are in the table beside this page." if left else "")
    return markup.section("Segments", f'<div class="stretches">{"".join(cards)}</div>', more)


def _card(samples: Samples, number: int, segment: Segment, names: Sequence[str]) -> str:
    sure = f" {percent(segment.confidence)}" if segment.known else ""
    return (
        f'<figure id="s{number}" style="border-color:{_css(segment.label, names)}">'
        f"{_thumb(samples, segment)}<figcaption><b>{escape(segment.label)}</b>{sure}<br>"
        f"{clock(segment.from_s)} – {clock(segment.to_s)}</figcaption></figure>"
    )


def _thumb(samples: Samples, segment: Segment) -> str:
    """The kept picture nearest to the middle of the segment, if one lies inside."""
    middle = (segment.from_s + segment.to_s) / 2
    inside = [
        number for number in samples.thumbs
        if segment.from_s <= samples.times[number] <= segment.to_s
    ]  # fmt: skip
    if not inside:
        return '<div class="none"></div>'
    best = min(inside, key=lambda number: abs(samples.times[number] - middle))
    coded = base64.b64encode(samples.thumbs[best]).decode("ascii")
    return f'<img loading="lazy" src="data:image/jpeg;base64,{coded}" alt="">'


def _names(tagged: "Tagged") -> list[str]:
    """Labels in the order their colors are given out: those of the clip first."""
    seen = [tag.label for tag in tagged.tags] + [each.label for each in tagged.segments]
    rest = list(tagged.samples.classes)
    known = set(rest)
    return [name for name in dict.fromkeys(seen + rest) if name in known]


def _css(label: str, names: Sequence[str]) -> str:
    return "#{:02x}{:02x}{:02x}".format(*color_of(label, names))
