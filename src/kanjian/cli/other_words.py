"""Options as Keras, Ultralytics, fastai and scikit-learn call them, and how to say them here."""

from collections.abc import Sequence

# Our option, and what others call it; where a command has the option
_SAME = {
    "--learning-rate": "lr lr0 base-lr max-lr eta eta0 learning-rate-init",
    "--batch-size": "batch bs batches b",
    "--epochs": "n-epochs nb-epoch nb-epochs num-epochs max-iter",
    "--backbone": "model arch architecture network net pretrained base-model encoder",
    "--out": "project save-dir output output-dir outdir out-dir log-dir logdir dest destination",
    "--name": "run-name exp exp-name experiment",
    "--seed": "random-state random-seed rng manual-seed",
    "--limit": "max-samples num-samples n-samples fraction max-images subset",
    "--abstain": "conf confidence threshold conf-thres reject",
    "--precision": "amp half fp16 bf16 mixed-precision dtype",
    "--augment": "aug augmentation augmentations data-augmentation transforms",
    "--data": "data-dir data-path dataset-dir root",
    "--top": "topk top-k k",
    "--size": "imgsz img-size image-size img input-size target-size resize shape",
    "--to": "format include",
    "--int8": "quantize quantization",
    "--jobs": "workers num-workers n-jobs threads",
    "--force": "exist-ok overwrite replace yes f",
    "--quiet": "silent no-progress verbose v",
    "--json": "as-json output-format",
    "--model": "weights checkpoint ckpt run recognizer",
    "--every": "vid-stride stride interval skip",
}
# What a recipe's key says; where a command has --set
_SETTINGS = {
    "--set 'input.size=[224,224]'": _SAME["--size"],
    "--set training.early_stopping=5": "patience early-stopping early-stop",
    "--set optimizer.name=adam": "optimizer optim opt solver",
    "--set optimizer.weight_decay=0.0005": "weight-decay wd decay alpha l2",
    "--set optimizer.momentum=0.9": "momentum",
    "--set schedule.name=cosine": "scheduler lr-scheduler sched lr-schedule cos-lr schedule",
    "--set schedule.warmup=0.1": "warmup warmup-epochs warmup-steps pct-start",
    "--set training.loss=auto": "loss criterion",
    "--set data.validation=0.2": "val-split validation-split valid-pct validation-fraction val",
    "--set data.test=0.2": "test-size test-split",
    "--set training.label_smoothing=0.1": "label-smoothing smoothing",
    "--set augmentation.mixup_alpha=0.2": "mixup",
    "--set augmentation.cutmix_alpha=1.0": "cutmix",
    "--set augmentation.flip_horizontal=true": "fliplr hflip horizontal-flip",
    "--set training.class_weights=balanced": "class-weight class-weights",
    "--set data.weights=COLUMN": "sample-weight sample-weights",
    "--set training.metrics='[\"precision\"]'": "metric metrics",
    "--set training.keep=best-loss": "save-best save-best-only monitor keep",
}
# What needs no option: where a command has the option or argument that stands first
_SENTENCES = (
    ("--epochs", "exist-ok overwrite force replace",
     "No run is overwritten: each gets a folder of its own."),
    ("--epochs", "resume continue", "Say: kanjian resume RUN."),
    ("--epochs", "initial-epoch", "Say: kanjian resume RUN --epochs N."),
    ("--epochs", "device gpu gpus cuda num-gpus",
     "The device is found by itself; --backend chooses the engine."),
    ("--epochs", "workers num-workers n-jobs", "All cores are used."),
    ("--epochs", "shuffle", "Pictures are shuffled in every epoch; --seed makes it repeatable."),
    ("run", "weights checkpoint ckpt model", "The run is named without an option: RUN."),
    ("pictures", "source input inputs images image", "Pictures are named without an option."),
    ("what", "source data-path dataset images", "Pictures are named without an option: WHAT."),
    ("what", "recipe config cfg", "The recipe is named without an option: WHAT."),
)  # fmt: skip


def said_here(option: str, known: Sequence[str]) -> str | None:
    """How a command says what others call by this option; None if nobody calls anything so.

    Args:
        option: As it was typed.
        known: The options and arguments the command has.

    Example:
        >>> said_here("--lr", ["--learning-rate", "--set"])
        'Here it is --learning-rate.'
        >>> said_here("--patience", ["--set"])
        'Here it is --set training.early_stopping=5.'
        >>> said_here("--zebra", ["--set"]) is None
        True
    """
    word = _bare(option)
    for ours, others in _SAME.items():
        if ours in known and word in _bare(f"{ours} {others}").split():
            return f"Here it is {ours}."
    for ours, others in _SETTINGS.items():
        if "--set" in known and word in _bare(others).split():
            return f"Here it is {ours}."
    fitting = (
        said for needs, words, said in _SENTENCES if needs in known and word in _bare(words).split()
    )
    return next(fitting, None)


def _bare(words: str) -> str:
    """Words as they are compared: `--image-size`, `--image_size` and `--imageSize` are one."""
    return words.replace("-", "").replace("_", "").lower()
