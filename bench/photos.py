"""The shared photos as a folder of pictures, as many as a bench wants."""

import os
import tarfile
from pathlib import Path

from record import DATA


def linked_photos(folder: Path, count: int) -> Path:
    """A set of `count` cats and dogs, half of each, linked as often as needed.

    Args:
        folder: Where the archive is unpacked; the set is made beside it.
        count: Photos in all.
    """
    with tarfile.open(DATA / "photos" / "cats-dogs.tar") as archive:
        archive.extractall(folder / "unpacked", filter="data")
    made = folder / f"photos-{count}"
    for name, share in (("cat", count - count // 2), ("dog", count // 2)):
        files = sorted((folder / "unpacked").glob(f"*/*/{name}*/*"))
        (made / name).mkdir(parents=True)
        for number in range(share):
            os.link(files[number % len(files)], made / name / f"{number:06}.jpg")
    return made
