"""All pages are whole, escape what strangers named, and say nothing that no catalog holds."""

import gettext
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from jinja2 import nodes

import kanjian
from kanjian.i18n import speaking
from kanjian.reporting import render
from sample_pages import sample_pages

EVIL = "<script>alert(1)</script>\"'><b>{{ 7*7 }}{% x %}&amp;#"
PLAIN = "dataset"  # as a word: what a page shows of it is no text of ours
SPOKEN = {"alt", "title", "aria-label", "placeholder"}
VOID = {"meta", "img", "br", "input", "rect", "circle", "line", "polyline", "polygon"}
# Names, units and signs that are the same in every language
SAME = {"kanjian", "MB", "F1", "FLOPs", "openapi", "json", "count", "t-SNE", "Conv2D", "pool",
        "Dense", "MaxPooling2D", "png", "jpg", "mp4", "name", "unknown"}  # fmt: skip


class Marked(gettext.NullTranslations):
    """A language in which each message stands between marks."""

    def gettext(self, message):
        return f"⟦{message}⟧"

    def ngettext(self, one, many, n):
        return f"⟦{one if n == 1 else many}⟧"


class Reader(HTMLParser):
    """Collects what people read, and complains about tags that do not close."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.texts, self.addresses, self.scripts = [], [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.texts += [value for name, value in attrs if name in SPOKEN]
        self.addresses += [value for name, value in attrs if name in {"src", "href", "action"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open and self.open[-1] == "script":
            self.scripts.append(data)
        elif not self.open or self.open[-1] != "style":
            self.texts.append(data)


def read(page):
    reader = Reader()
    reader.feed(page)
    reader.close()
    assert reader.open == []
    return reader


def outside(text):
    """A text without what stands between marks; they can stand in each other."""
    deep, left = 0, []
    for letter in text:
        deep += (letter == "⟦") - (letter == "⟧")
        left += [letter] if not deep else []
    assert deep == 0, text
    return "".join(left)


def words(text):
    return set(re.findall(r"[^\W\d_][\w-]+", text)) - SAME


@pytest.fixture(scope="module")
def marked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("marked")
    with speaking("en", Marked()):
        pages = sample_pages(PLAIN, folder)
    return {name: page.replace(str(folder), PLAIN) for name, page in pages.items()}


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    return sample_pages(EVIL, tmp_path_factory.mktemp("hostile"))


NAMES = ("report", "comparison", "crossval", "search", "health", "figures", "suggest", "timeline",
         "people", "watch", "serve", "groups")  # fmt: skip
PAGES = [f"{name}.html" for name in NAMES]


def test_every_page_is_looked_at(marked):
    templates = render.environment().list_templates(extensions=["html"])
    source = {name: render.environment().loader.get_source(None, name)[0] for name in templates}
    whole = {name for name, text in source.items() if '{% extends "page.html" %}' in text}
    assert whole == set(marked) == set(PAGES)


@pytest.mark.parametrize("name", PAGES)
def test_no_text_of_a_page_is_outside_the_catalog(marked, name):
    # joined first: a link can stand within a message
    said = outside("\n".join(text or "" for text in read(marked[name]).texts))
    assert {word for word in words(said) if not word.startswith(PLAIN)} == set()


@pytest.mark.parametrize("name", PAGES)
def test_scripts_take_what_they_say_from_the_catalog(marked, name):
    for script in read(marked[name]).scripts:
        for told in re.findall(r"const words = {(.*)};", script):
            for key, message in re.findall(r'"(\w+)": "([^"]*)"', told):
                assert message.startswith("\\u27e6"), (key, message)
        literals = re.findall(r'"[^"\n]*"', re.sub(r"(//|const (words|space) =).*", "", script))
        assert [each for each in literals if re.search("[a-z]{3} [a-z]{3}", each)] in (
            [], ['"use strict"']
        ), name  # fmt: skip


@pytest.mark.parametrize("template", render.environment().list_templates(extensions=["html"]))
def test_a_template_has_no_words_of_its_own(template):
    environment = render.environment()
    tree = environment.parse(environment.loader.get_source(environment, template)[0])
    raw = "".join(each.data for each in tree.find_all(nodes.TemplateData))
    reader = Reader()
    reader.feed(re.sub(r"<(?!/?[a-z!])", "", raw))
    said = " ".join(text or "" for text in reader.texts)
    assert words(said) == set(), template
    for output in tree.find_all(nodes.Output):
        for each in output.nodes:
            assert not isinstance(each, nodes.Const), f"{template}: {each.value!r} is no message"


@pytest.mark.parametrize("name", PAGES)
def test_names_of_strangers_are_text_and_nothing_else(hostile, name):
    page, reader = hostile[name], read(hostile[name])
    assert EVIL not in page and "<b>{{" not in page
    scripts = {"figures.html": 2, "watch.html": 1, "serve.html": 1}
    assert reader.tags.count("script") == scripts.get(name, 0)
    shown = [text for text in reader.texts if "alert(1)" in text]
    assert any(EVIL in text for text in shown), "a name is on the page as it is"
    assert not {"link", "iframe", "object", "form", "base"} & set(reader.tags)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_stands_alone(hostile, name):
    page, reader = hostile[name], read(hostile[name])
    assert page.startswith("<!DOCTYPE html>") and 'name="viewport"' in page
    assert 'lang="en"' in page and "prefers-color-scheme: dark" in page
    own = {"stream", "/openapi.json"}
    assert all(re.match("data:image/|#", each) or each in own for each in reader.addresses)
    assert not re.search(r"https?:|@import|url\(", page)
    assert "Undefined" not in page and "Markup(" not in page


def test_there_is_one_shell_and_one_stylesheet():
    source = Path(kanjian.__file__).parent
    texts = {
        path.relative_to(source).as_posix(): path.read_text(encoding="utf-8")
        for kind in ("py", "html", "js", "css")
        for path in source.rglob(f"*.{kind}")
    }
    shell = "reporting/templates/page.html"
    assert [name for name in texts if name.endswith(".css")] == ["reporting/templates/page.css"]
    assert [name for name, text in texts.items() if "<style" in text] == [shell]
    told = [name for name, text in texts.items() if "<!DOCTYPE html>\n<html" in text]
    assert told == [shell]


def test_a_page_in_chinese_is_marked_so(tmp_path):
    with speaking("zh"):
        page = render.render("watch.html", title="x")
    assert '<html lang="zh">' in page and "由 kanjian（看见）生成。" in page


def test_what_is_put_into_a_message_is_escaped_once():
    environment = render.environment()
    said = environment.from_string(
        '{{ _("{a} & {b}", a="<", b="1" | safe) }}{{ ngettext("{n} <", "{n} <", 2, n="&") }}'
    )
    assert said.render() == "&lt; &amp; 1&amp; &lt;"
