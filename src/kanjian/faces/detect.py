"""Where faces are: three detectors behind one interface, each made once."""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from kanjian import extras
from kanjian.checks import unknown_name
from kanjian.errors import FaceError
from kanjian.faces import files
from kanjian.images.convert import to_gray, to_rgb
from kanjian.images.pictures import Picture

NAMES = ("auto", "yunet", "mtcnn", "haar")
# Shorter sides than this hold no more of a face than any of the detectors could use
_TINY = 8


@dataclass(frozen=True, eq=False)
class Face:
    """A face in a picture.

    Args:
        box_xyxy: Left, top, right and bottom in pixels; inside the picture.
        score: The confidence of the detector, 0 to 1; each detector counts in its own way.
        landmarks_xy: Eye, eye, nose, mouth corner, mouth corner as seen, left before right,
            (5, 2); None where the detector knows none.
    """

    box_xyxy: tuple[float, float, float, float]
    score: float
    landmarks_xy: np.ndarray | None = None

    @property
    def size(self) -> float:
        """The longer side of the box, in pixels."""
        left, top, right, bottom = self.box_xyxy
        return max(right - left, bottom - top)

    @property
    def center_xy(self) -> tuple[float, float]:
        """The middle of the box."""
        left, top, right, bottom = self.box_xyxy
        return (left + right) / 2, (top + bottom) / 2


class Detector(Protocol):
    """What finds faces; may be called from several threads."""

    name: str

    def detect(self, image: Picture) -> list[Face]:
        """The faces in a picture, the surest first.

        Args:
            image: RGB (height, width, 3) or gray (height, width), uint8; or a path or PIL image.
        """
        ...


def detector(
    name: str = "auto",
    *,
    smallest: int = 24,
    score: float | None = None,
    longest_side: int | None = 1280,
) -> Detector:
    """Make a detector; keep it, making one is slow.

    Args:
        name: "yunet", "mtcnn" or "haar"; "auto" is YuNet where its file is at hand, else
            Haar, which always is; or the path of a YuNet file.
        smallest: Faces whose box has a shorter side than this are left out, in pixels.
        score: Its least confidence, 0 to 1; None is what suits the detector.
        longest_side: Larger pictures are shrunk to this before they are looked at, as far as
            `smallest` allows; None: never. Boxes are always those of the picture given.

    Raises:
        FaceError: If the name is unknown, a file is missing or not the right one, or an
            option is out of range.
        MissingExtraError: If MTCNN is asked for and not installed.

    Example:
        >>> finder = detector("haar", smallest=30)
        >>> finder.name, finder.detect(np.zeros((60, 60), np.uint8))
        ('haar', [])
    """
    if smallest < 1 or (longest_side is not None and longest_side < 64):
        raise FaceError(
            "smallest must be at least 1 and longest_side at least 64 pixels, got "
            f"{smallest} and {longest_side}."
        )
    if score is not None and not 0 <= score <= 1:
        raise FaceError(f"score must be from 0 to 1, got {score}.")
    if name == "auto":
        name = "yunet" if files.at_hand("yunet") else "haar"
    limits = _Limits(smallest, longest_side)
    if name == "haar":
        return Haar(limits, 0.5 if score is None else score)
    if name == "mtcnn":
        return Mtcnn(limits, 0.9 if score is None else score)
    if name not in NAMES and not Path(name).suffix:
        raise FaceError(unknown_name("detector", name, NAMES))
    return YuNet(limits, 0.7 if score is None else score, files.read_network(name, "detector"))


@dataclass(frozen=True)
class _Limits:
    """What sizes count, and at what size a picture is looked at."""

    smallest: int
    longest_side: int | None

    def scale(self, image: np.ndarray, *, seen: int) -> float:
        """How much a picture may be shrunk; `seen`: the smallest face the network finds."""
        if self.longest_side is None:
            return 1.0
        height, width = image.shape[:2]
        wanted = self.longest_side / max(height, width)
        return float(min(1.0, max(wanted, seen / self.smallest)))

    def kept(self, faces: list[Face], image: np.ndarray) -> list[Face]:
        """Those large enough, their boxes inside the picture, the surest first."""
        height, width = image.shape[:2]
        found = []
        for face in faces:
            left, top, right, bottom = face.box_xyxy
            box = (max(left, 0.0), max(top, 0.0), min(right, width), min(bottom, height))
            # decided by the whole face: one half outside is as large as it was
            large = min(right - left, bottom - top) >= self.smallest
            if large and box[0] < box[2] and box[1] < box[3]:
                found.append(Face(box, face.score, face.landmarks_xy))
        return sorted(found, key=lambda face: -face.score)


_ANEW = "Get it anew: kanjian faces get yunet"


class YuNet:
    """YuNet, a small network that gives boxes and landmarks, run by OpenCV.

    Args:
        limits: What sizes count.
        score: Its least confidence.
        file: The ONNX file.

    Reference:
        Wu, Peng, Yu: YuNet: a tiny millisecond-level face detector. 2023.
    """

    name = "yunet"
    _SEEN = 12  # pixels of the smallest face it finds well

    def __init__(self, limits: _Limits, score: float, file: files.NetworkFile) -> None:
        cv2 = extras.load("cv2")
        self._limits, self._lock, self._path = limits, threading.Lock(), file.path
        self.sha256 = file.sha256
        content = np.frombuffer(file.content, np.uint8)
        try:
            # from memory: the bytes that were hashed are those that run, under any file name
            self._network = cv2.FaceDetectorYN.create(
                "onnx", content, np.empty(0, np.uint8), (320, 320), score, 0.3, 5000
            )
        except cv2.error as error:
            raise FaceError(f"OpenCV cannot read {file.path} as YuNet. {_ANEW}") from error

    def detect(self, image: Picture) -> list[Face]:
        """See `Detector.detect`."""
        image = to_rgb(image)
        if min(image.shape[:2]) < _TINY:
            return []
        scale = self._limits.scale(image, seen=self._SEEN)
        small = _resized(image, scale)
        # a face that fills the picture is found only with some ground around it
        border = max(small.shape[:2]) // 4 if max(small.shape[:2]) < 320 else 0
        rows = self._rows(small, border)
        # the sides were rounded one by one
        ratio = np.array([image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]])
        faces = [_face_of(row, border, ratio) for row in rows]
        return self._limits.kept(faces, image)

    def _rows(self, small: np.ndarray, border: int) -> np.ndarray:
        import cv2

        bgr = np.ascontiguousarray(small[:, :, ::-1])
        if border:
            bgr = cv2.copyMakeBorder(bgr, *4 * (border,), cv2.BORDER_CONSTANT, value=(127,) * 3)
        try:
            with self._lock:
                self._network.setInputSize(bgr.shape[1::-1])
                found = self._network.detect(bgr)[1]
        except cv2.error as error:
            raise FaceError(f"{self._path} does not give what YuNet gives. {_ANEW}") from error
        return np.empty((0, 15), np.float32) if found is None else found


def _face_of(row: np.ndarray, border: int, ratio: np.ndarray) -> Face:
    left_top = (row[:2] - border) * ratio
    right_bottom = left_top + row[2:4] * ratio
    landmarks = (row[4:14].reshape(5, 2) - border) * ratio
    box = (*map(float, left_top), *map(float, right_bottom))
    return Face(box, float(row[14]), landmarks.astype(np.float32))  # type: ignore[arg-type]


class Haar:
    """OpenCV's `frontalface_alt2` cascade: always there, finds upright faces from the front.

    Args:
        limits: What sizes count.
        score: Its least confidence; a squashed sum of the last stage, no probability.

    Reference:
        Viola, Jones: Rapid object detection using a boosted cascade of simple features. 2001.
    """

    name = "haar"
    _SEEN = 24  # the cascade was trained on 20 pixels

    def __init__(self, limits: _Limits, score: float) -> None:
        cv2 = extras.load("cv2")
        self._limits, self._score, self._lock = limits, score, threading.Lock()
        path = Path(cv2.data.haarcascades) / "haarcascade_frontalface_alt2.xml"
        self._cascade = cv2.CascadeClassifier()
        # read here: OpenCV's own reader fails at some names of folders
        storage = cv2.FileStorage(
            path.read_text(encoding="ascii"), cv2.FILE_STORAGE_READ | cv2.FILE_STORAGE_MEMORY
        )
        if not self._cascade.read(storage.getFirstTopLevelNode()):
            raise FaceError(f"OpenCV cannot read {path}. Install opencv-python-headless anew.")

    def detect(self, image: Picture) -> list[Face]:
        """See `Detector.detect`."""
        gray = to_gray(image)
        if min(gray.shape) < self._SEEN:
            return []
        small = _resized(gray, self._limits.scale(gray, seen=self._SEEN))
        ratio_x, ratio_y = gray.shape[1] / small.shape[1], gray.shape[0] / small.shape[0]
        least = max(self._SEEN, int(self._limits.smallest / max(ratio_x, ratio_y)))
        with self._lock:
            boxes, _, weights = self._cascade.detectMultiScale3(
                small, 1.1, 3, minSize=(least, least), outputRejectLevels=True
            )
        faces = []
        for (x, y, width, height), weight in zip(boxes, np.ravel(weights), strict=True):
            sure = float(1 / (1 + np.exp(-weight)))
            box = (x * ratio_x, y * ratio_y, (x + width) * ratio_x, (y + height) * ratio_y)
            if sure >= self._score:
                faces.append(Face(tuple(map(float, box)), sure))  # type: ignore[arg-type]
        return self._limits.kept(faces, gray)


class Mtcnn:
    """MTCNN, three small networks in a row, out of the package `mtcnn`; slow and reliable.

    Args:
        limits: What sizes count.
        score: Its least confidence.

    Reference:
        Zhang, Zhang, Li, Qiao: Joint face detection and alignment using multitask cascaded
        convolutional networks. 2016.
    """

    name = "mtcnn"
    _SEEN = 20
    _POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")

    def __init__(self, limits: _Limits, score: float) -> None:
        self._limits, self._score, self._lock = limits, score, threading.Lock()
        extras.need("mtcnn", "tensorflow")
        self._network: Any = extras.load("mtcnn").MTCNN()

    def detect(self, image: Picture) -> list[Face]:
        """See `Detector.detect`."""
        image = to_rgb(image)
        if min(image.shape[:2]) < self._SEEN:
            return []
        small = _resized(image, self._limits.scale(image, seen=self._SEEN))
        ratio = np.array([image.shape[1] / small.shape[1], image.shape[0] / small.shape[0]])
        with self._lock:
            found = self._network.detect_faces(small) or []
        faces = []
        for each in found:
            x, y, width, height = each["box"]
            left_top, right_bottom = np.array([x, y]) * ratio, np.array([x + width, y + height])
            points = np.array([each["keypoints"][name] for name in self._POINTS]) * ratio
            box = (*map(float, left_top), *map(float, right_bottom * ratio))
            if each["confidence"] >= self._score:
                faces.append(
                    Face(box, float(each["confidence"]), points.astype(np.float32))  # type: ignore[arg-type]
                )
        return self._limits.kept(faces, image)


def _resized(image: np.ndarray, scale: float) -> np.ndarray:
    if scale >= 1:
        return image
    import cv2

    height, width = image.shape[:2]
    # cv2 wants (width, height); everything of ours is (height, width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    # halving by INTER_LINEAR is an exact mean of four and three times as fast as INTER_AREA
    how = cv2.INTER_LINEAR if scale >= 0.5 else cv2.INTER_AREA
    smaller: np.ndarray = cv2.resize(image, size, interpolation=how)
    return smaller
