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
