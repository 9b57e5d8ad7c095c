"""The front door: every public name is there, typed, documented, and light to import."""

import ast
import importlib
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

import kanjian

SOURCE = Path(kanjian.__file__).parent
HEAVY = ["numpy", "cv2", "keras", "tensorflow", "openvino", "pydantic", "rich", "typer"]
ROOMS = [name for name in kanjian.__all__ if (SOURCE / name).is_dir()]
STUBS = [SOURCE / "__init__.pyi", *sorted(SOURCE.glob("*/__init__.pyi"))]


@pytest.mark.parametrize("name", sorted(set(kanjian.__all__) - set(ROOMS)))
def test_every_public_name_says_what_you_get_and_has_an_example(name):
    found = getattr(kanjian, name)
    assert found.__doc__.strip()
    documented = found.__doc__ + "".join(
        getattr(member, "__doc__", None) or "" for member in vars(found).values()
    )
    data_or_error = name in {"KanjianError", "Splits", "UnreadableImage", "Prediction", "Run"}
    assert ">>>" in documented or "Example" in documented or data_or_error


def test_dir_and_all_agree():
    assert set(kanjian.__all__) <= set(dir(kanjian))


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'trian'"):
        kanjian.trian  # noqa: B018


@pytest.mark.parametrize("code", ["import kanjian", "from kanjian import KanjianError"])
def test_importing_the_package_imports_nothing_heavy(code):
    check = f"{code}; import sys; print([m for m in {HEAVY} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", check], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def module_of(stub):
    return importlib.import_module(".".join(("kanjian", *stub.parent.relative_to(SOURCE).parts)))


@pytest.mark.parametrize("stub", STUBS, ids=lambda stub: stub.parent.name)
def test_what_a_checker_is_told_is_what_there_is(stub):
    """The loader and the checker read the same file; that it says what is true is held here."""
    content = stub.read_bytes().decode("ascii")  # the loader reads it in the system's code
    body = ast.parse(content).body
    told = next(ast.literal_eval(node.value) for node in body if isinstance(node, ast.Assign))
    imports = [node for node in body if isinstance(node, ast.ImportFrom)]
    imported = [alias.name for node in imports for alias in node.names]
    module = module_of(stub)
    assert sorted(told) == sorted(imported) == sorted(module.__all__) == sorted(dir(module))
    for node in imports:
        home = f"{module.__name__}.{node.module}" if node.module else module.__name__
        for alias in node.names:
            expected = getattr(importlib.import_module(home), alias.name)
            assert getattr(module, alias.name) is expected, alias.name


@pytest.mark.parametrize("stub", STUBS[1:], ids=lambda stub: stub.parent.name)
def test_a_name_stays_what_it_is_whatever_is_imported_after_it(stub):
    """Importing a module binds it in its package; a function of that name must not be lost."""
    module = module_of(stub)
    for path in stub.parent.glob("*.py"):
        if path.stem[0] != "_":
            importlib.import_module(f"{module.__name__}.{path.stem}")
    assert not [
        name
        for name in module.__all__
        if isinstance(getattr(module, name), ModuleType) and name != "noise"
    ]


def test_no_module_is_imported_under_the_name_of_a_function():
    """`from kanjian.search import similar` is the function, not the module it lies in."""
    functions = {
        (f"kanjian.{stub.parent.name}", node.module)
        for stub in STUBS[1:]
        for node in ast.parse(stub.read_text()).body
        if isinstance(node, ast.ImportFrom)
        if node.module in {alias.name for alias in node.names}
    }
    assert functions
    for path in SOURCE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                meant = {(node.module, alias.name) for alias in node.names}
                assert not meant & functions, f"{path}:{node.lineno}"


@pytest.mark.parametrize("room", ROOMS)
def test_every_name_of_a_room_says_what_it_is(room):
    module = importlib.import_module(f"kanjian.{room}")
    assert module.__doc__
    assert len(dir(module)) > 2
    for name in module.__all__:
        thing = getattr(module, name)
        assert not callable(thing) or thing.__doc__, f"{room}.{name}"


def test_every_operation_on_pictures_is_a_function_of_imaging():
    from kanjian import imaging
    from kanjian.imaging.operations import OPERATIONS, function_of

    for operation in OPERATIONS:
        function = function_of(operation)
        home = imaging.noise if function.__module__.endswith(".noise") else imaging
        assert getattr(home, function.__name__) is function, operation.name


USER = """
import kanjian

reveal_type(kanjian.train)
reveal_type(kanjian.train("photos", epochs=3).report.accuracy)
reveal_type(kanjian.Recognizer.load("runs/photos").predict("new.jpg"))
reveal_type(kanjian.imaging.blur)
reveal_type(kanjian.faces.enroll)
kanjian.train("photos", epoch=3)
kanjian.train("photos", augment="much")
kanjian.compare("photos", over={"optimizer.name": ["sgd"]}, epochs="3")
kanjian.trian
kanjian.Recipe.load("a.toml").training.epochs + "1"
"""


def test_the_checker_of_a_user_knows_the_front_door(tmp_path):
    file = tmp_path / "user.py"
    file.write_text(USER)
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--python-version=3.11",
         f"--cache-dir={tmp_path / 'cache'}", "--follow-imports=silent",
         "--ignore-missing-imports", str(file)],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    told = done.stdout.splitlines()
    revealed = [line for line in told if "Revealed type" in line]
    assert len(revealed) == 5
    assert not [line for line in revealed if '"Any"' in line]
    assert "epochs" in revealed[0]
    assert "float | None" in revealed[1] or "Union[builtins.float, None]" in revealed[1]
    assert "Prediction" in revealed[2]
    errors = [line for line in told if "error:" in line]
    for wrong in ('"epoch"', '"augment"', '"epochs"', '"trian"', "operand"):
        assert any(wrong in line for line in errors), (wrong, errors)
