"""IDX, the format MNIST ships in: a header that gives type and shape, then the numbers."""

import gzip
import math
import re
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np

from kanjian.datasets.arrays import from_arrays
from kanjian.datasets.dataset import Splits
from kanjian.errors import DatasetError
from kanjian.paths import AnyPath
from kanjian.storage.files import replacing

TYPES: dict[int, np.dtype[Any]] = {
    0x08: np.dtype("u1"),
    0x09: np.dtype("i1"),
    0x0B: np.dtype(">i2"),
    0x0C: np.dtype(">i4"),
    0x0D: np.dtype(">f4"),
    0x0E: np.dtype(">f8"),
}
GZIP_MAGIC = b"\x1f\x8b"
# No deflate stream unpacks to more than 1032 times its size (zlib's technical notes).
DEFLATE_RATIO = 1032
# Both spellings, and EMNIST's long prefixes: train-images-idx3-ubyte, t10k-labels.idx1-ubyte.gz
NAME = re.compile(
    r"(?:.*[-_.])?(?P<part>train|t10k|test|valid|validation)[-_.]"
    r"(?P<kind>images|labels)[-_.]idx[0-9]+[-_.]ubyte(?:\.gz)?",
    re.IGNORECASE,
)
PART_OF = {
    "train": "train",
    "t10k": "test",
    "test": "test",
    "valid": "validation",
    "validation": "validation",
}


@dataclass(frozen=True)
class _Header:
    dtype: np.dtype[Any]
    shape: tuple[int, ...]

    @property
    def size_bytes(self) -> int:
        return math.prod(self.shape) * self.dtype.itemsize


def _exactly(stream: BinaryIO, count: int, path: Path) -> bytes:
    content = stream.read(count)
    if len(content) < count:
        raise DatasetError(
            f"{path} ends inside its IDX header. The file is cut off; fetch it anew."
        )
    return content


def _read_header(stream: BinaryIO, path: Path) -> _Header:
    start = _exactly(stream, 4, path)
    if start[:2] != b"\0\0" or start[2] not in TYPES or start[3] > 32:
        raise DatasetError(
            f"{path} is not an IDX file: it begins with {start.hex(' ')}, "
            "expected 00 00, a type (08 to 0e) and the number of axes."
        )
    axes = np.frombuffer(_exactly(stream, 4 * start[3], path), ">u4")
    return _Header(TYPES[start[2]], tuple(int(length) for length in axes))


def _check_size(header: _Header, path: Path, *, limit_bytes: int, packed: bool) -> None:
    """A header can claim anything; believe it only as far as the file can back it."""
    size = path.stat().st_size
    holds = size * DEFLATE_RATIO if packed else size
    if header.size_bytes > min(holds, limit_bytes):
        raise DatasetError(
            f"{path} claims {header.shape} {header.dtype.name}, {header.size_bytes} bytes, "
            f"but the file of {size} bytes holds at most {holds}"
            f" and {limit_bytes} are allowed. It is cut off or damaged; fetch it anew."
        )


def _read_body(stream: BinaryIO, header: _Header, path: Path) -> np.ndarray:
    raw = np.empty(header.size_bytes, np.uint8)
    filled = 0
    while filled < len(raw):
        chunk = stream.read(min(1 << 22, len(raw) - filled))
        if not chunk:
            raise DatasetError(
                f"{path} has {filled} of the {len(raw)} bytes its header promises. "
                "The file is cut off; fetch it anew."
            )
        raw[filled : filled + len(chunk)] = np.frombuffer(chunk, np.uint8)
        filled += len(chunk)
    if stream.read(1):
        raise DatasetError(f"{path} goes on after the {len(raw)} bytes its header promises.")
    array = raw.view(header.dtype).reshape(header.shape)
    return array.astype(header.dtype.newbyteorder("="), copy=False)


def read_idx(path: str | Path, *, limit_bytes: int = 8 << 30) -> np.ndarray:
    """The array in an IDX file, packed with gzip or not.

    Args:
        path: The file; whether it is packed is seen from its content, not its name.
        limit_bytes: Larger arrays are refused before any memory is taken.

    Returns:
        Array of the shape and type in the header, in the machine's byte order.

    Raises:
        DatasetError: If the file is missing, foreign, cut off, too long or too large.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "labels.idx1-ubyte.gz"
        >>> write_idx(path, np.array([5, 0, 4], np.uint8))
        >>> read_idx(path)
        array([5, 0, 4], dtype=uint8)

    Reference:
        LeCun, Cortes and Burges, The MNIST database, "File formats".
    """
    path = Path(path)
    try:
        with path.open("rb") as plain:
            packed = plain.read(2) == GZIP_MAGIC
            plain.seek(0)
            stream = cast(BinaryIO, gzip.GzipFile(fileobj=plain)) if packed else plain
            header = _read_header(stream, path)
            _check_size(header, path, limit_bytes=limit_bytes, packed=packed)
            return _read_body(stream, header, path)
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or error
        raise DatasetError(f"cannot read {path}: {reason}.") from error


def write_idx(path: str | Path, array: np.ndarray) -> None:
    """Write an array as IDX, packed with gzip if the name ends in ".gz"; whole or not at all.

    The same array gives the same bytes, whenever it is written.

    Args:
        path: The file to write.
        array: uint8, int8, int16, int32, float32 or float64, at most 32 axes.

    Raises:
        DatasetError: If IDX has no such type.

    Example:
        >>> import tempfile
        >>> path = Path(tempfile.mkdtemp()) / "images.idx3-ubyte"
        >>> write_idx(path, np.zeros((2, 1, 1), np.uint8))
        >>> path.read_bytes().hex(" ")
        '00 00 08 03 00 00 00 02 00 00 00 01 00 00 00 01 00 00'
    """
    path = Path(path)
    code = next(
        (code for code, dtype in TYPES.items() if dtype == array.dtype.newbyteorder(">")), None
    )
    if code is None or array.ndim > 32:
        raise DatasetError(
            f"IDX holds uint8, int8, int16, int32, float32 and float64 with at most 32 axes, "
            f"got {array.shape} {array.dtype}. Convert first."
        )
    header = bytes([0, 0, code, array.ndim]) + np.array(array.shape, ">u4").tobytes()
    content = header + np.ascontiguousarray(array, TYPES[code]).tobytes()
    with replacing(path) as temporary:
        # mtime=0: the packed bytes depend on the array alone
        packed = gzip.compress(content, mtime=0) if path.suffix == ".gz" else content
        temporary.write_bytes(packed)


def find_idx(folder: AnyPath) -> dict[tuple[str, str], Path]:
    """The IDX files of a folder by (part, kind); the unpacked file wins over its twin.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> (folder / "t10k-labels.idx1-ubyte.gz").touch()
        >>> [key for key in find_idx(folder)]
        [('test', 'labels')]
    """
    folder = Path(folder)
    found: dict[tuple[str, str], Path] = {}
    # reversed, so that of "x" and "x.gz" the first in order is kept last
    for path in sorted(folder.iterdir(), reverse=True):
        match = NAME.fullmatch(path.name)
        if match and path.is_file():
            found[PART_OF[match["part"].lower()], match["kind"].lower()] = path
    return found


def open_idx(folder: AnyPath, *, classes: tuple[str, ...] | None = None, name: str = "") -> Splits:
    """The parts of a folder of IDX files named as MNIST names them.

    Args:
        folder: Holds train-images… and train-labels…, and maybe t10k-… of the same kind.
        classes: Names of the labels 0, 1, 2 …; by default the numbers that occur in training.
        name: What to call the set; the folder's name by default.

    Raises:
        DatasetError: If images or labels of a part are missing, or do not fit together.

    Example:
        >>> import tempfile
        >>> folder = Path(tempfile.mkdtemp())
        >>> write_idx(folder / "train-images-idx3-ubyte", np.zeros((3, 8, 8), np.uint8))
        >>> write_idx(folder / "train-labels-idx1-ubyte", np.array([1, 0, 1], np.uint8))
        >>> open_idx(folder).train.class_counts()
        {'0': 1, '1': 2}
    """
    folder = Path(folder)
    found = find_idx(folder)
    parts: dict[str, tuple[np.ndarray, np.ndarray]] = {}
    for part in ("train", "validation", "test"):
        have = [kind for kind in ("images", "labels") if (part, kind) in found]
        if len(have) == 1:
            raise DatasetError(
                f"{folder} has {found[part, have[0]].name} but not the "
                f"{'labels' if have == ['images'] else 'images'} of that part. "
                "Put both files in one folder."
            )
        if have:
            parts[part] = (read_idx(found[part, "images"]), read_idx(found[part, "labels"]))
    if "train" not in parts:
        raise DatasetError(
            f"{folder} has no train-images-idx3-ubyte and train-labels-idx1-ubyte (.gz or not)."
        )
    return from_arrays(
        *parts["train"],
        validation=parts.get("validation"),
        test=parts.get("test"),
        classes=classes,
        name=name or folder.name,
    )
