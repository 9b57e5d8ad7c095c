"""Messages: the catalogs hold all of them, and the language is the one that was asked for."""

import ast
import importlib.util
import io
import re
import string
from gettext import GNUTranslations
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

import kanjian
from kanjian import i18n
from kanjian.errors import KanjianError
from kanjian.i18n import _, language, languages, ngettext, set_language, speaking

SOURCE = Path(kanjian.__file__).parent
TOOL = Path(__file__).resolve().parents[1] / "tools" / "messages.py"


@pytest.fixture(scope="module")
def tool():
    spec = importlib.util.spec_from_file_location("messages", TOOL)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def extracted(tool):
    return tool.extracted()


@pytest.fixture
def no_language(monkeypatch):
    """Nobody asked for a language yet."""
    monkeypatch.setattr(i18n, "_process", [])
    for name in ("KANJIAN_LANG", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)


def test_the_catalogs_hold_what_the_code_says(tool, extracted):
    said = {each.id for each in extracted if each.id}
    for path in tool.sources():
        catalog = tool.read(path)
        assert {each.id for each in catalog if each.id} == said, "run 'make messages'"
        assert path.read_bytes() == tool.as_po(catalog), "run 'make messages'"
        with path.with_suffix(".mo").open("rb") as stream:
            assert spoken(stream) == spoken(io.BytesIO(tool.as_mo(catalog))), "run 'make messages'"


def spoken(stream):
    """What a compiled catalog says, without the header that names the version of Babel."""
    return {key: said for key, said in GNUTranslations(stream)._catalog.items() if key}


def test_every_page_is_translated(tool):
    pages = ("reporting/", "experiments/", "explain/", "cli/see/", "video/timeline", "faces/watch")
    for path in tool.sources():
        left = tool.missing(tool.read(path))
        assert [message for place, message in left if place.startswith(pages)] == []


# Chinese counts where English says "one" or "the other", and has one form of "is" and "are"
FREE = {"n", "verb", "verb2"}


def places(text):
    return {name for _text, name, *_rest in string.Formatter().parse(text) if name is not None}


def test_a_translation_has_the_places_of_its_message(tool):
    for path in tool.sources():
        for each in tool.read(path):
            one, *_many = each.id if isinstance(each.id, tuple) else (each.id,)
            for said in each.string if isinstance(each.string, tuple) else (each.string,):
                assert not said or places(said) - FREE == places(one) - FREE, one
                assert not one or one.endswith("…") or said.strip() == said, one


def test_chinese_has_no_half_of_an_english_sentence(tool):
    path = SOURCE / "locale" / "zh" / "LC_MESSAGES" / "kanjian.po"
    for each in tool.read(path):
        for said in each.string if isinstance(each.string, tuple) else (each.string,):
            assert not each.id or not re.search(r"[一-鿿] ?[,;:!?]", said), said


def test_a_message_is_spoken_in_the_language_of_the_block():
    assert _("Confusion matrix") == "Confusion matrix"
    with speaking("zh_CN.UTF-8"):
        assert (language(), _("Confusion matrix")) == ("zh", "混淆矩阵")
        assert ngettext("{n} file", "{n} files", 1) == "1 个文件"
        with speaking("en"):
            assert _("Confusion matrix") == "Confusion matrix"
    assert language() == "en"


def test_what_has_no_translation_stays_english():
    with speaking("zh"):
        assert _("of nobody {n}", n=3) == "of nobody 3"


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"KANJIAN_LANG": "zh", "LANG": "en_US.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LC_ALL": "C", "LANG": "zh_CN.UTF-8"}, "en"),
        ({"LANG": "de_DE.UTF-8"}, "en"),
        ({"KANJIAN_LANG": "klingon"}, "en"),
    ],
)
def test_the_environment_chooses(no_language, monkeypatch, variables, expected):
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert language() == expected


def test_what_is_asked_for_wins(no_language, monkeypatch):
    monkeypatch.setenv("KANJIAN_LANG", "en")
    set_language("zh-Hans")
    assert language() == "zh"


def test_a_language_without_catalog_is_refused_with_those_there_are():
    assert languages() == ("en", "zh")
    with pytest.raises(KanjianError, match=r"the language 'xx'\. There are: en, zh"):
        set_language("xx")


def functions(tree):
    return [each for each in ast.walk(tree) if isinstance(each, ast.FunctionDef)]


def bound(function):
    """Names a function gives a value, outside of comprehensions."""
    inner = {
        name
        for each in ast.walk(function)
        if isinstance(each, ast.comprehension)
        for name in ast.walk(each.target)
    }
    stored = {
        each.id
        for each in ast.walk(function)
        if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store) and each not in inner
    }
    return stored | {each.arg for each in ast.walk(function.args) if isinstance(each, ast.arg)}


@pytest.mark.parametrize("name", ["_", "ngettext"])
def test_who_speaks_throws_nothing_into_the_name_of_the_speaker(name):
    for path in SOURCE.rglob("*.py"):
        for function in functions(ast.parse(path.read_text(encoding="utf-8"))):
            calls = [each.func for each in ast.walk(function) if isinstance(each, ast.Call)]
            called = {each.id for each in calls if isinstance(each, ast.Name)}
            assert name not in called & bound(function), f"{path}: {function.name}"


def test_markup_is_made_in_two_modules_only():
    """Everything else is escaped by a template or by `element`."""
    for path in SOURCE.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        if path.name in {"svg.py", "render.py"} and path.parent.name == "reporting":
            continue
        assert "html import escape" not in text and "html.escape" not in text, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.Call) and node.args:
                assert ast.unparse(node.func) != "Markup", f"{path}:{node.lineno}: use element()"
            if isinstance(node, ast.JoinedStr):
                told = "".join(each.value for each in node.values if isinstance(each, ast.Constant))
                tag = re.search(r"</?(div|span|p|svg|text|rect|img|section|figure|td|li)\b", told)
                assert not tag, f"{path}:{node.lineno}: put it into a template"


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('raise ValueError(f"no run in {run.folder}.")', ["no run in {folder}."]),
        ('say(f"{plural(n, \'epoch\')} in {a} and {b.a}")', [
            "{n_epochs} in {a} and {a2}", ("{n} epoch", "{n} epochs")]),
        ('say(f"{size} {\'gray\' if n == 1 else \'color\'} pictures")', [
            "{size} gray pictures", "{size} color pictures"]),
        ('say("two words" + (f" and {more} more" if more else ""))', [
            "two words and {more} more", "two words"]),
        ('key = "not said"', []),
        ('say(_("marked already"))', []),
    ],
)  # fmt: skip
def test_what_is_said_unmarked_is_found_as_a_template(tool, code, expected):
    found = [each for _, each in tool.templates(ast.parse(code), loose=False, titled=False)]
    assert found == expected


def test_the_list_of_what_is_missing_says_the_share_of_each_file(tool):
    catalog = Catalog()
    catalog.add("one", "一", locations=[("a.py", 1)])
    catalog.add("two", locations=[("b.py", 1)])
    assert list(tool.told("zh", catalog)) == [
        "b.py: two",
        "zh b.py: 0 of 1 messages, 0 %",
        "zh: 1 of 2 messages, 50 %",
    ]
