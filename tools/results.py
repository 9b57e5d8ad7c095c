"""Write what was measured into README.md and README.zh-CN.md, from bench/results alone.

`python tools/results.py` rewrites the tables; with `--check` it exits with 1 where a table is
not what the results say.
"""

import argparse
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
BEGIN, END = "<!-- results: made by tools/results.py -->", "<!-- end of results -->"
HEAD = {
    "README.md": "| what | wanted | measured |\n|---|---|---|\n",
    "README.zh-CN.md": "| 内容 | 目标 | 实测 |\n|---|---|---|\n",
}


@dataclass(frozen=True)
class Row:
    """One line of the table: a result file, what it says, and the figure in it."""

    file: str
    english: str
    chinese: str
    wanted: str
    figure: Callable[[dict[str, Any]], str]


def of_recipe(name: str) -> Callable[[dict[str, Any]], str]:
    """Accuracy and seconds of a shipped recipe."""

    def figure(result: dict[str, Any]) -> str:
        recipe = result["recipes"][name]
        seconds = sorted(run["fit_seconds"] for run in recipe["runs"])
        accuracy = f"{100 * recipe['mean_test_accuracy']:.2f} %"
        return f"{accuracy}, {seconds[len(seconds) // 2]:.0f} s (n = {recipe['n_seeds']})"

    return figure


def median(*keys: str, unit: str, digits: int) -> Callable[[dict[str, Any]], str]:
    """The median of repeated measurements, found by its keys."""

    def figure(result: dict[str, Any]) -> str:
        for key in keys:
            result = result[key]
        return f"{result['median']:.{digits}f} {unit} (n = {result['n']})"

    return figure


def under_overload(told: dict[str, Any]) -> str:
    """What went wrong while twice as much was asked as can be answered, and the memory."""
    other = sum(count for status, count in told["status"].items() if status not in ("200", "429"))
    memory = f"{told['memory_before_mb']:.0f}, {told['memory_after_mb']:.0f} MB"
    return f"{told['wrong']}, {other}; {memory}"


def in_int8(told: dict[str, Any]) -> str:
    """Accuracy before and after, and the gain in speed."""
    speed = told["images_per_second"]
    faster = speed["int8"] / speed["bf16"]
    return f"{100 * told['before']:.1f} → {100 * told['after']:.1f} %, {faster:.1f}×"


def head_on(backbone: str) -> Callable[[dict[str, Any]], str]:
    """Seconds of ours to those of plain Keras, and how many epochs Keras really ran."""

    def figure(result: dict[str, Any]) -> str:
        found = result["backbones"][backbone]
        measured, epochs = found["epochs measured"]["plain keras"], found["epochs"]
        scaled = "" if measured == epochs else f" (Keras: {measured} epochs measured)"
        return f"1/{1 / found['ratio']:.1f}{scaled}"

    return figure


def against_probe(sides: dict[str, Any]) -> str:
    """Mean test accuracy of a recipe, and of the better plain probe."""
    mean = {side: sum(found["values"]) / found["n"] for side, found in sides.items()}
    probe = max(mean["probe, letterbox"], mean["probe, crop"])
    return f"{100 * mean['photos-lite0']:.1f} against {100 * probe:.1f} %"


def video_cleaned(result: dict[str, Any]) -> str:
    """Pictures a second, and how memory grew."""
    (found,) = result["video"].values()
    grown = found["memory_mb"]["last"] / found["memory_mb"]["first"] - 1
    return f"{found['pictures_per_second']:.1f}, {100 * grown:.0f} %"


def thinned(result: dict[str, Any]) -> str:
    """Seconds of ours to those of plain loops, for thin strokes."""
    found = result["tasks"]["thinning, page"]
    assert found["same_pixels"]
    ratio = found["seconds"]["loops"]["median"] / found["seconds"]["kanjian"]["median"]
    return f"1/{ratio:.0f}"


ROWS = [
    Row("train_speed", "training `cifar10-deep`, kanjian ÷ plain Keras (float32)",
        "训练 `cifar10-deep`：kanjian ÷ 原生 Keras（float32）", "≥ 1.7",
        lambda r: f"{r['ratio']['kanjian / keras']:.2f}"),
    Row("train_speed", "the same ÷ plain PyTorch (float32, channels last)",
        "同上 ÷ 原生 PyTorch（float32，channels last）", "≥ 2.2",
        lambda r: f"{r['ratio']['kanjian / torch']:.2f}"),
    Row("mnist_fast", "`mnist-fast`: test accuracy, mean of 5 seeds",
        "`mnist-fast`：5 个种子的平均测试准确率", "≥ 99.2 %",
        lambda r: f"{100 * r['kanjian']['test_accuracy']['mean']:.2f} %"),
    Row("mnist_fast", "its seconds of fitting ÷ 20 epochs of LeNet in plain Keras",
        "其训练秒数 ÷ 原生 Keras 训练 LeNet 20 轮的秒数", "≤ 1/12",
        lambda r: f"1/{1 / r['ratio']:.1f}"),
    Row("recipes", "`mnist-best`: accuracy and seconds of fitting",
        "`mnist-best`：准确率与训练秒数", "≥ 99.6 %", of_recipe("mnist-best")),
    Row("recipes", "`cifar10-fast` on the JPEG copy", "`cifar10-fast`（JPEG 版数据）",
        "≥ 88 % in 8 min", of_recipe("cifar10-fast")),
    Row("recipes", "`cifar10-best` on the JPEG copy", "`cifar10-best`（JPEG 版数据）",
        "≥ 91 % in 20 min", of_recipe("cifar10-best")),
    Row("augment_photos", "photos to augmented 224×224 batches: kanjian ÷ ImageDataGenerator",
        "照片 → 增强后的 224×224 批次：kanjian ÷ Keras ImageDataGenerator", "≥ 10",
        lambda r: f"{r['ratio']['kanjian / ImageDataGenerator']:.1f}"),
    Row("augment_photos", "the same ÷ the fastest of Keras layers, torchvision and albumentations",
        "同上 ÷ Keras 层、torchvision、albumentations 中最快者", "≥ 1.5",
        lambda r: f"{r['ratio']['kanjian / fastest of the others']:.2f}"),
    Row("augment_small", "32×32 pictures turned, shifted and mirrored on one core",
        "单核旋转、平移、翻转 32×32 图片", "≥ 50 000 images/s",
        lambda r: f"{r['one_core']['kanjian']['median']:.0f} images/s"),
    Row("memory_flat", "memory growth from 1 000 to 60 000 pictures read",
        "读取 1 000 到 60 000 张图片的内存增长", "≤ 10 %",
        lambda r: f"{100 * max(r['growth'].values()):.0f} %"),
    Row("cats_dogs", "cats and dogs from 640 photos, no pretrained weights: gain by augmentation",
        "640 张猫狗照片从零训练：增强带来的提升", "≥ 3 points",
        lambda r: f"{r['gain_points']:.1f} points, to {100 * r['mean']['augmented']:.1f} %"),
    Row("feature_pass", "features of EfficientNet-Lite0 at 224×224: kanjian ÷ Keras `predict`",
        "EfficientNet-Lite0 特征（224×224）：kanjian ÷ Keras `predict`", "≥ 3",
        lambda r: f"{r['networks']['efficientnet-lite0']['ratio']['kanjian / keras predict']:.2f}"),
    Row("feature_pass", "the same with VGG16", "同上，VGG16", "≥ 1.8",
        lambda r: f"{r['networks']['vgg16']['ratio']['kanjian / keras predict']:.2f}"),
    Row("transfer_head", "ten epochs of a head on frozen EfficientNet-Lite0, kanjian ÷ plain Keras",
        "冻结的 EfficientNet-Lite0 上训练分类头 10 轮：kanjian ÷ 原生 Keras", "≤ 1/20",
        head_on("efficientnet-lite0")),
    Row("transfer_head", "the same on VGG16", "同上，VGG16", "≤ 1/12", head_on("vgg16")),
    Row("photos_lite0", "`photos-lite0` on 640 cats and dogs: accuracy, seconds to the report",
        "`photos-lite0`，640 张猫狗照片：准确率、从命令到报告的秒数", "≥ 99 %, ≤ 40 s",
        lambda r: f"{100 * r['validation_accuracy']['median']:.1f} %, "
        f"{r['seconds']['median']:.0f} s (n = {r['seconds']['n']})"),
    Row("small_photos", "`photos-lite0` against a plain probe of the same features: 50 photos "
        "of athletes; 120 gray faces; 300 pictures of CIFAR-10; 200 cats and dogs",
        "`photos-lite0` 与逻辑回归（同一特征）：50 张运动员照片；120 张灰度人脸；"
        "300 张 CIFAR-10；200 张猫狗",
        "above", lambda r: "; ".join(map(against_probe, r["test_accuracy"].values()))),
    Row("joined_parity", "joined recognizer against its head on kept features: f32; labels, bf16",
        "合并后的识别器与缓存特征上的分类头：f32 最大差；bf16 标签一致", "≤ 0.001; ≥ 99.5 %",
        lambda r: f"{r['largest difference in f32']:.1g}; "
        f"{100 * min(r['equal labels'].values()):.1f} % of {r['photos']}"),
    Row("feature_memory", "60 000 MNIST pictures at 224×224×3, frozen backbone: peak memory",
        "60 000 张 MNIST 图片（224×224×3）经过冻结网络：内存峰值", "≤ 1.5 GB",
        lambda r: f"{r['peak_mb'] / 1000:.2f} GB ({r['pictures']} pictures)"),
    Row("see_why", "Grad-CAM of a 224×224 picture, EfficientNet-Lite0, in process",
        "进程内对一张 224×224 图片做 Grad-CAM（EfficientNet-Lite0）", "≤ 150 ms",
        median("grad_cam_ms", unit="ms", digits=0)),
    Row("see_why", "its deletion and insertion scores against random maps, 50 photos",
        "其删除、插入得分与随机图相比（50 张照片）", "better",
        lambda r: f"{r['deletion']['grad-cam']:.2f} against {r['deletion']['random']:.2f}, "
        f"{r['insertion']['grad-cam']:.2f} against {r['insertion']['random']:.2f}"),
    Row("see_filters", "64 filters of VGG16 pictured together, to one at a time in plain Keras",
        "同时画出 VGG16 一层的 64 个滤波器，与普通 Keras 逐个画相比", "≤ 1/2",
        lambda r: f"1/{1 / r['kanjian_over']['loop']['median']:.1f} "
        f"(n = {r['seconds']['kanjian']['n']})"),
    Row("see_filters", "the same, to tf-keras-vis", "同上，与 tf-keras-vis 相比", "≤ 1/2",
        lambda r: f"1/{1 / r['kanjian_over']['tf-keras-vis']['median']:.1f}"),
    Row("see_filters", "mean activation reached after 20 steps, Lite0, against the plain recipe",
        "20 步后达到的平均激活（Lite0），与普通做法相比", "not lower",
        lambda r: f"{r['reached']['efficientnet-lite0']['kanjian']:.1f} against "
        f"{r['reached']['efficientnet-lite0']['loop']:.1f}"),
    Row("denoise_bsd68", "gray photos with noise of σ = 25 (BSD68), cleaned by 30 minutes of "
        "training: PSNR against BM3D",
        "σ = 25 的灰度照片（BSD68），训练约 30 分钟后去噪：PSNR 与 BM3D 相比",
        "above",
        lambda r: f"{r['psnr']['kanjian']['mean_db']:.2f} against "
        f"{r['psnr']['bm3d']['mean_db']:.2f} dB, "
        f"trained {r['training']['fit_seconds'] / 60:.0f} min"),
    Row("denoise_bsd68", "the same, seconds for a 512×512 picture", "同上，一张 512×512 图片的秒数",
        "≤ 1/30", lambda r: f"1/{r['bm3d_over']['kanjian']:.0f} "
        f"({r['seconds_512x512']['kanjian']['median']:.3f} s)"),
    Row("denoise_tiles", "cleaned in tiles against whole: largest difference in gray levels",
        "分块去噪与整张去噪的最大灰度差", "≤ 1",
        lambda r: f"{max(each['gray_levels'] for each in r['tiled_minus_whole'].values())}"),
    Row("denoise_tiles", "640×480 video cleaned: pictures/s; growth of memory over 2 000 of them",
        "640×480 视频去噪：帧率；2 000 帧的内存增长", "flat", video_cleaned),
    Row("denoise_mnist", "the source's autoencoder on MNIST, 10 epochs: loss, against plain Keras",
        "源教程的自编码器（MNIST，10 轮）：损失，与原生 Keras 相比", "not above",
        lambda r: f"{r['kanjian']['loss']:.4f} against {r['plain_keras']['loss']:.4f}"),
    Row("imaging", "Gaussian filter of a 1024×1024 picture: seconds at σ = 100 to those at σ = 2",
        "1024×1024 图片的高斯滤波：σ = 100 与 σ = 2 的用时之比", "about 1",
        lambda r: "; ".join(f"{kind} {ratio:.1f}"
                            for kind, ratio in r["time_at_100_over_time_at_2"].items())),
    Row("thinning", "thinning of a 1024×1024 page, same pixels: the source's loops in Python",
        "1024×1024 页面细化（像素相同）：与 Python 循环相比", "≤ 1/20", thinned),
    Row("face_identify", "five photos a person enrolled, the rest asked: rank 1; strangers called "
        "unknown (color photos; ORL)",
        "每人登记五张照片，其余提问：首位正确率；陌生人判为 unknown（彩色照片；ORL）",
        "≥ 98 %; ≥ 95 %",
        lambda r: "; ".join(
            f"{100 * fmean(r[name]['rank1']['values']):.1f} %, "
            f"{100 * fmean(r[name]['unknown']['values']):.1f} %"
            for name in ("color photos", "ORL")) + f" (mean, n = {r['draws']})"),
    Row("face_signs", "sign-language clips: known people named, strangers unknown",
        "手语片段：认识的人被点名，陌生人为 unknown", "every one",
        lambda r: f"{r['known_clips_right']} of {r['known_clips_asked']}, "
        f"{r['stranger_clips_unknown']} of {r['stranger_clips_asked']}"),
    Row("face_cnn", "`face-cnn` on the faces of the clips: accuracy by the source's leaking "
        "split; by takes", "`face-cnn` 识别片段中的人脸：按源教程的泄漏划分；按拍摄片段划分",
        "both shown",
        lambda r: "; ".join(
            ", ".join(f"{100 * value:.1f}" for value in r["validation_accuracy"][split]) + " %"
            for split in ("random", "grouped")) + f" ({r['epochs']} epochs)"),
    Row("face_label", "`faces label` at 640×480, frames/s against the source's loop; at 720p",
        "`faces label`，640×480，帧/秒，与源教程循环之比；720p", "≥ 6; ≥ 25 frames/s",
        lambda r: f"{r['ratio']['median']:.1f}; {r['kanjian_720p']['fps']['median']:.0f} frames/s "
        f"(n = {r['ratio']['n']})"),
    Row("video_tag", "clips of cats and dogs cut at known times: borders within 0.5 s; votes right",
        "已知剪切时刻的猫狗视频：边界误差 0.5 秒内；投票正确", "all",
        lambda r: f"{100 * r['borders_within_half_a_second']:.0f} % "
        f"(worst {max(max(c['errors_s']) for c in r['clips']):.2f} s); "
        f"{sum(c['order_right_count'] for c in r['clips'])} of {len(r['clips'])}"),
    Row("video_hour", "an hour-long clip: memory while it is tagged, first and second half; "
        "drift of time stamps", "一小时的视频：打标签时前后两半的内存；时间戳漂移",
        "flat; ≤ 1 frame",
        lambda r: f"{r['tag']['memory_mb_first_half']}, {r['tag']['memory_mb_second_half']} MB; "
        f"{r['sparse']['worst_drift_frames']:.0f} frames"),
    Row("serve_load", "answers/s for 32 clients, kanjian ÷ FastAPI with Keras `predict`: LeNet; "
        "EfficientNet-Lite0", "32 个客户端时的回答/秒，kanjian ÷ FastAPI 加 Keras `predict`："
        "LeNet；EfficientNet-Lite0", "≥ 5",
        lambda r: "; ".join(
            f"{r[name]['kanjian_over_better_keras']:.1f}" for name in ("lenet", "lite0"))),
    Row("serve_load", "99 % of the answers at half of full load, LeNet, within",
        "半载时 99 % 的回答在此时间内（LeNet）", "≤ 15 ms",
        median("lenet", "half_load", "p99_ms", unit="ms", digits=1)),
    Row("serve_load", "twice full load for 60 s: answers wrong, other statuses than 200 and 429; "
        "memory before and after", "双倍满载 60 秒：错误回答、200 与 429 以外的状态；前后内存",
        "0, 0; flat", lambda r: under_overload(r["lenet"]["twice_full_load"])),
    Row("serve_hostile", "2 000 hostile requests: server errors or replies of another shape",
        "2000 个恶意请求：服务器错误或格式不符的回复", "0",
        lambda r: f"{r['server_errors_or_other_shapes']} of {r['requests']}"),
    Row("int8", "int8 after training: accuracy, images/s to those in bf16: CIFAR-10; photos",
        "训练后 int8 量化：准确率、与 bf16 的速度比：CIFAR-10；照片", "drop ≤ 0.5 points",
        lambda r: "; ".join(in_int8(r["networks"][name]) for name in ("cifar10", "photos"))),
    Row("serve_size", "size of `pip install '.[serve]'`", "`pip install '.[serve]'` 的大小",
        "≤ 600 MB", lambda r: f"{r['installed_mb']:.0f} MB"),
    Row("predict_start", "`kanjian predict`, from process start to the answer",
        "`kanjian predict`：从进程启动到给出答案", "≤ 0.6 s",
        median("kanjian_s", unit="s", digits=2)),
    Row("predict_one", "one 28×28 picture in process", "进程内识别一张 28×28 图片", "≤ 0.5 ms",
        median("kanjian_ms", unit="ms", digits=2)),
    Row("startup", "`kanjian --help`", "`kanjian --help`", "≤ 0.25 s",
        median("seconds", "kanjian --help", unit="s", digits=2)),
    Row("startup", "`import kanjian`", "`import kanjian`", "≤ 0.1 s",
        median("seconds", "import kanjian", unit="s", digits=2)),
    Row("kill_resume", "killed at random moments and resumed: same weights to the last bit",
        "随机时刻强杀并恢复：权重逐位相同", "20 of 20",
        lambda r: f"{r['kills']} kills, {'identical' if r['bit_identical'] else 'DIFFERENT'}, "
        f"{r['epochs_lost']} epochs lost"),
    Row("fuzz_images", "mutated picture files: crashes, over 1 s of processor time",
        "变异的图片文件：崩溃、处理器时间超过 1 秒", "0, 0 of 100 000",
        lambda r: f"{r['crashes']}, {r['hangs_over_1_s']} of {r['n']}"),
    Row("fuzz_files", "mutated model, data, recipe, gallery files: crashes, hangs, files outside",
        "变异的模型、数据、配方和人脸库文件：崩溃、卡死、越界写出的文件", "0, 0, 0 of 20 000",
        lambda r: f"{r['crashes'] + r['escaped_exceptions']}, {r['hangs_over_20_s']}, "
        f"{r['files_written_outside']} of {r['n']}"),
]  # fmt: skip


def table(readme: str) -> str:
    """The table as this README spells it; a figure that was not measured is not shown."""
    lines = HEAD[readme]
    for row in ROWS:
        path = ROOT / "bench" / "results" / f"{row.file}.json"
        if not path.exists():
            continue
        try:
            figure = row.figure(json.loads(path.read_text(encoding="utf-8")))
        except KeyError:
            continue
        what = row.english if readme == "README.md" else row.chinese
        lines += f"| {what} | {row.wanted} | [{figure}](bench/results/{row.file}.json) |\n"
    return lines


def renewed(readme: str) -> str:
    """The README's text with the table as the results say."""
    text = (ROOT / readme).read_text(encoding="utf-8")
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    return f"{before}{BEGIN}\n{table(readme)}{END}{after}"


def main() -> int:
    """Rewrite or check every README."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true")
    checking = parser.parse_args().check
    stale = [name for name in HEAD if renewed(name) != (ROOT / name).read_text(encoding="utf-8")]
    if not checking:
        for name in stale:
            (ROOT / name).write_text(renewed(name), encoding="utf-8")
        return 0
    for name in stale:
        sys.stderr.write(f"{name} is not what bench/results say. Run: make docs\n")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
