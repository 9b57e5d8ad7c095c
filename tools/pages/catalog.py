"""docs/catalog.md: networks, data sets, export forms and extras, each by its name."""

import tomllib
from pathlib import Path

from kanjian.datasets.builtin import BUILTIN
from kanjian.export.formats import FORMS
from kanjian.models.backbone_registry import BACKBONES
from kanjian.models.denoisers import DENOISERS
from kanjian.models.registry import CATALOG
from pages import code, page, table

ROOT = Path(__file__).resolve().parents[2]


def made() -> str:
    """The page."""
    return page(
        "What there is by name",
        "## Networks",
        "For `[model] name`; `kanjian models NAME` tells more, `--layers` lists the layers.",
        networks(),
        "## Backbones",
        "Networks trained on ImageNet, for `--backbone`; parameters are those without the 1000 "
        "classes. `kanjian weights list` says which weights are at hand.",
        backbones(),
        "### Networks of others",
        "`--backbone` also takes a preset of KerasHub (DINOv2, DINOv3, SigLIP, CLIP, MetaCLIP 2, "
        "ViT, DeiT, ResNet, MobileNet and others; extra `hub`), and any ONNX or OpenVINO file.",
        table(
            ("name", "what it is"),
            [
                (code("hub:FOLDER"), "a preset as KerasHub's `save_to_preset()` writes it"),
                (
                    code("hub:hf://OWNER/NAME"),
                    "one on the Hugging Face hub, or at `$HF_ENDPOINT`; "
                    "checkpoints of transformers and timm that KerasHub reads, too",
                ),
                (code("hub:kaggle://OWNER/MODEL/keras/NAME"), "one on Kaggle"),
                (
                    code("hub:NAME"),
                    "one of KerasHub's own list, as `hub:dinov2_small`; from Kaggle, "
                    "or `keras/NAME` at `$HF_ENDPOINT` where that is set",
                ),
                (
                    code("FILE.onnx, FILE.xml"),
                    "stays frozen; `--layer NAME` says where features "
                    "end, `--pixels RANGE` what it wants pixels to be where the file does not say",
                ),
            ],
        ),
        "The preset's own scaling of pixels goes into the network, so that the recognizer takes "
        "plain pixels. Features are the embedding of CLIP and SigLIP, the class token of ViT, "
        "DINOv2 and their like, else the mean over places. With `[fine_tune] unfreeze` the last "
        "blocks learn as those of other networks do (`kanjian see layers RUN` names them). The "
        "recognizer predicts without KerasHub; only Keras' form of it needs it. A head on a file "
        "is joined with it to one OpenVINO network. By default its features are what the last "
        "fully connected layer takes; the first lines of a training say which place was chosen.",
        '`kanjian predict PICTURES --labels "a cat" "a dog" --backbone hub:NAME` trains nothing: '
        "a preset of CLIP or SigLIP says which text fits best. With `--set 'backbone.words=a photo "
        "of a {}'` a training on such a preset begins from what it knows of the classes' names.",
        "## Networks of denoisers",
        "For `kanjian denoise train --network`.",
        table(
            ("name", "parameters", "what it is"),
            [(code(each.name), thousands(each.parameters), each.about) for each in DENOISERS],
        ),
        "## Data sets",
        "For `kanjian train NAME`; `kanjian datasets get NAME` fetches one.",
        table(
            ("name", "what it is"),
            [(code(each.name), each.about) for each in BUILTIN.values()],
        ),
        "## Export forms",
        "For `kanjian export RUN --to NAME`.",
        table(
            ("name", "what it is", "file", "needs, where it runs"),
            [
                (code(form.name), form.title, code(form.file), ", ".join(map(code, form.packages)))
                for form in FORMS.values()
            ],
        ),
        "## Extras",
        "`pip install -e '.[NAME]'` adds them; several are parted by commas.",
        table(
            ("name", "packages"),
            [(code(name), ", ".join(map(code, packages))) for name, packages in extras().items()],
        ),
    )


def networks() -> str:
    """The networks that start from random weights."""
    rows = [
        (
            code(each.name),
            "×".join(map(str, each.input_hwc)),
            thousands(each.parameters),
            ", ".join(code(f"{name} = {value}") for name, value in each.options.items()) or "–",
            f"{each.about} ({each.reference})",
        )
        for each in CATALOG
    ]
    return table(("name", "input", "parameters", "options", "what it is"), rows)


def backbones() -> str:
    """The networks to start from."""
    rows = [
        (
            code(each.name),
            "×".join(map(str, each.input_hw)),
            thousands(each.parameters),
            each.weights_licence,
            each.reference,
        )
        for each in BACKBONES
    ]
    return table(("name", "input", "parameters", "license of the weights", "reference"), rows)


def extras() -> dict[str, list[str]]:
    """The optional parts of the package, each with what it brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return {
        name: [package.partition(";")[0].strip() for package in packages]
        for name, packages in project["optional-dependencies"].items()
    }


def thousands(number: int) -> str:
    """A number in groups of three."""
    return f"{number:,}".replace(",", " ")
