"""Names in any script: drawn where any font has their letters, else numbered and told once."""

import logging
import shutil
from pathlib import Path

import numpy as np
import pytest

from kanjian.images import font_file, fonts
from kanjian.images.draw import text_plate, text_strip
from kanjian.images.font_file import FontFile
from kanjian.images.text_line import line_of

SCRIPTS = {
    "Chinese": "看见", "Japanese": "ひらがな", "Korean": "한국어", "Arabic": "شخص",
    "Hebrew": "עברית",
    "Hindi": "हिन्दी", "Bengali": "বাংলা", "Tamil": "தமிழ்", "Telugu": "తెలుగు", "Thai": "ไทย",
    "Lao": "ລາວ", "Khmer": "ខ្មែរ", "Burmese": "မြန်မာ", "Greek": "γάτα", "Russian": "кошка",
}  # fmt: skip
NO_FONT = "\U000f0000"  # a private character


@pytest.fixture(autouse=True)
def afresh(monkeypatch):
    for name, empty in (("_fonts", []), ("_found", {}), ("_missed", {}), ("_told", set())):
        monkeypatch.setattr(fonts, name, empty)


@pytest.fixture
def no_system_fonts(monkeypatch):
    monkeypatch.setattr(font_file, "folders", list)


@pytest.fixture
def no_fonts(monkeypatch):
    monkeypatch.setattr(fonts, "_places", list)


def noto():
    """The file of the extra."""
    (home,) = fonts._homes("noto_cjk_sans_otc")
    return f"{home}/NotoSansCJK-Regular.ttc"


@pytest.mark.parametrize("name", SCRIPTS.values(), ids=SCRIPTS)
def test_the_extra_has_letters_for_a_system_without_fonts(no_system_fonts, name, caplog):
    assert fonts.drawn(name, 3) == name
    plate = text_plate(name, text_px=20)
    assert plate.tobytes() != text_plate(name[::-1], text_px=20).tobytes()
    assert not caplog.records


def test_without_any_font_the_number_is_drawn_and_the_cure_told_once(no_fonts, caplog):
    assert [fonts.drawn(name, i) for i, name in enumerate(("cat", "看见", "小明"))] == [
        "cat", "#1", "#2",
    ]  # fmt: skip
    assert text_plate("看见", otherwise="#1").tobytes() == text_plate("#1").tobytes()
    assert (
        text_strip("看见 98 %", 90, otherwise="#1").tobytes() == text_strip("#1 98 %", 90).tobytes()
    )
    (told,) = caplog.records
    line = told.getMessage()
    assert told.levelno == logging.WARNING
    assert "\n" not in line
    assert line.startswith("no font here has the letters of '看见'; #1 is drawn. Run: ")


def test_the_cure_is_the_extra_where_it_brings_the_script(no_fonts, caplog, monkeypatch):
    monkeypatch.setattr(fonts.extras, "installed", lambda module: False)
    fonts.drawn("看见", 0)
    assert caplog.messages[0].endswith(f"Run: {fonts.extras.cure('fonts')}")
    fonts.drawn("𓃠", 0)  # Egyptian is not in it
    assert "fonts-noto" in caplog.messages[1] or "Install a font" in caplog.messages[1]


def test_a_font_installed_meanwhile_is_used_at_once(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "_places", lambda: [tmp_path])
    assert fonts.drawn("看见", 0) == "#0"
    before = text_plate("看见", otherwise="#0")
    shutil.copy(noto(), tmp_path / "Any Name.ttc")
    assert fonts.drawn("看见", 0) == "看见"
    assert text_plate("看见", otherwise="#0").tobytes() != before.tobytes()
    assert fonts.drawable(["看见"])[0] == {"看见": "看见"}


def test_a_font_that_was_removed_is_not_asked_for(monkeypatch, tmp_path):
    monkeypatch.setattr(fonts, "_places", lambda: [tmp_path])
    shutil.copy(noto(), tmp_path / "a.ttc")
    assert fonts.drawn("看见", 0) == "看见"
    (tmp_path / "a.ttc").unlink()
    assert fonts.drawn("看见", 0) == "#0"
    assert text_plate("看见").shape[0] == 19


def test_matplotlib_draws_what_is_called_drawable_without_a_warning(no_system_fonts):
    # warnings are errors here, and a letter that is lacking warns
    from kanjian.evaluation.metrics import evaluate_probabilities
    from kanjian.reporting.figures import confusion_png

    names = (*SCRIPTS.values(), NO_FONT)
    scores = np.eye(len(names), dtype=np.float32)
    drawn, families = fonts.drawable(names)
    assert drawn == {name: name for name in SCRIPTS.values()} | {NO_FONT: f"#{len(SCRIPTS)}"}
    assert len(families) > 5
    png = confusion_png(evaluate_probabilities(scores, np.arange(len(names)), names))
    assert png != confusion_png(evaluate_probabilities(scores, np.arange(len(names)), names[::-1]))


@pytest.mark.parametrize("face", [0, 2])
def test_the_letters_of_a_file_are_those_freetype_finds(face):
    from matplotlib.ft2font import FT2Font

    known = FT2Font(noto(), face_index=face).get_charmap()
    every = range(0x30000)
    assert FontFile(noto(), face).has(every) == {letter for letter in known if letter in every}


def test_the_letters_of_a_small_font_too(no_system_fonts):
    from matplotlib.ft2font import FT2Font

    path = next(path for path in fonts._files() if path.endswith("DejaVuSans.ttf"))
    assert FontFile(path).has(range(0x20000)) == set(FT2Font(path).get_charmap())


@pytest.mark.parametrize("cut", [0, 3, 40, 3000])
def test_a_file_that_is_no_whole_font_has_no_letters(tmp_path, cut):
    broken = tmp_path / "broken.ttc"
    broken.write_bytes(Path(noto()).read_bytes()[:cut])
    assert FontFile(str(broken)).has(map(ord, "a看")) == frozenset()
    assert FontFile(str(tmp_path / "none.ttf")).has([97]) == frozenset()


def test_a_font_of_little_pictures_is_passed_over(tmp_path):
    # its letters have no outlines, Pillow would not draw them in any other size than theirs
    sheet = tmp_path / "emoji.ttc"
    sheet.write_bytes(Path(noto()).read_bytes().replace(b"CFF ", b"CBDT"))
    assert FontFile(str(sheet)).has([0x770B]) == frozenset()


def test_our_own_signs_have_a_plain_form(no_fonts):
    assert fonts.legible("3 × 3 → a", "#") == "3 x 3 > a"


def test_a_long_line_of_two_scripts_is_cut_to_its_width(no_system_fonts):
    line = line_of("看见" * 20 + " cat ไทย", 13)
    assert line.width > 200
    short = line.cut(100)
    assert 50 < short.width <= 100
    assert short.text.endswith("…")
    assert line.cut(100, "middle").text.endswith("ไทย")


def test_control_characters_are_blanks(no_fonts):
    assert fonts.drawn("two\nlines\u202e", 0) == "two lines "
    assert fonts.drawn("\n", 4) == "#4"
