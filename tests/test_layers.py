"""Layers hold: a module imports only from its own folder or a lower level."""

import ast
from pathlib import Path

import pytest

import kanjian

SOURCE = Path(kanjian.__file__).parent
# The folders and modules, lowest first. A name not listed here has no place yet: give it one.
LEVELS = [
    {
        "errors",
        "paths",
        "checks",
        "extras",
        "names",
        "json_types",
        "i18n",
        "spoken",
        "backend",
        "guard",
        "threads",
        "storage",
        "former",
    },
    {"images", "weights", "evaluation"},
    {"imaging", "media", "reporting"},
    {"augmentation"},
    {"recipes", "notebook"},
    {"datasets", "models"},
    {"inference", "pipeline"},
    {"features"},
    {"training"},
    {"experiments", "search"},
    {"explain", "faces", "denoise", "export", "doctor"},
    {"importing", "video", "distributed"},
    {"serve", "studio"},
    {"cli"},
]
# A method may hand on to a room above its own when it is called: what it gives back has that
# type, and nothing of the room is imported before.
HANDED_UP = {
    "inference/recognizer.py": {"explain", "export"},
    "recipes/recipe.py": {"notebook"},
}
LEVEL_OF = {name: level for level, names in enumerate(LEVELS) for name in names}
FILES = sorted(
    path for path in SOURCE.rglob("*.py") if path.parent != SOURCE or path.stem[0] != "_"
)


def imported_rooms(path: Path) -> set[str]:
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            # `from kanjian import x` reaches the room x
            names = (
                [f"kanjian.{alias.name}" for alias in node.names]
                if node.module == "kanjian"
                else [node.module or ""]
            )
        else:
            continue
        rooms |= {name.split(".")[1] for name in names if name.startswith("kanjian.")}
    return rooms


def room_of(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_a_module_imports_only_its_own_folder_or_a_lower_level(path):
    room = room_of(path)
    assert room in LEVEL_OF, f"{room} has no level in {Path(__file__).name}"
    handed_up = HANDED_UP.get(path.relative_to(SOURCE).as_posix(), set())
    for other in imported_rooms(path) - {room} - handed_up:
        if LEVEL_OF[room] == 0:
            # the ground floor is one room: errors and checks serve the others there
            assert LEVEL_OF[other] == 0, f"{path} imports {other} from above"
        else:
            assert LEVEL_OF[other] < LEVEL_OF[room], f"{path} imports {other}: not a lower level"
