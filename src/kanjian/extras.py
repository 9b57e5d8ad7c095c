"""Optional packages: which extra brings each, and the command that adds it to this very copy.

No package registry has a project "kanjian" of ours, so that name alone is never told to pip:
it gets the place this copy came from, or the packages that are missing.
"""

import importlib
import importlib.metadata
import importlib.util
import json
import os
import re
import shutil
import sys
import urllib.parse
import urllib.request
from pathlib import Path
from types import ModuleType
from typing import Any

from kanjian.checks import quoted
from kanjian.errors import MissingExtraError
from kanjian.storage import files

EXTRA_OF = {
    "av": "video",
    "fastapi": "serve",
    "h5py": "train",
    "huggingface_hub": "hub",
    "kagglehub": "hub",
    "keras": "train",
    "keras_hub": "hub",
    "matplotlib": "train",
    "mlxtend": "train",
    "mtcnn": "faces",
    "nncf": "int8",
    "onnx": "onnx",
    "onnxruntime": "onnx",
    "optuna": "search",
    "prometheus_client": "serve",
    "python_multipart": "serve",
    "safetensors": "hub",
    "scipy": "imaging",
    "skimage": "imaging",
    "sklearn": "train",
    "tensorboard": "train",
    "tensorflow": "train",
    "tf2onnx": "onnx",
    "threadpoolctl": "train",
    "uvicorn": "serve",
}
# What brings a module under another name than its own
_PACKAGE_OF = {"ai_edge_litert": "ai-edge-litert"}


def load(module: str) -> ModuleType:
    """Import an optional module, or say which extra brings it.

    Args:
        module: Dotted module name; its first part is looked up in `EXTRA_OF`.

    Raises:
        MissingExtraError: If the package is not installed.

    Example:
        >>> load("keras_of_tomorrow")
        Traceback (most recent call last):
        kanjian.errors.MissingExtraError: package 'keras_of_tomorrow' is needed for this and is not
            installed. Run: ...pip install keras_of_tomorrow
    """
    if module not in sys.modules:
        _settle()
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        top = module.partition(".")[0]
        if error.name is None or error.name.partition(".")[0] != top:
            raise  # the package is there, something inside it is broken: not ours to hide
        raise _missing([top]) from error


def _settle() -> None:
    """Where the user has no home, let packages that keep something there keep it in ours.

    Matplotlib would warn at every start; Keras would read what anyone left in /tmp/.keras.
    """
    if not files.has_home():
        for variable, name in (("MPLCONFIGDIR", "matplotlib"), ("KERAS_HOME", "keras")):
            os.environ.setdefault(variable, str(files.home_folder() / name))


def need(*modules: str) -> None:
    """Refuse work that needs these modules, with the one command that brings all that miss.

    None of them is imported.

    Raises:
        MissingExtraError: If one is not installed.

    Example:
        >>> need("numpy", "cv2")
    """
    missing = [module for module in modules if not installed(module)]
    if missing:
        raise _missing(missing)


def installed(module: str) -> bool:
    """Whether a module can be imported, without importing it.

    Example:
        >>> installed("numpy"), installed("keras_of_tomorrow")
        (True, False)
    """
    if sys.modules.get(module) is not None:
        return True
    try:
        return importlib.util.find_spec(module) is not None
    except ModuleNotFoundError:  # what it lies in is not there
        return False


def _missing(modules: list[str]) -> MissingExtraError:
    extras = sorted({EXTRA_OF[module] for module in modules if module in EXTRA_OF})
    others = [_PACKAGE_OF.get(module, module) for module in modules if module not in EXTRA_OF]
    command = " ".join([cure(*extras) if extras else pip_install(), *others])
    names = [f"'{module}'" for module in modules]
    if len(names) == 1:
        what, verb = f"package {names[0]}", "is"
    else:
        *first, last = [*names[:2], "others"] if len(names) > 3 else names
        what, verb = f"packages {', '.join(first)} and {last}", "are"
    return MissingExtraError(
        f"{what} {verb} needed for this and {verb} not installed. Run: {command}"
    )


def cure(*extras: str) -> str:
    """The command that adds extras to this copy of kanjian, wherever it came from.

    A checkout, an archive and a repository are named again with the extras; for a copy whose
    source is not known or gone it names the packages themselves.

    Example:
        >>> "[onnx,train]'" in cure("train", "onnx") or "keras" in cure("train", "onnx")
        True
    """
    wanted = sorted(set(extras))
    again = _source(f"[{','.join(wanted)}]")
    return f"{pip_install()} {again or _packages(wanted)}"


def update() -> str:
    """What to do to get a newer kanjian, as a sentence.

    Example:
        >>> update().endswith(".")
        True
    """
    root = _checkout()
    if root is not None:
        return f"Update kanjian, as in: git -C {quoted(root)} pull."
    origin = _origin()
    if "vcs_info" in origin:
        return f"Run: {pip_install()} --upgrade --force-reinstall {_repository(origin)}."
    return "Install a newer kanjian from where this one came."


def pip_install() -> str:
    """`pip install` as it can be typed here for the environment this Python runs in.

    Example:
        >>> pip_install().endswith("install") or pip_install().startswith("uv pip install")
        True
    """
    python = Path(sys.executable)
    if not installed("pip") and shutil.which("uv"):
        return f"uv pip install --python {_place(python)}"
    found = shutil.which("pip")
    # not resolved: the python of a virtual environment is a link out of it
    if found and Path(found).absolute().parent == python.parent:
        return "pip install"
    return f"{_place(python)} -m pip install"


def _source(extras: str) -> str | None:
    """Where this copy came from, as an argument for pip; None where that is not known."""
    root = _checkout()
    if root is not None:
        return f"-e {_place(root, extras)}"
    origin = _origin()
    url = origin.get("url", "")
    inside = origin.get("subdirectory", "")
    if "vcs_info" in origin:
        return _repository(origin, extras)
    if not url.startswith("file:"):
        return quoted(f"kanjian{extras} @ {url}") if url else None
    place = Path(urllib.request.url2pathname(urllib.parse.urlsplit(url).path)) / inside
    usable = (place / "pyproject.toml").is_file() if "dir_info" in origin else place.is_file()
    return _place(place, extras) if usable else None


def _place(path: Path, extras: str = "") -> str:
    """A path as it can be typed in the folder we are in, short where it lies below."""
    try:
        inside = path.relative_to(Path.cwd()).as_posix()
    except (ValueError, OSError):  # elsewhere, or the folder we are in is gone
        return quoted(f"{path}{extras}")
    # pip takes a word without a slash for the name of a package
    return quoted(f"{inside if '/' in inside or inside == '.' else f'./{inside}'}{extras}")


def _repository(origin: dict[str, Any], extras: str = "") -> str:
    """The repository: the commit that is installed, with extras; without, what was asked for."""
    info, inside = origin["vcs_info"], origin.get("subdirectory")
    commit = info.get("commit_id" if extras else "requested_revision")
    at = f"@{commit}" if commit else ""
    below = f"#subdirectory={inside}" if inside else ""
    return quoted(f"kanjian{extras} @ {info['vcs']}+{origin['url']}{at}{below}")


def _checkout() -> Path | None:
    """The folder of the project where the code lies in it and not in an environment."""
    root = Path(__file__).resolve().parents[2]
    return root if (root / "pyproject.toml").is_file() else None


def _origin() -> dict[str, Any]:
    """What the installer wrote down about where it got kanjian from; empty if nothing."""
    try:
        text = importlib.metadata.distribution("kanjian").read_text("direct_url.json")
        origin = json.loads(text or "{}")
    except (importlib.metadata.PackageNotFoundError, OSError, ValueError):
        return {}
    return origin if isinstance(origin, dict) else {}


def _packages(extras: list[str]) -> str:
    """The packages of these extras that are not installed, each as pip takes it."""
    wanted = {}
    for line in importlib.metadata.requires("kanjian") or ():
        package, _, marker = line.partition(";")
        extra = re.search(r"extra\s*==\s*['\"]([^'\"]+)", marker)
        if extra and extra[1] in extras:
            rest = re.sub(r"\s*(and\s+)?extra\s*==\s*['\"][^'\"]+['\"]", "", marker).strip()
            wanted[f"{package.strip()}; {rest}" if rest else package.strip()] = package
    missing = [line for line, package in wanted.items() if not _is_there(package)]
    return " ".join(quoted(line) for line in missing or wanted)


def _is_there(requirement: str) -> bool:
    name = re.match(r"[\w.-]+", requirement.strip())
    try:
        importlib.metadata.version(name[0] if name else requirement)
    except importlib.metadata.PackageNotFoundError:
        return False
    return True
