"""docs/recipes.md: every key of a recipe, then the recipes that come with kanjian."""

import inspect

from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.recipes.keys import REQUIRED, UNSET, Key, keys
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.section import Section, sections
from kanjian.recipes.shipped import shipped, shipped_names
from pages import code, page, table

ABOUT = """\
A recipe is a TOML file that decides a training run: data set, input, network, optimizer,
schedule, augmentation. `kanjian recipes NAME` prints a shipped one to start from, `kanjian train
FILE.toml` trains it. On the command line any key is `--set section.key=value`; in Python it is
`overrides={"section.key": value}`. `kanjian recipes --explain KEY` says here what this page says
there.

Keys that are missing keep their defaults. A key that does not exist, or a value out of range, is
refused in one line that names the nearest key or the limits.

## In an editor

[recipe.schema.json](recipe.schema.json) is the JSON Schema of a recipe: an editor that knows TOML
schemas completes keys, shows what they mean and underlines what is wrong. Put the schema beside
your recipe and name it in the first line:

```console
$ kanjian recipes --schema > recipe.schema.json
```

```toml
#:schema ./recipe.schema.json
name = "mine"
```

This is how Even Better TOML and Tombi (VS Code), and every editor with the language server of
Taplo or Tombi (Neovim, Helix, Emacs, Zed), find it. kanjian itself takes the line for a comment."""


def made() -> str:
    """The page."""
    return page(
        "Recipes",
        ABOUT,
        head(Recipe),
        *(section_text(name, each) for name, each in sections(Recipe).items()),
        "## Shipped recipes",
        table(
            ("name", "pictures", "what it is"),
            [
                (code(name), code(shipped(name).data.source) or "–", shipped(name).about)
                for name in shipped_names()
            ],
        ),
        "# Recipes of denoisers",
        "What `kanjian denoise train` decides, kept as `denoise.toml` in the run folder. "
        "[optimizer] and [schedule] are those of above.",
        head(DenoiseRecipe),
        *(
            section_text(name, each)
            for name, each in sections(DenoiseRecipe).items()
            if name not in sections(Recipe)
        ),
    )


def head(kind: type[Section]) -> str:
    """The keys that stand above the sections."""
    return keys_table(key for key in keys(kind) if "." not in key.name)


def section_text(name: str, section: type[Section]) -> str:
    """One section: its docstring and a table of its keys."""
    return f"## [{name}]\n\n{inspect.getdoc(section)}\n\n{keys_table(keys(section, within=name))}"


def keys_table(found: "list[Key]") -> str:
    """A row for every key."""
    rows = [
        (code(key.name.rpartition(".")[2]), shown(key.default), key.may_be, key.about)
        for key in found
    ]
    return table(("key", "default", "may be", "what it means"), rows)


def shown(default: str) -> str:
    """A default as code; words of ours as they are."""
    return default if default in {UNSET, REQUIRED} else code(default)
