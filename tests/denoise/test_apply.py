"""Files are cleaned with names, formats, times and sound kept; a damaged one stops nothing."""

from functools import partial
from pathlib import Path

import numpy as np
import pytest

from kanjian.denoise.apply import Cleaned, Failed, clean_files
from kanjian.denoise.tiles import clean
from kanjian.errors import DenoiserError
from kanjian.images.decode import read_image
from kanjian.images.write import write_image
from kanjian.inference import outputs
from kanjian.inference.outputs import Job
from kanjian.media.frames import read_frames, video_info
from stand_in_denoiser import stand_in
from video_files import number_of, write_clip

plan = partial(outputs.plan, ending="clean", videos=True)


def photo(seed=0, shape=(30, 40, 3)):
    return np.random.default_rng(seed).integers(60, 90, shape, dtype=np.uint8)


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    home = tmp_path / "照片 ü"
    for number, name in enumerate(("a.png", "b.jpg", "in/a.png", "gray.pgm", "x.webp")):
        write_image(home / name, photo(number, (30, 40) if "gray" in name else (30, 40, 3)))
    (home / "hurt.png").write_bytes((home / "a.png").read_bytes()[:200])
    (home / "notes.txt").write_text("no picture")
    return home


def test_a_folder_is_cleaned_in_its_order_with_names_and_formats(folder):
    jobs = plan([folder], Path("out"))
    results = list(clean_files(stand_in(), jobs))
    assert [job.target.relative_to("out").as_posix() for job in jobs] == [
        "a.png", "b.jpg", "gray.pgm", "hurt.png", "x.webp", "in/a.png",
    ]  # fmt: skip
    assert [type(result) for result in results].count(Failed) == 1
    failed = results[3]
    assert isinstance(failed, Failed)
    assert "hurt.png" in failed.reason
    assert not Path("out/hurt.png").exists()
    for name in ("a.png", "in/a.png", "gray.pgm"):
        expected = clean(stand_in(), read_image(folder / name))
        np.testing.assert_array_equal(read_image(Path("out") / name), expected)
    assert Path("out/b.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_nothing_is_replaced_unless_asked(folder):
    jobs = plan([folder / "a.png"], Path("clean.png"))
    Path("clean.png").write_bytes(b"mine")
    (result,) = clean_files(stand_in(), jobs)
    assert isinstance(result, Failed)
    assert "--force" in result.reason
    assert Path("clean.png").read_bytes() == b"mine"
    (result,) = clean_files(stand_in(), jobs, replace=True)
    assert isinstance(result, Cleaned)
    assert read_image("clean.png").shape == (30, 40, 3)


def test_an_error_of_the_question_comes_before_any_work(folder):
    jobs = plan([folder], Path("out"))
    with pytest.raises(DenoiserError, match="takes a noise map"):
        next(clean_files(stand_in(noise_map=True), jobs))
    with pytest.raises(DenoiserError, match="tile must be more"):
        next(clean_files(stand_in(margin=20), jobs, tile=40))
    assert not Path("out").exists()


def test_a_video_keeps_its_times_and_sound(tmp_path):
    pytest.importorskip("av")
    stamps = [0, 40, 80, 500, 520, 1000, 1400]
    clip = write_clip(tmp_path / "clip.mkv", stamps, tone_s=1.5)
    seen = []
    jobs = plan([clip], tmp_path / "out")
    (result,) = clean_files(
        stand_in(), jobs, tile=32, progress=lambda done, total: seen.append((done, total))
    )
    assert isinstance(result, Cleaned)
    assert (result.pictures, result.size_hw, result.notes) == (7, (48, 64), ())
    got = list(read_frames(tmp_path / "out" / "clip.mkv"))
    np.testing.assert_allclose([f.seconds for f in got], np.array(stamps) / 1000, atol=1.1e-3)
    # the stand-in adds up to 15 levels
    assert all(abs(number_of(f.image - np.uint8(8)) - n) <= 1 for n, f in enumerate(got))
    assert video_info(tmp_path / "out" / "clip.mkv").sound
    assert [done for done, _ in seen] == [*range(1, 8), 7]
    assert seen[-1] == (7, 7)


def test_a_video_that_breaks_off_is_cleaned_up_to_there(tmp_path):
    pytest.importorskip("av")
    clip = write_clip(tmp_path / "clip.mkv", range(0, 2400, 40))
    content = clip.read_bytes()
    clip.write_bytes(content[: len(content) * 6 // 10])
    (tmp_path / "no.mp4").write_bytes(b"no video")
    progress = []
    jobs = [
        Job(clip, tmp_path / "o" / "clip.mp4", True),
        Job(tmp_path / "no.mp4", tmp_path / "o" / "no.mp4", True),
    ]
    first, second = clean_files(
        stand_in(), jobs, progress=lambda done, total: progress.append((done, total))
    )
    assert isinstance(first, Cleaned)
    assert 10 < first.pictures < 55
    assert "clip.mkv is written as .mp4." in first.notes
    assert any("it ends after" in note for note in first.notes)
    assert isinstance(second, Failed)
    assert sorted(path.name for path in (tmp_path / "o").iterdir()) == ["clip.mp4"]


def test_a_moving_gif_becomes_a_video_and_a_still_one_a_picture(tmp_path):
    from PIL import Image

    frames = [Image.fromarray(photo(seed)) for seed in range(4)]
    frames[0].save(tmp_path / "move.gif", save_all=True, append_images=frames[1:], duration=80)
    frames[0].save(tmp_path / "still.gif")
    jobs = plan([tmp_path], tmp_path / "out")
    assert [job.target.name for job in jobs] == ["move.mp4", "still.png"]
