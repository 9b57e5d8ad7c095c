"""Who is on screen when, beside the classes or alone: the same in every file, and for one alone."""

import csv
import json
import re
import threading
from dataclasses import replace

import pytest

from kanjian.errors import VideoError
from kanjian.faces.gallery import readable_for_owner_alone
from kanjian.faces.identify import ByRecognizer
from kanjian.video.on_screen import PeopleLook
from kanjian.video.samples import StoppedError
from kanjian.video.tag import Tagging, tag_clip
from kanjian.video.tag_files import Clip, tag_files, write_table
from level_clips import recognizer_of, write_levels
from people_clip import ON_SCREEN, enrolled, gallery_of, matcher_of, write_people
from stand_in_faces import PINK, SquareFinder

pytest.importorskip("av")
ENDS = ("csv", "html", "json", "srt")


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_people(tmp_path_factory.mktemp("people") / "film.mp4")


@pytest.fixture
def gallery(tmp_path):
    return gallery_of(tmp_path / "g.sqlite")


@pytest.fixture
def look(gallery):
    return PeopleLook(SquareFinder(), matcher_of(gallery))


def stretches_of(tagged):
    return {each.name: list(each.stretches) for each in tagged.people}


def test_everybody_is_told_where_they_are_and_nobody_over_a_cut(clip, look):
    tagged = tag_clip(None, clip, people=look)
    assert [each.name for each in tagged.people] == ["小明", "Bo", "unknown"]  # strangers last
    found = stretches_of(tagged)
    for name, expected in ON_SCREEN.items():
        for one, other in zip(found[name], expected, strict=True):
            assert one == pytest.approx(other, abs=0.11)
    assert found["小明"][0][1] == found["小明"][1][0] == 4.0  # parted at the cut, and only there
    shares = {each.name: each.share for each in tagged.people}
    assert shares == pytest.approx({"小明": 0.5, "Bo": 0.3, "unknown": 0.15}, abs=0.03)
    assert [each.similarity is None for each in tagged.people] == [False, False, True]


def test_people_alone_are_those_beside_classes(recognizer, clip, look):
    alone, beside = tag_clip(None, clip, people=look), tag_clip(recognizer, clip, people=look)
    assert alone.people == beside.people
    assert (alone.tags, alone.segments, alone.recognizer) == ((), (), None)
    plain = tag_clip(recognizer, clip)
    assert plain.people is None
    assert plain.segments == beside.segments
    shown = beside.record()
    assert shown.pop("people")
    assert shown == plain.record()


def test_several_strangers_at_once_are_counted_once(clip, tmp_path):
    nobody = matcher_of(gallery_of(tmp_path / "none.sqlite", {"Cy": PINK}))
    (row,) = tag_clip(None, clip, people=PeopleLook(SquareFinder(), nobody)).people
    assert (row.name, row.known) == ("unknown", False)
    assert row.share == pytest.approx(0.85, abs=0.03)
    assert all(one[1] <= other[0] for one, other in zip(row.stretches, row.stretches[1:],
                                                        strict=False))  # fmt: skip


def test_only_the_part_asked_for_is_looked_at(clip, look):
    tagged = tag_clip(None, clip, Tagging(start_s=1.5, end_s=3.5), people=look)
    found = stretches_of(tagged)
    assert found["小明"] == [pytest.approx((1.5, 3.5), abs=0.01)]
    assert [each.share for each in tagged.people] == pytest.approx([1.0, 0.5], abs=0.06)


def test_every_file_tells_the_same(recognizer, clip, look, tmp_path):
    out = tmp_path / "out"
    (done,) = tag_files(recognizer, [Clip(str(clip), "x")], out, people=look)
    write_table(out / "tags.csv", [done])
    record = json.loads((out / "x.json").read_text(encoding="utf-8"))
    assert record == done.record
    told = {
        (one["name"], f"{each['from']:.3f}", f"{each['to']:.3f}")
        for one in record["people"]
        for each in one["stretches"]
    }
    rows = list(csv.DictReader((out / "x.csv").read_text(encoding="utf-8").splitlines()))
    people = [row for row in rows if row["kind"] == "person"]
    assert {(row["label"], row["from"], row["to"]) for row in people} == told
    assert len(rows) - len(people) == len(record["segments"])
    table = list(csv.DictReader((out / "tags.csv").read_text(encoding="utf-8").splitlines()))
    assert [row["label"] for row in table if row["kind"] == "person"] == ["小明", "Bo", "unknown"]
    page = (out / "x.html").read_text(encoding="utf-8")
    assert page.count('<span title="') == len(told)


def test_subtitles_name_whoever_is_on_screen_at_each_moment(recognizer, clip, look, tmp_path):
    list(tag_files(recognizer, [Clip(str(clip), "x")], tmp_path / "out", people=look))
    record = json.loads((tmp_path / "out" / "x.json").read_text(encoding="utf-8"))
    blocks = (tmp_path / "out" / "x.srt").read_text(encoding="utf-8").strip().split("\n\n")
    before = 0.0
    for number, block in enumerate(blocks, 1):
        head, times, *lines = block.splitlines()
        start, end = (seconds_of(each) for each in times.split(" --> "))
        assert (head, before <= start < end) == (str(number), True)
        before, middle = end, (start + end) / 2
        there = [
            one["name"] for one in record["people"]
            if any(each["from"] <= middle < each["to"] for each in one["stretches"])
        ]  # fmt: skip
        assert lines[1:] == ([", ".join(there)] if there else [])
        assert re.fullmatch(r"(dark|middle|bright) \d+ %", lines[0])


def seconds_of(stamp):
    hours, minutes, seconds = stamp.replace(",", ".").split(":")
    return 3600 * int(hours) + 60 * int(minutes) + float(seconds)


def test_files_that_name_people_are_for_one_alone(recognizer, clip, look, tmp_path):
    for people, alone in ((look, True), (None, False), (look, True)):
        (done,) = tag_files(recognizer, [Clip(str(clip), "x")], tmp_path, people=people)
        write_table(tmp_path / "tags.csv", [done])
        files = [tmp_path / "tags.csv", *(tmp_path / f"x.{end}" for end in ENDS)]
        assert {readable_for_owner_alone(file) for file in files} == {alone}
        names = ["小明".encode() in file.read_bytes() for file in files]
        assert all(names) if alone else not any(names)


def test_who_is_enrolled_since_is_looked_for_again(recognizer, clip, gallery, tmp_path):
    def earlier(asked=None, **changes):
        look = replace(PeopleLook(SquareFinder(), matcher_of(gallery)), **changes)
        (done,) = tag_files(asked, [Clip(str(clip), "x")], tmp_path / "out", people=look)
        return done.earlier

    assert not earlier()
    assert earlier()
    gallery.add([enrolled("Cy", PINK)])
    assert not earlier()
    assert earlier()
    gallery.forget("Bo")
    assert not earlier()
    assert "Bo" not in (tmp_path / "out" / "x.json").read_text(encoding="utf-8")
    assert not earlier(matcher=matcher_of(gallery, threshold=0.8))
    assert not earlier(every_s=0.2)
    assert not earlier(options="smallest 40")
    assert not earlier(recognizer)
    assert earlier(recognizer)


def test_nobody_to_be_seen_is_said(recognizer, tmp_path, look):
    film = write_levels(tmp_path / "empty.mp4", [("dark", 1)])
    (done,) = tag_files(None, [Clip(str(film), "x")], tmp_path, people=look)
    assert done.record["people"] == []
    assert (tmp_path / "x.srt").read_text(encoding="utf-8") == ""
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "No face was seen for long enough." in page
    assert "No label has enough of it." not in page


def test_what_makes_no_sense_is_refused(recognizer, clip, look):
    with pytest.raises(VideoError, match="nothing to look for"):
        tag_clip(None, clip)
    with pytest.raises(VideoError, match="is live and can be looked at once"):
        tag_clip(recognizer, "rtsp://door/1", Tagging(end_s=1), people=look)
    with pytest.raises(VideoError, match="not one frame between the times"):
        tag_clip(None, clip, Tagging(start_s=60), people=look)


def test_progress_of_both_passes_is_one(recognizer, clip, look):
    heard = []
    tag_clip(recognizer, clip, people=look, progress=lambda *at: heard.append(at))
    assert heard == sorted(heard)
    assert heard[-1][0] == pytest.approx(10, abs=0.2)
    assert {total for _, total in heard} == {10}


def test_stopping_ends_the_looking_for_people(clip, look):
    stop, heard = threading.Event(), []

    def tell(done, total):
        heard.append(done)
        stop.set()

    with pytest.raises(StoppedError):
        tag_clip(None, clip, people=look, progress=tell, stop=stop)
    assert len(heard) == 1


def test_a_network_of_faces_has_a_mark_that_its_answers_depend_on():
    def mark(threshold=None, **changes):
        return ByRecognizer(recognizer_of(**changes), threshold=threshold).mark

    assert mark() == mark()
    marks = {mark(), mark(0.7), mark(abstain_threshold=0.8), mark(open_set_threshold=2.0)}
    assert len(marks) == 4
