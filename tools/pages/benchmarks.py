"""docs/benchmarks.md: what was wanted, what was measured, and whether the one meets the other."""

import json
import re
from dataclasses import dataclass
from pathlib import Path

from pages import table
from pages.figures import ABOUT_ONE, FLAT, Row
from pages.measured import ROWS

ROOT = Path(__file__).resolve().parents[2]
RESULTS = ROOT / "bench" / "results"
MADE = "<!-- Made by tools/results.py from bench/results; run 'make docs'. -->"
# The six of them that the READMEs show, in plain words
HEADLINES = {
    "`photos-lite0` on 640 cats and dogs: accuracy, seconds to the report": (
        "Cats and dogs from 640 photos: accuracy, and seconds from the command to the report",
        "640 张猫狗照片：准确率，以及从命令到报告的秒数",
    ),
    "`mnist-fast`: test accuracy, mean of 5 seeds": (
        "Handwritten digits (MNIST) with `mnist-fast`: test accuracy, mean of 5 seeds",
        "手写数字（MNIST），`mnist-fast`：5 个种子的平均测试准确率",
    ),
    "training `cifar10-deep`, kanjian ÷ plain Keras (float32)": (
        "Training speed of a small network, as a multiple of plain Keras",
        "小型网络的训练速度，相对原生 Keras 的倍数",
    ),
    "`kanjian predict`, from process start to the prediction": (
        "`kanjian predict`, from the start of the process to the prediction",
        "`kanjian predict`：从进程启动到给出预测",
    ),
    "five photos a person enrolled, the rest asked: rank 1; strangers called unknown "
    "(color photos; ORL)": (
        "Faces from five photos a person: known people named, strangers called unknown "
        "(color photos; ORL)",
        "每人五张照片的人脸识别：认出熟人、把陌生人判为 unknown（彩色照片；ORL）",
    ),
    "killed at random moments and resumed: same weights to the last bit": (
        "Training killed at random moments and resumed: same weights to the last bit",
        "训练在随机时刻被强制终止后恢复：权重逐位相同",
    ),
}
# What the figures say in words
CHINESE = {
    " images/s": " 张/秒", " against ": " 对 ", " points, to ": " 个百分点，达到 ",
    " points": " 个百分点", "drop ": "下降 ", " frames/s": " 帧/秒", " frames": " 帧",
    " frame": " 帧", " in 8 min": "，8 分钟内", " in 20 min": "，20 分钟内",
    ", trained 24 min": "，训练 24 分钟", " epochs measured": " 轮实测", " pictures)": " 张图片)",
    "above": "更高", "better": "更好", "not lower": "不更低", "not 更高": "不更高",
    "flat": "不增长", "about 1": "约为 1", "every one": "全部", "both shown": "两者都列出",
    "all": "全部", " kills, identical, ": " 次强制终止，逐位相同，丢失 ", " epochs lost": " 轮",
    " of ": " / ", "gray ": "灰度 ", "color ": "彩色 ", "mean, ": "均值，", "worst ": "最差 ",
    " epochs)": " 轮)",
}  # fmt: skip


@dataclass(frozen=True)
class Language:
    """The words of one page."""

    title: str
    about: str
    head: tuple[str, ...]
    yes: str
    no: str
    counted: str


LANGUAGES = {
    "en": Language(
        "Benchmarks",
        "On 2 cores of an AMD EPYC with bfloat16 instructions, no GPU, unless the file says "
        "otherwise. Each target was set before the measurement and stays as it was set; each "
        "figure links to its file, with machine, versions and number of runs. `bench/` holds the "
        f"scripts that made them. Flat is a growth of at most {100 * FLAT - 100:.0f} %, "
        f"about 1 is at most {ABOUT_ONE}.",
        ("what", "target", "measured", "met"),
        "yes",
        "**no**",
        "{met} of {all} targets are met.",
    ),
    "zh": Language(
        "基准测试",
        "除非结果文件另有说明，均在两核 AMD EPYC（支持 bfloat16 指令）上测得，无 GPU。"
        "目标在测量之前定下，之后不再改动；每个数字都链接到结果文件，"
        "其中有机器、版本和运行次数。测量脚本在 `bench/` 中。"
        f"“不增长”指增长不超过 {100 * FLAT - 100:.0f} %，“约为 1”指不超过 {ABOUT_ONE}。",
        ("内容", "目标", "实测", "达标"),
        "是",
        "**否**",
        "{all} 项目标中，{met} 项达标。",
    ),
}


def made(language: str) -> str:
    """The page."""
    words = LANGUAGES[language]
    rows = list(measured())
    met = words.counted.format(met=sum(is_met for _, _, is_met in rows), all=len(rows))
    lines = [
        (*cells(row, figure, language, "../bench/results"), words.yes if is_met else words.no)
        for row, figure, is_met in rows
    ]
    return (
        "\n\n".join([MADE, f"# {words.title}", words.about, met, table(words.head, lines)]) + "\n"
    )


def headlines(language: str) -> str:
    """The table of a README: what was measured, without the targets."""
    words = LANGUAGES[language]
    figures = {row.english: (row, figure) for row, figure, _ in measured()}
    lines = [
        (plain[language == "zh"], cells(*figures[english], language, "bench/results")[-1])
        for english, plain in HEADLINES.items()
    ]
    return table(words.head[::2], lines)


def measured() -> list[tuple[Row, str, bool]]:
    """Every row that has a result: the figure, and whether the target is met."""
    found = []
    for row in ROWS:
        path = RESULTS / f"{row.file}.json"
        if not path.exists():
            continue
        result = json.loads(path.read_text(encoding="utf-8"))
        try:
            found.append((row, row.figure(result), bool(row.met(result))))
        except KeyError:  # not all of a benchmark has been run
            continue
    return found


def cells(row: Row, figure: str, language: str, folder: str) -> tuple[str, str, str]:
    """What, target and figure in a language; the figure links to its file."""
    link = f"{folder}/{row.file}.json"
    if language == "en":
        return row.english, row.wanted, f"[{figure}]({link})"
    return row.chinese, in_chinese(row.wanted), f"[{in_chinese(figure)}]({link})"


def in_chinese(text: str) -> str:
    """A figure with its few words in Chinese."""
    text = re.sub(r"% of (\d+)", r"%（共 \1 张）", text)
    for english, chinese in CHINESE.items():
        text = text.replace(english, chinese)
    return text
