"""A full disk is told as one by every writer, whatever its library makes of it."""

import contextlib
import errno
import gc
import json
import logging
import sqlite3
import zipfile

import numpy as np
import pytest

from kanjian.datasets.idx import write_idx
from kanjian.errors import KanjianError, StorageError
from kanjian.export.export import export_recognizer
from kanjian.export.formats import FORMS
from kanjian.faces.gallery import Gallery
from kanjian.faces.gallery_file import Enrolled
from kanjian.images.write import write_image
from kanjian.inference.whole_folder import hashes_of
from kanjian.media.encode import write_video
from kanjian.storage import files
from kanjian.storage.arrays import store_array
from kanjian.storage.cache import Cache
from kanjian.storage.failures import failure_of_place, writing
from kanjian.storage.unpack import unpack
from kanjian.training.checkpoint import Progress, save_checkpoint
from small_recognizer import home, network, rgb_network, save, saved

__all__ = ["home", "rgb_network", "saved"]
NOISE = np.random.default_rng(0)


@contextlib.contextmanager
def files_end_at(size):
    """No file may grow past so many bytes: to every library the same as a disk that is full."""
    resource = pytest.importorskip("resource")  # POSIX
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def enroll(place, saved):
    gallery = Gallery.open_or_create(place / "g.sqlite", embedder="sface", sha256="ab")
    rows = NOISE.normal(size=(200, 64)).astype(np.float32)
    gallery.add([Enrolled(f"p{n}", f"{n:064x}", "1,2,3,4", row) for n, row in enumerate(rows)])


def film(place, saved):
    with write_video(place / "a.mp4", size_hw=(64, 64), rate_fps=25, quality=0) as video:
        for _ in range(20):
            video.write(NOISE.integers(0, 256, (64, 64, 3), np.uint8))


def keep(place, saved):
    store_array(Cache(place, limit_gb=1), "features", "a1", shape=(9, 999), dtype=np.float32,
                chunks=[NOISE.normal(size=(9, 999))], about={})  # fmt: skip


def unpack_one(place, saved):
    with zipfile.ZipFile(place.parent / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.bin", bytes(20_000))
    unpack(place.parent / "a.zip", place / "a")


WRITERS = {
    "text": lambda place, _: files.write_text(place / "a.txt", "x" * 20_000),
    "log": lambda place, _: files.append_text(place / "log.txt", "x" * 20_000),
    "picture": lambda place, _: write_image(
        place / "a.png", NOISE.integers(0, 256, (90, 90, 3), np.uint8)
    ),
    "idx": lambda place, _: write_idx(place / "a.idx", np.zeros((40, 20, 20), np.uint8)),
    "checkpoint": lambda place, _: save_checkpoint(place, Progress(), {"a": np.zeros(9000)}),
    "gallery": enroll,
    "video": film,
    "features": keep,
    "archive": unpack_one,
    "recognizer": lambda place, _: save(place / "recognizer", network()),
    **{
        name: lambda place, saved, name=name: export_recognizer(saved, name, place / "ex")
        for name in FORMS
    },
}


@pytest.mark.parametrize("writer", WRITERS)
def test_a_full_disk_is_one_line_and_leaves_nothing_half_written(writer, saved, tmp_path, caplog):
    if writer in FORMS:
        for module in (FORMS[writer].backend, *FORMS[writer].makers):
            pytest.importorskip(module or "openvino")
    place = tmp_path / "写 place"
    place.mkdir()
    caplog.set_level(logging.CRITICAL, logger="kanjian")  # what is logged cannot be written either
    with files_end_at(4000), pytest.raises(StorageError, match="cannot write ") as told:
        WRITERS[writer](place, saved)
    gc.collect()  # a library's own complaint about what it could not close ends here
    assert "\n" not in str(told.value)
    assert ".part" not in str(told.value)
    left = {name for name in hashes_of(place) if not name.endswith("log.txt")}
    assert left <= {"g.sqlite", "g.sqlite.backup"}  # the gallery of nobody, which was whole
    WRITERS[writer](place, saved)  # and the next time it goes on


def test_an_export_that_finds_the_disk_full_leaves_the_former_one(saved, tmp_path):
    export_recognizer(saved, "openvino", tmp_path / "ex")
    before = hashes_of(tmp_path / "ex")
    with files_end_at(4000), pytest.raises(StorageError):
        export_recognizer(saved, "openvino", tmp_path / "ex", overwrite=True)
    assert hashes_of(tmp_path / "ex") == before
    assert json.loads((tmp_path / "ex/export.json").read_text())["files"]


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError("Unable to write (errno = 28, error message = 'No space left on device')"),
         "the disk is full"),
        (sqlite3.OperationalError("database or disk is full"), "the disk is full"),
        (RuntimeError("basic_ios::clear: iostream error"), "the stream failed"),
        (PermissionError(errno.EACCES, "Permission denied"), "choose a folder that you may write"),
        (OSError(errno.ENAMETOOLONG, "File name too long"), "choose a shorter name"),
        (MemoryError(), "too little memory"),
        (RuntimeError("std::bad_alloc"), "too little memory"),
    ],
)  # fmt: skip
def test_each_way_to_say_it_is_understood(error, told, tmp_path):
    with pytest.raises(StorageError, match=told), writing(tmp_path / "a"):
        raise error


def test_what_a_full_disk_led_to_is_a_full_disk(tmp_path):
    with pytest.raises(StorageError, match="full"), writing(tmp_path / "a"):
        try:
            raise OSError(errno.ENOSPC, "No space left on device")
        except OSError as error:
            raise ValueError("no rule for this layer") from error


def test_what_the_place_is_not_to_blame_for_passes_as_it_is(tmp_path):
    for error in (ValueError("no rule"), KanjianError("damaged"), BrokenPipeError(32, "pipe")):
        with pytest.raises(type(error)) as told, writing(tmp_path / "a"):
            raise error
        assert told.value is error
    # a file that was looked for on the way, and another one taken
    with pytest.raises(ValueError, match="no rule"), writing(tmp_path / "a"):
        try:
            raise FileNotFoundError(errno.ENOENT, "No such file")
        except OSError:
            raise ValueError("no rule")  # noqa: B904


def test_where_nothing_tells_the_reason_the_disk_is_asked(tmp_path):
    error = RuntimeError("it did not work")
    assert failure_of_place(error, tmp_path / "a") is None
    with files_end_at(4000):
        assert "larger than it may be" in str(failure_of_place(error, tmp_path / "a"))
    assert list(tmp_path.iterdir()) == []
