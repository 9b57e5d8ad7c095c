"""The command line in the language of the reader: help, errors, results."""

import contextlib
import io
import os
import re
import string
import subprocess
import sys
from functools import cache

import pytest
import typer

from kanjian import spoken as module
from kanjian.cli import app
from kanjian.cli.output import width_of
from kanjian.cli.spoken_help import paragraphs
from kanjian.i18n import Catalog, catalog_here, speaking
from kanjian.spoken import spoken

# Said alike in every language: names, places of values, what is typed
TYPED = re.compile(r"'[^']*'|\[[^\]]*\]|--?[a-z][\w-]*|\$?[A-Z][A-Z_]+|\w+[.=/]\S+|<[^>]*>|kanjian")


def run(args, capsys):
    status = app.run(args)
    heard = capsys.readouterr()
    return status, heard.out, heard.err


@cache
def commands():
    def walked(command, words=()):
        yield words, command
        with typer.Context(command) as context:
            for name in getattr(command, "list_commands", lambda _: [])(context):
                yield from walked(command.get_command(context, name), (*words, name))

    return list(walked(app.command([])))


def helps():
    """Each text of help with the command that says it."""
    for words, command in commands():
        for text in (command.help, command.epilog):
            yield from ((words, each) for each in paragraphs(text or "") if each)
        # a command remembers its option of help as it was first made
        with typer.Context(command, help_option_names=["-h", "--help"]) as context:
            for param in command.get_params(context):
                yield words, " ".join(param.help.split())


def test_every_text_of_help_is_translated():
    with speaking("zh"):
        left = [(words, text) for words, text in helps() if catalog_here().gettext(text) == text]
    assert left == []


def marked(text):
    """The text between marks; what Typer and we put into it goes with it."""
    return f"«{re.sub('[A-Za-z]', 'x', text)}»"


class Marked(Catalog):
    """Says every message with its letters crossed out, so that what was not asked for shows."""

    def gettext(self, message):
        return marked(message)

    @property
    def exact(self):
        return {english: marked(english) for english, _ in self.pairs if "{" not in english}


@pytest.fixture(scope="module")
def crossed_out():
    with speaking("zh"):
        catalog = catalog_here()
    return Marked(io.BytesIO(catalog._data))


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_help_has_no_word_outside_the_catalog(words, crossed_out):
    with speaking("zh", crossed_out), contextlib.redirect_stdout(io.StringIO()) as said:
        app.run([*words, "--help"])
    lines = said.getvalue().splitlines()
    # a column of names, then their help; the line of usage is what is typed
    prose = [re.sub(r"^  (\S+ )*\S+(  +|$)", "", line) for line in lines[1:]]
    plain = TYPED.sub("", re.sub("«[^»]*(»|$)", "", " ".join(prose)))
    assert re.findall(r"\b[a-z]{3,} [a-z]{3,}\b", plain) == []


@pytest.mark.parametrize(
    "args", [["--lang", "zh", "train", "--help"], ["train", "--help", "--lang=zh"]]
)
def test_the_language_may_stand_anywhere(args, capsys):
    status, out, _ = run(args, capsys)
    assert status == 0
    assert "用法：" in out
    assert "选项:" in out
    assert "遍历全部训练图片" in out


@pytest.mark.parametrize("words", [words for words, _ in commands()], ids=" ".join)
def test_help_fits_into_80_columns(words, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    _, out, _ = run([*words, "--help", "--lang", "zh"], capsys)
    too_wide = [line for line in out.splitlines() if width_of(line) > 80]
    assert [line for line in too_wide if not line.lstrip().startswith(("-", "kanjian"))] == []


def test_a_language_asked_for_ends_with_the_command(capsys):
    run(["--lang", "zh", "--version"], capsys)
    _, out, _ = run(["--help"], capsys)
    assert out.startswith("Usage: ")


def test_the_environment_asks_as_well(capsys, monkeypatch):
    monkeypatch.setenv("KANJIAN_LANG", "zh_CN.UTF-8")
    assert "用法：" in run(["--help"], capsys)[1]
    monkeypatch.setenv("KANJIAN_LANG", "xx")
    assert "Usage: " in run(["--help"], capsys)[1]


def test_a_language_there_is_not_is_refused(capsys):
    status, _, err = run(["--lang", "xx", "doctor"], capsys)
    assert (status, "There are: en, zh." in err) == (2, True)
    assert run(["doctor", "--lang"], capsys)[0] == 2


WRONG = {
    "train nothing-here": ["'nothing-here'", "没有"],
    "train digits --zebra": ["未知选项 '--zebra'", "'kanjian train --help'"],
    "train digits --lr 3": ["未知选项 '--lr'", "--learning-rate"],
    "train digits --epochs abc": ["--epochs 应为整数，得到的是 'abc'"],
    "train digits --augment foo": ["'foo' 不是以下取值之一", "'standard'"],
    "train digits --set optimizer.name=x": ["'x'", "可用的有：", "SGD"],
    "train digits --set optimizer": ["'optimizer'", "应为 section.key=value"],
    "trian": ["未知的命令 'trian'", "'train'"],
    "predict runs/none a.png": ["runs/none", "没有识别器", "没有这个文件或文件夹"],
    "evaluate": ["缺少参数 'RUN'"],
    "datasets get mnisst": ["未知的数据集 'mnisst'", "'mnist'"],
    "export runs/none": ["缺少选项 '--to'", "onnx"],
    "see layers nonet": ["没有文件或文件夹 nonet"],
    "compare digits --over a": ["--over", "'a'", "optimizer.name=sgd,adam"],
    "train digits --name a/b": ["'a/b' 不能作为名称", "'/'"],
    "resume runs/none": ["runs/none"],
    "image frob a.png": ["未知的操作 'frob'", "sharpen"],
}


@pytest.mark.parametrize("line", WRONG)
def test_an_error_is_told_in_chinese_with_its_values(line, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    status, out, err = run(["--lang", "zh", *line.split()], capsys)
    assert (status, out, err.count("\n")) == (2, "", 1)
    for part in WRONG[line]:
        assert part in err
    words = TYPED.sub("", err.removeprefix("kanjian: "))
    assert re.findall(r"\b[a-z]{3,} [a-z]{2,} [a-z]{2,}\b", words) == []


def test_english_is_not_touched():
    """Byte for byte what it was: nothing is looked up."""
    for text in ("unknown model 'x'. Did you mean 'y'?", "3 epochs in 2 s", "accuracy"):
        assert spoken(text) is text


def test_what_is_for_programs_stays_english(capsys, tmp_path):
    path = tmp_path / "broken.png"
    path.write_bytes(b"no picture")
    _, zh, _ = run(["--lang", "zh", "models", "lenet", "--json"], capsys)
    assert run(["models", "lenet", "--json"], capsys)[1] == zh


@pytest.mark.parametrize("code", ["ascii", "latin-1"])
def test_a_terminal_without_chinese_letters_ends_no_command(code, tmp_path):
    words = [sys.executable, "-m", "kanjian", "--lang", "zh", "predict", "none", "a.png"]
    env = os.environ | {"LC_ALL": "C", "PYTHONIOENCODING": code, "PYTHONUTF8": "0"}
    for line in (words, [*words[:5], "--help"]):
        done = subprocess.run(line, env=env, cwd=tmp_path, capture_output=True, check=False)
        assert done.returncode == (0 if "--help" in line else 2)
        assert b"Traceback" not in done.stderr
        # Typer takes a terminal of ASCII for one that is set up wrongly, and gives it UTF-8
        assert "--help" in line or b"\\u6ca1\\u6709" in done.stderr


def test_a_long_list_of_names_is_not_taken_apart_again_and_again(monkeypatch):
    looked = []
    fitting = module._fitting
    monkeypatch.setattr(module, "_fitting", lambda *a, **k: looked.append(1) or fitting(*a, **k))
    names = ", ".join(f"a name {number}: it" for number in range(300))
    with speaking("zh"):
        assert spoken(names) == names
    assert len(looked) < 2000


def test_a_place_holds_what_stood_there():
    with speaking("zh"):
        catalog = catalog_here()
        for each in module.templates(catalog):
            names = {name for _, name, *_ in string.Formatter().parse(each.english) if name}
            assert all(re.fullmatch(r"\w+", name) for name in names), each.english
        assert spoken("unknown model 'a b' in [model] name. Did you mean 'c'?") == (
            "[model] name 中有未知的模型 'a b'。您是否想用 'c'？"
        )
        assert spoken("cats") == "cats"
        assert spoken("my run in my folder") == "my run in my folder"
