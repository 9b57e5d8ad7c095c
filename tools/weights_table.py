"""Ask the installed Keras which weights it has for its applications: python tools/weights_table.py.

Every application is built with weights="imagenet" while `get_file` only notes what it is asked
for; nothing is fetched. Writes src/kanjian/storage/downloads/keras.toml.
"""

import gc
import re
import sys
from pathlib import Path
from typing import Any

import keras  # noqa: TID253
import tomli_w
from keras import applications  # noqa: TID253
from keras.src.utils import file_utils  # noqa: TID253

TARGET = Path(__file__).resolve().parents[1] / "src/kanjian/storage/downloads/keras.toml"
HEAD = f"""\
# The weights that Keras {keras.__version__} has for its applications, trained on ImageNet.
# Made by tools/weights_table.py; do not edit.
# digest: what Keras checks the file against; where it is missing, Keras has none.
# cache: what Keras calls the file in its own folder, where that is another name.

"""
SPECIAL = {
    "InceptionV3": "inception-v3", "InceptionResNetV2": "inception-resnet-v2",
    "Xception": "xception", "DenseNet121": "densenet121", "DenseNet169": "densenet169",
    "DenseNet201": "densenet201", "NASNetMobile": "nasnet-mobile", "NASNetLarge": "nasnet-large",
    "MobileNet": "mobilenet", "VGG16": "vgg16", "VGG19": "vgg19", "ResNet50": "resnet50",
    "ResNet101": "resnet101", "ResNet152": "resnet152",
}  # fmt: skip


class Asked(Exception):  # noqa: N818 - it is an answer
    """What an application wanted to fetch."""


def note(fname: str, origin: str, **options: Any) -> None:
    """Stand in for `get_file`: say what was asked for, and stop."""
    digest = options.get("file_hash") or options.get("md5_hash")
    raise Asked({"origin": origin, "cache": fname, "digest": digest})


def kebab(name: str) -> str:
    """Our name of an application: MobileNetV3Small is mobilenet-v3-small."""
    if name in SPECIAL:
        return SPECIAL[name]
    words = re.sub(r"(V\d)|(?<=[a-z])(B\d|Tiny|Small|Base|Large|XLarge|S|M|L)$", r"-\g<0>", name)
    words = re.sub(r"(V\d)(B\d|Small|Large|S|M|L)$", r"\1-\2", words)
    return words.lower().replace("--", "-")


def asked_for(build: Any, *, top: bool) -> dict[str, Any]:
    """What one application fetches, with its top or without."""
    try:
        build(weights="imagenet", include_top=top)
    except Asked as answer:
        entry = answer.args[0]
    else:
        raise SystemExit(f"{build.__name__} fetches nothing")
    finally:
        keras.backend.clear_session()
        gc.collect()
    file, digest = entry["origin"].rpartition("/")[2], entry["digest"]
    kind = {None: None, 32: "md5", 64: "sha256"}[digest and len(digest)]
    return {
        "file": file,
        "top": top,
        "urls": [entry["origin"]],
        **({"digest": f"{kind}:{digest}"} if kind else {}),
        **({"cache": entry["cache"]} if entry["cache"] != file else {}),
    }


def main() -> None:
    """Write the table."""
    file_utils.get_file = note
    builders = {
        name: build
        for name, build in vars(applications).items()
        if callable(build) and not name.startswith("_") and name[0].isupper()
    }
    table = {}
    for name, build in builders.items():
        table[kebab(name)] = [asked_for(build, top=top) for top in (False, True)]
        sys.stderr.write(f"{name} → {kebab(name)}\n")
    TARGET.write_text(
        HEAD + tomli_w.dumps({"weights": dict(sorted(table.items()))}), encoding="utf-8"
    )


if __name__ == "__main__":
    main()
