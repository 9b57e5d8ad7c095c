"""What clips are about: tags, segments, files, and going on where it was broken off."""

import importlib
import json
import os
import time

import pytest

from kanjian.errors import VideoError
from kanjian.video.tag import Tagging, tag_clip
from kanjian.video.tag_files import Clip, Done, NotDone, clips_at, tag_files, write_table
from kanjian.video.times import FrameRate
from level_clips import recognizer_of, write_levels

pytest.importorskip("av")
room = importlib.import_module("kanjian.video.tag_files")
PARTS = [("dark", 4), ("bright", 3), ("middle", 1.5), ("dark", 1.5)]


@pytest.fixture(scope="module")
def clip(tmp_path_factory):
    return write_levels(tmp_path_factory.mktemp("tag") / "看 levels.mp4", PARTS)


def test_segments_are_where_the_clip_was_cut(recognizer, clip):
    tagged = tag_clip(recognizer, clip)
    assert [each.label for each in tagged.segments] == ["dark", "bright", "middle", "dark"]
    borders = [each.from_s for each in tagged.segments[1:]]
    assert borders == pytest.approx([4.0, 7.0, 8.5], abs=0.15)
    assert tagged.segments[-1].to_s == pytest.approx(10, abs=0.01)


@pytest.mark.parametrize("vote", ["count", "mean", "confidence"])
def test_shares_are_those_of_the_clip(recognizer, clip, vote):
    tags = tag_clip(recognizer, clip, Tagging(vote=vote)).tags
    assert [tag.label for tag in tags] == ["dark", "bright", "middle"]
    assert [tag.share for tag in tags] == pytest.approx([0.55, 0.3, 0.15], abs=0.04)
    assert tags[0].seconds == pytest.approx(5.5, abs=0.3)


def test_only_the_part_asked_for_is_looked_at(recognizer, clip):
    tagged = tag_clip(recognizer, clip, Tagging(start_s=4.0, end_s=7.0))
    (only,) = tagged.segments
    assert (only.label, only.from_s, only.to_s) == ("bright", 4.0, 7.0)
    assert len(tagged.samples.times) == 12


def test_a_label_with_too_little_is_no_tag(recognizer, clip):
    tags = tag_clip(recognizer, clip, Tagging(least_share=0.2)).tags
    assert [tag.label for tag in tags] == ["dark", "bright"]


def test_where_the_recognizer_does_not_know_it_is_unknown(clip):
    doubtful = recognizer_of(abstain_threshold=1.0)
    tagged = tag_clip(doubtful, clip)
    assert [each.label for each in tagged.segments] == ["unknown"]
    assert tagged.unknown == 1
    assert tagged.tags == ()


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"vote": "loudest"}, "unknown vote 'loudest'"),
        ({"least_share": 2}, "least_share must be from 0 to 1"),
        ({"start_s": 60.0}, "not one frame between the times"),
    ],
)
def test_what_makes_no_sense_is_refused(recognizer, clip, options, sentence):
    with pytest.raises(VideoError, match=sentence):
        tag_clip(recognizer, clip, Tagging(**options))


def test_pictures_of_a_folder_are_a_clip(recognizer, tmp_path):
    import numpy as np

    from kanjian.images.write import write_image

    for number in range(50):
        write_image(tmp_path / f"{number}.png", np.full((8, 8), 220, np.uint8))
    tagged = tag_clip(recognizer, tmp_path, Tagging(FrameRate(step=5)))
    assert tagged.tags[0].label == "bright"
    assert tagged.samples.end_s == 2.0


def test_memory_of_pictures_is_bounded():
    import numpy as np

    from kanjian.video.samples import _THUMBS, _Thumbs

    thumbs = _Thumbs()
    for number in range(3 * _THUMBS):
        thumbs.offer(number, np.zeros((4, 4), np.uint8))
    assert _THUMBS / 2 <= len(thumbs.kept) <= _THUMBS
    assert 0 in thumbs.kept
    assert max(thumbs.kept) > 2.9 * _THUMBS


@pytest.fixture
def folder(tmp_path, clip):
    clips = tmp_path / "clips"
    (clips / "more").mkdir(parents=True)
    (clips / "a.mp4").write_bytes(clip.read_bytes())
    (clips / "more" / "a.mp4").write_bytes(clip.read_bytes())
    (clips / "bad.mp4").write_bytes(b"no video")
    (clips / "notes.txt").write_text("")
    return clips


def test_a_folder_side_by_side_with_one_bad_file(recognizer, folder, tmp_path):
    clips = clips_at([str(folder)])
    assert [each.stem for each in clips] == ["a", "bad", "a-2"]
    heard = []
    results = list(
        tag_files(
            recognizer, clips, tmp_path / "out", jobs=2, progress=lambda *at: heard.append(at)
        )
    )
    assert [type(each) for each in results] == [Done, NotDone, Done]
    assert "cannot read" in results[1].reason
    written = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert written == sorted(
        f"{stem}.{end}" for stem in ("a", "a-2") for end in ("csv", "html", "json", "srt")
    )
    assert heard[-1][0] <= heard[-1][1]


def test_what_is_done_is_not_done_again(recognizer, folder, tmp_path, monkeypatch):
    clips, out = [Clip(str(folder / "a.mp4"), "a")], tmp_path / "out"
    calls = []
    plain = room.tag_clip
    monkeypatch.setattr(
        room, "tag_clip", lambda *args, **options: calls.append(args) or plain(*args, **options)
    )

    def earlier(how=None, **options):
        (only,) = tag_files(options.pop("asked", recognizer), clips, out, how, **options)
        return only.earlier

    assert not earlier()
    assert earlier()
    assert len(calls) == 1
    assert not earlier(Tagging(vote="mean"))
    assert not earlier()  # the other options wrote over it
    assert not earlier(asked=recognizer_of(abstain_threshold=0.5))
    assert not earlier()
    assert not earlier(anew=True)
    (out / "a.srt").unlink()
    assert not earlier()
    os.utime(folder / "a.mp4", ns=(0, 0))
    assert not earlier()
    (out / "a.json").write_text("{", encoding="utf-8")
    assert not earlier()


def test_files_hold_the_same(recognizer, clip, tmp_path):
    (done,) = tag_files(recognizer, [Clip(str(clip), "x")], tmp_path)
    record = json.loads((tmp_path / "x.json").read_text(encoding="utf-8"))
    assert record == done.record
    lines = (tmp_path / "x.csv").read_text(encoding="utf-8").splitlines()
    assert lines[0] == "label,from,to,confidence"
    assert len(lines) == 1 + len(record["segments"])
    blocks = (tmp_path / "x.srt").read_text(encoding="utf-8").split("\n\n")
    assert len(blocks) == len(record["segments"])
    assert blocks[0].startswith("1\n00:00:00,000 --> 00:00:03,9")
    write_table(tmp_path / "tags.csv", [done])
    assert (tmp_path / "tags.csv").read_text(encoding="utf-8").count("dark") == 1


def test_the_page_stands_alone_and_escapes(clip, tmp_path):
    from kanjian.inference.card import Card
    from kanjian.inference.recognizer import Recognizer
    from level_clips import ByLevel

    hostile = recognizer_of()
    card = Card("<b>me</b>", ("<script>x</script>", "猫", "dog"), (8, 8), 3, "crop")
    hostile = Recognizer(card, ByLevel(), hostile.selftest)
    list(tag_files(hostile, [Clip(str(clip), "x")], tmp_path))
    page = (tmp_path / "x.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "猫" in page
    assert page.count("data:image/jpeg;base64") == 4
    assert "http" not in page


def test_stopping_ends_clips_in_other_threads(recognizer, tmp_path, monkeypatch):
    """The second clip is held up until the first is done; leaving ends it between two batches."""
    long = write_levels(tmp_path / "long.mp4", [("dark", 60)], rate=20)
    judge = type(recognizer).judge
    monkeypatch.setattr(
        type(recognizer), "judge", lambda self, batch: time.sleep(0.05) or judge(self, batch)
    )
    short = write_levels(tmp_path / "short.mp4", [("dark", 0.5)])
    clips, every = [Clip(str(short), "s"), Clip(str(long), "l")], Tagging(FrameRate(step=1))
    made = tag_files(recognizer, clips, tmp_path / "out", every, jobs=2)
    assert isinstance(next(made), Done)
    started = time.perf_counter()
    made.close()
    assert time.perf_counter() - started < 2.5  # all of it would take 75 times 0.05 s
    assert not (tmp_path / "out" / "l.json").exists()


def test_a_folder_of_pictures_is_one_clip_and_one_of_nothing_is_refused(tmp_path):
    (tmp_path / "a.png").touch()
    assert [each.source for each in clips_at([str(tmp_path)])] == [str(tmp_path)]
    (tmp_path / "a.png").rename(tmp_path / "a.txt")
    with pytest.raises(VideoError, match="no videos in the folder"):
        clips_at([str(tmp_path)])
