"""What was measured: every row of the table of benchmarks, with its target."""

from statistics import fmean

from pages.figures import (
    ABOUT_ONE,
    FEW_PHOTOS,
    FLAT,
    QUALITIES,
    Row,
    above_probe,
    against_best_probe,
    against_default,
    against_probe,
    grown,
    head_on,
    held_under_overload,
    in_int8,
    labels_found,
    median,
    near_limit,
    of_limit,
    of_recipe,
    over_random,
    points_lost,
    reached,
    thinned,
    under_overload,
    video_cleaned,
)

ROWS = [
    Row("train_speed", "training `cifar10-deep`, kanjian ÷ plain Keras (float32)",
        "训练 `cifar10-deep`：kanjian ÷ 原生 Keras（float32）", "≥ 1.7",
        lambda r: f"{r['ratio']['kanjian / keras']:.2f}",
        met=lambda r: r["ratio"]["kanjian / keras"] >= 1.7),
    Row("train_speed", "the same ÷ plain PyTorch (float32, channels last)",
        "同上 ÷ 原生 PyTorch（float32，channels last）", "≥ 2.2",
        lambda r: f"{r['ratio']['kanjian / torch']:.2f}",
        met=lambda r: r["ratio"]["kanjian / torch"] >= 2.2),
    Row("mnist_fast", "`mnist-fast`: test accuracy, mean of 5 seeds",
        "`mnist-fast`：5 个种子的平均测试准确率", "≥ 99.2 %",
        lambda r: f"{100 * r['kanjian']['test_accuracy']['mean']:.2f} %",
        met=lambda r: r["kanjian"]["test_accuracy"]["mean"] >= 0.992),
    Row("mnist_fast", "its seconds of training ÷ 20 epochs of LeNet in plain Keras",
        "其训练秒数 ÷ 原生 Keras 训练 LeNet 20 轮的秒数", "≤ 1/12",
        lambda r: f"1/{1 / r['ratio']:.1f}",
        met=lambda r: r["ratio"] <= 1 / 12),
    Row("recipes", "`mnist-best`: test accuracy and seconds of training",
        "`mnist-best`：测试准确率与训练秒数", "≥ 99.6 %", of_recipe("mnist-best"),
        met=reached("mnist-best", 0.996)),
    Row("recipes", "`cifar10-fast` on the JPEG copy", "`cifar10-fast`（JPEG 版数据）",
        "≥ 88 % in 8 min", of_recipe("cifar10-fast"),
        met=reached("cifar10-fast", 0.88, minutes=8)),
    Row("recipes", "`cifar10-best` on the JPEG copy", "`cifar10-best`（JPEG 版数据）",
        "≥ 91 % in 20 min", of_recipe("cifar10-best"),
        met=reached("cifar10-best", 0.91, minutes=20)),
    Row("augment_photos", "photos to augmented 224×224 batches: kanjian ÷ ImageDataGenerator",
        "照片 → 增强后的 224×224 批次：kanjian ÷ Keras ImageDataGenerator", "≥ 10",
        lambda r: f"{r['ratio']['kanjian / ImageDataGenerator']:.1f}",
        met=lambda r: r["ratio"]["kanjian / ImageDataGenerator"] >= 10),
    Row("augment_photos", "the same ÷ the fastest of Keras layers, torchvision and albumentations",
        "同上 ÷ Keras 层、torchvision、albumentations 中最快者", "≥ 1.5",
        lambda r: f"{r['ratio']['kanjian / fastest of the others']:.2f}",
        met=lambda r: r["ratio"]["kanjian / fastest of the others"] >= 1.5),
    Row("limits", "the same ÷ a bare loop of simplejpeg and OpenCV in two threads",
        "同上 ÷ 由 simplejpeg 与 OpenCV 组成的双线程裸循环", "≥ 90 % of the limit",
        of_limit("photos"), met=near_limit("photos")),
    Row("augment_small", "32×32 pictures rotated, shifted and flipped on one core",
        "单核旋转、平移、翻转 32×32 图片", "≥ 50 000 images/s",
        lambda r: f"{r['one_core']['kanjian']['median']:.0f} images/s",
        met=lambda r: r["one_core"]["kanjian"]["median"] >= 50_000),
    Row("memory_flat", "memory growth from 1 000 to 60 000 pictures read",
        "读取 1 000 到 60 000 张图片的内存增长", "≤ 10 %",
        lambda r: f"{100 * max(r['growth'].values()):.0f} %",
        met=lambda r: max(r["growth"].values()) <= 0.1),
    Row("cats_dogs", "cats and dogs from 640 photos, no pretrained weights: gain by augmentation",
        "640 张猫狗照片从零训练：增强带来的提升", "≥ 3 points",
        lambda r: f"{r['gain_points']:.1f} points, to {100 * r['mean']['augmented']:.1f} %",
        met=lambda r: r["gain_points"] >= 3),
    Row("feature_pass", "features of EfficientNet-Lite0 at 224×224: kanjian ÷ Keras `predict`",
        "EfficientNet-Lite0 特征（224×224）：kanjian ÷ Keras `predict`", "≥ 3",
        lambda r: f"{r['networks']['efficientnet-lite0']['ratio']['kanjian / keras predict']:.2f}",
        met=lambda r: r["networks"]["efficientnet-lite0"]["ratio"]["kanjian / keras predict"]
        >= 3),
    Row("feature_pass", "the same with VGG16", "同上，VGG16", "≥ 1.8",
        lambda r: f"{r['networks']['vgg16']['ratio']['kanjian / keras predict']:.2f}",
        met=lambda r: r["networks"]["vgg16"]["ratio"]["kanjian / keras predict"] >= 1.8),
    Row("transfer_head", "ten epochs of a head on frozen EfficientNet-Lite0, kanjian ÷ plain Keras",
        "冻结的 EfficientNet-Lite0 上训练分类头 10 轮：kanjian ÷ 原生 Keras", "≤ 1/20",
        head_on("efficientnet-lite0"),
        met=lambda r: r["backbones"]["efficientnet-lite0"]["ratio"] <= 1 / 20),
    Row("limits", "the same on Lite0 ÷ bare calls of Keras, OpenVINO and NumPy for the same work",
        "同上（Lite0）÷ 直接调用 Keras、OpenVINO、NumPy 完成同样工作", "≥ 90 % of the limit",
        of_limit("head"), met=near_limit("head")),
    Row("transfer_head", "the same on VGG16", "同上，VGG16", "≤ 1/12", head_on("vgg16"),
        met=lambda r: r["backbones"]["vgg16"]["ratio"] <= 1 / 12),
    Row("photos_lite0", "`photos-lite0` on 640 cats and dogs: accuracy, seconds to the report",
        "`photos-lite0`，640 张猫狗照片：准确率、从命令到报告的秒数", "≥ 99 %, ≤ 40 s",
        lambda r: f"{100 * r['validation_accuracy']['median']:.1f} %, "
        f"{r['seconds']['median']:.0f} s (n = {r['seconds']['n']})",
        met=lambda r: r["validation_accuracy"]["median"] >= 0.99
        and r["seconds"]["median"] <= 40),
    Row("small_photos", "`photos-lite0` against a plain probe of the same features: 50 photos "
        "of athletes; 120 gray faces; 300 pictures of CIFAR-10; 200 cats and dogs",
        "`photos-lite0` 与逻辑回归（同一特征）：50 张运动员照片；120 张灰度人脸；"
        "300 张 CIFAR-10；200 张猫狗",
        "above", lambda r: "; ".join(map(against_probe, r["test_accuracy"].values())),
        met=lambda r: all(map(above_probe, r["test_accuracy"].values()))),
    Row("few_photos", "`kanjian train FOLDER` on an empty home, judged on other pictures, against "
        "the better of two linear probes: 300 cats and dogs; 65 photos of athletes; 300 pictures "
        "of CIFAR-10",
        "空环境下 `kanjian train 文件夹`，在其他图片上评判，与两个线性探测中较好者对比："
        "300 张猫狗；65 张运动员照片；300 张 CIFAR-10", "never 1 point below",
        lambda r: "; ".join(against_best_probe(r["sets"][each]) for each in FEW_PHOTOS),
        met=lambda r: all(
            r["sets"][each]["default_less_best_probe"] >= -0.01 for each in FEW_PHOTOS)),
    Row("few_photos", "its seconds from the command to the report on 300 photos; with `--quality "
        "fast` (other work ran beside)",
        "300 张照片从命令到报告的秒数；加 `--quality fast`（测量时机器上有其他任务）", "≤ 90; ≤ 30",
        lambda r: "; ".join(
            f"{r['sets']['pets']['sides'][side]['seconds']['median']:.0f}" for side in QUALITIES),
        met=lambda r: all(
            r["sets"]["pets"]["sides"][side]["seconds"]["median"] <= most
            for side, most in QUALITIES.items())),
    Row("search", "what `kanjian search` finds in 10 minutes against the default, on the test part "
        "(other work ran beside): 65 photos of athletes; 300 pictures of CIFAR-10",
        "`kanjian search` 在 10 分钟内的结果与默认配方在测试集上的对比（测量时机器上有其他任务）："
        "65 张运动员照片；300 张 CIFAR-10", "above, or says that it is not",
        lambda r: "; ".join(map(against_default, r["sets"].values())),
        met=lambda r: {"people", "cifar"} <= r["sets"].keys()),
    Row("open_set", "a recognizer of cats and dogs, asked about flowers and other pictures, faces, "
        "CIFAR birds and cars: AUROC of its open-set score, and strangers named, at the threshold "
        "that it chose to keep 95 % of its right answers; the softmax alone",
        "猫狗识别器面对花卉等图片、人脸、CIFAR 的鸟和汽车：开放集得分的 AUROC，"
        "以及在保留 95 % 正确回答的阈值下仍被命名的比例；仅用 softmax 时",
        "≥ .95; ≤ 5 %",
        lambda r: "; ".join(
            f"{r['worst'][each]['auroc_all']:.3f}, {100 * r['worst'][each]['named_all']:.1f} %"
            for each in ("open set", "softmax")) + f" (the worst of {r['n']})",
        met=lambda r: r["worst"]["open set"]["auroc_all"] >= 0.95
        and r["worst"]["open set"]["named_all"] <= 0.05),
    Row("label_errors", "cats and dogs, 5 % of the labels flipped: found among the first 6 % that "
        "`datasets check --labels` lists, against a plain cleanlab script",
        "猫狗照片，5 % 的标签被改错：`datasets check --labels` 列表前 6 % 中找到的比例，"
        "与直接使用 cleanlab 的脚本对比", "≥ 90 %", labels_found,
        met=lambda r: r["sides"]["kanjian, Lite2"]["found_among_first"]["median"] >= 0.9),
    Row("suggest", "accuracy with labels added as `suggest` names them, over random ones: "
        "CIFAR-10; cats and dogs",
        "按 `suggest` 的建议补充标注，与随机补充相比的准确率：CIFAR-10；猫狗", "above",
        lambda r: "; ".join(map(over_random, r["sets"].values())),
        met=lambda r: all(each["points_over_random"]["median"] > 0 for each in
        r["sets"].values())),
    Row("joined_parity", "merged recognizer against its head on cached features: f32; labels, bf16",
        "合并后的识别器与缓存特征上的分类头：f32 最大差值；bf16 预测一致率", "≤ 0.001; ≥ 99.5 %",
        lambda r: f"{r['largest difference in f32']:.1g}; "
        f"{100 * min(r['equal labels'].values()):.1f} % of {r['photos']}",
        met=lambda r: r["largest difference in f32"] <= 0.001
        and min(r["equal labels"].values()) >= 0.995),
    Row("others_backbones", "features of a KerasHub preset and of an ONNX file against their own "
        "framework, f32: largest relative difference",
        "KerasHub 预设与 ONNX 文件的特征与其原框架之差（f32，最大相对值）", "≤ 0.001",
        lambda r: f"{r['largest']:.7f} ({len(r['relative difference'])} networks, "
        f"{r['photos']} photos)",
        met=lambda r: r["largest"] <= 0.001),
    Row("feature_memory", "60 000 MNIST pictures at 224×224×3, frozen backbone: peak memory",
        "60 000 张 MNIST 图片（224×224×3）经过冻结网络：内存峰值", "≤ 1.5 GB",
        lambda r: f"{r['peak_mb'] / 1000:.2f} GB ({r['pictures']} pictures)",
        met=lambda r: r["peak_mb"] <= 1500),
    Row("see_why", "Grad-CAM of a 224×224 picture, EfficientNet-Lite0, in process",
        "进程内对一张 224×224 图片做 Grad-CAM（EfficientNet-Lite0）", "≤ 150 ms",
        median("grad_cam_ms", unit="ms", digits=0),
        met=lambda r: r["grad_cam_ms"]["median"] <= 150),
    Row("see_why", "its deletion and insertion scores against random maps, 50 photos",
        "其删除、插入得分与随机热图相比（50 张照片）", "better",
        lambda r: f"{r['deletion']['grad-cam']:.2f} against {r['deletion']['random']:.2f}, "
        f"{r['insertion']['grad-cam']:.2f} against {r['insertion']['random']:.2f}",
        met=lambda r: r["deletion"]["grad-cam"] < r["deletion"]["random"]
        and r["insertion"]["grad-cam"] > r["insertion"]["random"]),
    Row("see_filters", "64 filters of VGG16 visualized together, to one at a time in plain Keras",
        "同时可视化 VGG16 一层的 64 个滤波器，与原生 Keras 逐个进行相比", "≤ 1/2",
        lambda r: f"1/{1 / r['kanjian_over']['loop']['median']:.1f} "
        f"(n = {r['seconds']['kanjian']['n']})",
        met=lambda r: r["kanjian_over"]["loop"]["median"] <= 1 / 2),
    Row("see_filters", "the same, to tf-keras-vis", "同上，与 tf-keras-vis 相比", "≤ 1/2",
        lambda r: f"1/{1 / r['kanjian_over']['tf-keras-vis']['median']:.1f}",
        met=lambda r: r["kanjian_over"]["tf-keras-vis"]["median"] <= 1 / 2),
    Row("see_filters", "mean activation reached after 20 steps, Lite0, against a plain loop",
        "20 步后达到的平均激活值（Lite0），与普通循环相比", "not lower",
        lambda r: f"{r['reached']['efficientnet-lite0']['kanjian']:.1f} against "
        f"{r['reached']['efficientnet-lite0']['loop']:.1f}",
        met=lambda r: r["reached"]["efficientnet-lite0"]["kanjian"]
        >= r["reached"]["efficientnet-lite0"]["loop"]),
    Row("denoise_bsd68", "gray photos with noise of σ = 25 (BSD68), cleaned by 30 minutes of "
        "training: PSNR against BM3D",
        "σ = 25 的灰度照片（BSD68），训练约 30 分钟后去噪：PSNR 与 BM3D 相比",
        "above",
        lambda r: f"{r['psnr']['kanjian']['mean_db']:.2f} against "
        f"{r['psnr']['bm3d']['mean_db']:.2f} dB, "
        f"trained {r['training']['fit_seconds'] / 60:.0f} min",
        met=lambda r: r["psnr"]["kanjian"]["mean_db"] > r["psnr"]["bm3d"]["mean_db"]
        and r["training"]["fit_seconds"] <= 1800),
    Row("denoise_bsd68", "the same after hours, by a network of twice the work: PSNR, processor "
        "minutes (240 are two hours of two cores)",
        "同上，训练数小时、计算量两倍的网络：PSNR 与处理器分钟数（240 为双核两小时）",
        "≥ 29.2 dB in 240",
        lambda r: f"{r['wide']['psnr']['kanjian']['mean_db']:.2f} dB, "
        f"{r['wide']['training']['processor_minutes']:.0f}",
        met=lambda r: r["wide"]["psnr"]["kanjian"]["mean_db"] >= 29.2
        and r["wide"]["training"]["processor_minutes"] <= 240),
    Row("denoise_bsd68", "the same, seconds for a 512×512 picture", "同上，一张 512×512 图片的秒数",
        "≤ 1/30", lambda r: f"1/{r['bm3d_over']['kanjian']:.0f} "
        f"({r['seconds_512x512']['kanjian']['median']:.3f} s)",
        met=lambda r: r["bm3d_over"]["kanjian"] >= 30),
    Row("denoise_tiles", "cleaned in tiles against whole: largest difference in gray levels",
        "分块去噪与整张去噪的最大灰度差", "≤ 1",
        lambda r: f"{max(each['gray_levels'] for each in r['tiled_minus_whole'].values())}",
        met=lambda r: all(each["gray_levels"] <= 1 for each in r["tiled_minus_whole"].values())),
    Row("denoise_tiles", "640×480 video cleaned: pictures/s; growth of memory over 2 000 of them",
        "640×480 视频去噪：帧率；2 000 帧的内存增长", "flat", video_cleaned,
        met=lambda r: grown(r) <= FLAT),
    Row("denoise_mnist", "the source's autoencoder on MNIST, 10 epochs: loss, against plain Keras",
        "源教程的自编码器（MNIST，10 轮）：损失，与原生 Keras 相比", "not above",
        lambda r: f"{r['kanjian']['loss']:.4f} against {r['plain_keras']['loss']:.4f}",
        met=lambda r: r["kanjian"]["loss"] <= r["plain_keras"]["loss"]),
    Row("imaging", "Gaussian filter of a 1024×1024 picture: seconds at σ = 100 to those at σ = 2",
        "1024×1024 图片的高斯滤波：σ = 100 与 σ = 2 的耗时之比", "about 1",
        lambda r: "; ".join(f"{kind} {ratio:.1f}"
                            for kind, ratio in r["time_at_100_over_time_at_2"].items()),
        met=lambda r: max(r["time_at_100_over_time_at_2"].values()) <= ABOUT_ONE),
    Row("thinning", "thinning of a 1024×1024 page, same pixels: the source's loops in Python",
        "1024×1024 页面细化（像素相同）：与 Python 循环相比", "≤ 1/20", thinned,
        met=lambda r: r["tasks"]["thinning, page"]["seconds"]["loops"]["median"]
        >= 20 * r["tasks"]["thinning, page"]["seconds"]["kanjian"]["median"]),
    Row("face_identify", "five photos a person enrolled, the rest asked: rank 1; strangers called "
        "unknown (color photos; ORL)",
        "每人登记五张照片，其余用于测试：rank-1 准确率；陌生人判为 unknown 的比例（彩色照片；ORL）",
        "≥ 98 %; ≥ 95 %",
        lambda r: "; ".join(
            f"{100 * fmean(r[name]['rank1']['values']):.1f} %, "
            f"{100 * fmean(r[name]['unknown']['values']):.1f} %"
            for name in ("color photos", "ORL")) + f" (mean, n = {r['draws']})",
        met=lambda r: all(fmean(r[name]["rank1"]["values"]) >= 0.98
        and fmean(r[name]["unknown"]["values"]) >= 0.95 for name in ("color photos", "ORL"))),
    Row("face_rates", "rates told of strangers who get a name, at six similarities of random "
        "galleries: held by what is measured (color photos; ORL; both)",
        "随机图库在六个相似度下所报的陌生人误认率区间：包含实测值的比例（彩色照片；ORL；两者）",
        "≥ 95 %", lambda r: "; ".join(
            f"{100 * min(p['held'] for p in r[name]['strangers named'].values()):.1f} %, "
            f"median width {100 * r[name]['strangers named']['own']['median_width']:.0f} points"
            for name in ("color photos", "ORL", "both"))
        + f" ({r['galleries']} galleries each, at the worst similarity; width at its own)",
        met=lambda r: all(point["held"] >= 0.95 for name in ("color photos", "ORL", "both")
        for point in r[name]["strangers named"].values())),
    Row("face_small", "a group of 70 in 1200 pixels, a face some 24 wide: found, and named right; "
        "photos on their side: named right; false faces in pictures without people",
        "1200 像素宽的 70 人合影（人脸约 24 像素）：找到、认对的人数；侧转照片认对的数量；"
        "无人图片中的误检", "≥ 65 found and right",
        lambda r: "{found} found, {right} right".format(**r["group, 1200 px"]["now"])
        + " (before {found}, {right}); ".format(**r["group, 1200 px"]["before"])
        + "{right} of {faces}".format(**r["turned photos"]["now"])
        + " (before {right}); ".format(**r["turned photos"]["before"])
        + "{false_faces} in {pictures}".format(**r["pictures without people"]["now"])
        + " (before {false_faces})".format(**r["pictures without people"]["before"]),
        met=lambda r: r["group, 1200 px"]["now"]["right"] >= 65),
    Row("face_signs", "sign-language clips: known people named, strangers unknown",
        "手语视频：登记过的人给出姓名，陌生人判为 unknown", "every one",
        lambda r: f"{r['known_clips_right']} of {r['known_clips_asked']}, "
        f"{r['stranger_clips_unknown']} of {r['stranger_clips_asked']}",
        met=lambda r: r["known_clips_right"] == r["known_clips_asked"]
        and r["stranger_clips_unknown"] == r["stranger_clips_asked"]),
    Row("face_group", "faces nobody has named, put together by person, pairwise F1: ORL, 30 people "
        "× 10; photos of 5 athletes; tracks of 7 sign clips; 2 000 faces, after they are found",
        "未命名的人脸按人分组，成对 F1：ORL 30 人 × 10；5 位运动员的照片；7 段手语视频的轨迹；"
        "2 000 张人脸（检测之后）",
        "≥ 0.95; ≥ 0.97; 1; ≤ 2 ms a face",
        lambda r: "; ".join(f"{r[name]['f1']:.3f}" for name in ("ORL", "athletes", "sign clips"))
        + f"; {r['time']['ms_per_face']:.2f} ms (median, n = {r['time']['seconds']['n']})",
        met=lambda r: r["ORL"]["f1"] >= 0.95 and r["athletes"]["f1"] >= 0.97
        and r["sign clips"]["f1"] == 1 and r["time"]["ms_per_face"] <= 2),
    Row("face_cnn", "`face-cnn` on the faces of the clips: accuracy by the source's leaking "
        "split; by takes",
        "`face-cnn` 识别视频中的人脸：准确率，按源教程（有泄漏）的划分；按视频划分",
        "both shown",
        lambda r: "; ".join(
            ", ".join(f"{100 * value:.1f}" for value in r["validation_accuracy"][split]) + " %"
            for split in ("random", "grouped")) + f" ({r['epochs']} epochs)",
        met=lambda r: {"random", "grouped"} <= r["validation_accuracy"].keys()),
    Row("face_label", "`faces label` at 640×480, frames/s against the source's loop; at 720p",
        "`faces label`：640×480 的帧率与源教程循环之比；720p 的帧率", "≥ 6; ≥ 25 frames/s",
        lambda r: f"{r['ratio']['median']:.1f}; {r['kanjian_720p']['fps']['median']:.0f} frames/s "
        f"(n = {r['ratio']['n']})",
        met=lambda r: r["ratio"]["median"] >= 6 and r["kanjian_720p"]["fps"]["median"] >= 25),
    Row("video_tag", "clips of cats and dogs cut at known times: borders within 0.5 s; votes right",
        "剪辑点已知的猫狗视频：边界误差不超过 0.5 秒；投票正确", "all",
        lambda r: f"{100 * r['borders_within_half_a_second']:.0f} % "
        f"(worst {max(max(c['errors_s']) for c in r['clips']):.2f} s); "
        f"{sum(c['order_right_count'] for c in r['clips'])} of {len(r['clips'])}",
        met=lambda r: r["borders_within_half_a_second"] == 1 and all(c["order_right_count"]
        for c in r["clips"])),
    Row("scene_cuts", "cuts of films cut together at known times: F1; the detector before, "
        "PySceneDetect; tracks of faces over a cut",
        "剪辑点已知的影片：镜头切换的 F1；此前的检测器，PySceneDetect；跨越切换点的人脸轨迹",
        "≥ 0.98; none",
        lambda r: f"{r['detectors']['kanjian']['f1']:.3f}; "
        f"{r['detectors']['frames_before']['f1']:.2f}, "
        f"{r['detectors']['pyscenedetect']['f1']:.2f}; "
        f"{r['tracks']['kanjian']['over_a_cut']} of {r['tracks']['kanjian']['tracks']}",
        met=lambda r: r["detectors"]["kanjian"]["f1"] >= 0.98
        and not r["tracks"]["kanjian"]["over_a_cut"]),
    Row("video_hour", "an hour-long clip: memory while it is tagged, first and second half; "
        "drift of time stamps", "一小时的视频：打标签时前半段与后半段的内存；时间戳漂移",
        "flat; ≤ 1 frame",
        lambda r: f"{r['tag']['memory_mb_first_half']}, {r['tag']['memory_mb_second_half']} MB; "
        f"{r['sparse']['worst_drift_frames']:.0f} frames",
        met=lambda r: r["tag"]["memory_mb_second_half"] <= FLAT * r["tag"]["memory_mb_first_half"]
        and r["sparse"]["worst_drift_frames"] <= 1),
    Row("serve_load", "predictions/s for 32 clients, kanjian ÷ FastAPI with Keras `predict`: "
        "LeNet; EfficientNet-Lite0",
        "32 个客户端时每秒的预测数，kanjian ÷ FastAPI 加 Keras `predict`："
        "LeNet；EfficientNet-Lite0", "≥ 5",
        lambda r: "; ".join(
            f"{r[name]['kanjian_over_better_keras']:.1f}" for name in ("lenet", "lite0")),
        met=lambda r: all(r[name]["kanjian_over_better_keras"] >= 5
        for name in ("lenet", "lite0"))),
    Row("serve_load", "response time at half of full load, LeNet, 99th percentile",
        "半载时响应时间的第 99 百分位（LeNet）", "≤ 15 ms",
        median("lenet", "half_load", "p99_ms", unit="ms", digits=1),
        met=lambda r: r["lenet"]["half_load"]["p99_ms"]["median"] <= 15),
    Row("limits", "the same of a bare server of asyncio and OpenVINO ÷ ours",
        "同上：asyncio 加 OpenVINO 的裸服务器 ÷ kanjian", "≥ 90 % of the limit",
        of_limit("serve"), met=near_limit("serve")),
    Row("serve_load", "twice full load for 60 s: wrong predictions, other statuses than 200 and "
        "429; memory before and after",
        "两倍满载 60 秒：错误预测、200 与 429 以外的状态码；前后内存",
        "0, 0; flat", lambda r: under_overload(r["lenet"]["twice_full_load"]),
        met=lambda r: held_under_overload(r["lenet"]["twice_full_load"])),
    Row("serve_hostile", "2 000 hostile requests: server errors or replies of another shape",
        "2000 个恶意请求：服务器错误或格式不符的回复", "0",
        lambda r: f"{r['server_errors_or_other_shapes']} of {r['requests']}",
        met=lambda r: r["server_errors_or_other_shapes"] == 0),
    Row("int8", "int8 after training: accuracy, images/s to those in bf16: CIFAR-10; photos",
        "训练后 int8 量化：准确率、与 bf16 的速度比：CIFAR-10；照片", "drop ≤ 0.5 points",
        lambda r: "; ".join(in_int8(r["networks"][name]) for name in ("cifar10", "photos")),
        met=lambda r: all(points_lost(r["networks"][name]) <= 0.5
        for name in ("cifar10", "photos"))),
    Row("serve_size", "size of `pip install '.[serve]'`", "`pip install '.[serve]'` 的大小",
        "≤ 600 MB", lambda r: f"{r['installed_mb']:.0f} MB",
        met=lambda r: r["installed_mb"] <= 600),
    Row("predict_start", "`kanjian predict`, from process start to the prediction",
        "`kanjian predict`：从进程启动到给出预测", "≤ 0.6 s",
        median("kanjian_s", unit="s", digits=2),
        met=lambda r: r["kanjian_s"]["median"] <= 0.6),
    Row("predict_one", "prediction of one 28×28 picture in process", "进程内预测一张 28×28 图片",
        "≤ 0.5 ms",
        median("kanjian_ms", unit="ms", digits=2),
        met=lambda r: r["kanjian_ms"]["median"] <= 0.5),
    Row("startup", "`kanjian --help`", "`kanjian --help`", "≤ 0.25 s",
        median("seconds", "kanjian --help", unit="s", digits=2),
        met=lambda r: r["seconds"]["kanjian --help"]["median"] <= 0.25),
    Row("startup", "`import kanjian`", "`import kanjian`", "≤ 0.1 s",
        median("seconds", "import kanjian", unit="s", digits=2),
        met=lambda r: r["seconds"]["import kanjian"]["median"] <= 0.1),
    Row("kill_resume", "killed at random moments and resumed: same weights to the last bit",
        "随机时刻强制终止并恢复：权重逐位相同", "20 of 20",
        lambda r: f"{r['kills']} kills, {'identical' if r['bit_identical'] else 'DIFFERENT'}, "
        f"{r['epochs_lost']} epochs lost",
        met=lambda r: r["kills"] >= 20 and r["bit_identical"] and not r["epochs_lost"]),
    Row("fuzz_images", "mutated picture files: crashes, over 1 s of processor time",
        "变异的图片文件：崩溃、处理器时间超过 1 秒", "0, 0 of 100 000",
        lambda r: f"{r['crashes']}, {r['hangs_over_1_s']} of {r['n']}",
        met=lambda r: r["n"] >= 100_000 and not r["crashes"] and not r["hangs_over_1_s"]),
    Row("fuzz_files", "mutated model, data, recipe, gallery files: crashes, hangs, files outside",
        "变异的模型、数据、配方和人脸库文件：崩溃、卡死、越界写出的文件", "0, 0, 0 of 20 000",
        lambda r: f"{r['crashes'] + r['escaped_exceptions']}, {r['hangs_over_20_s']}, "
        f"{r['files_written_outside']} of {r['n']}",
        met=lambda r: r["n"] >= 20_000 and not any(r[each]
        for each in ("crashes", "escaped_exceptions", "hangs_over_20_s", "files_written_outside"))),
]  # fmt: skip
