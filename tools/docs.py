"""The pages of docs/ that are made from the code: python tools/docs.py [--check]."""

import json
import sys
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))  # also where a test loads this file

from kanjian.recipes.denoising import DenoiseRecipe
from kanjian.recipes.recipe import Recipe
from kanjian.recipes.schema import schema
from kanjian.recipes.section import Section
from pages import api, catalog, cli, imaging, recipes

FOLDER = Path(__file__).resolve().parents[1] / "docs"


def schema_of(kind: type[Section]) -> Callable[[], str]:
    """A page that is the JSON Schema of a recipe."""
    return lambda: json.dumps(schema(kind), indent=2, ensure_ascii=False) + "\n"


PAGES: dict[str, Callable[[], str]] = {
    "api.md": api.made,
    "catalog.md": catalog.made,
    "cli.md": cli.made,
    "denoise.schema.json": schema_of(DenoiseRecipe),
    "imaging.md": imaging.made,
    "recipe.schema.json": schema_of(Recipe),
    "recipes.md": recipes.made,
}


def main(arguments: list[str]) -> int:
    """Write the pages, or with --check say which differ."""
    stale = []
    for name, make in PAGES.items():
        path, text = FOLDER / name, make()
        if not path.is_file() or path.read_text(encoding="utf-8") != text:
            stale.append(name)
            if "--check" not in arguments:
                FOLDER.mkdir(exist_ok=True)
                path.write_text(text, encoding="utf-8")
    if stale and "--check" in arguments:
        sys.stderr.write(f"docs differ from the code: {', '.join(stale)}. Run: make docs\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
