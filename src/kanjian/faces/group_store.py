"""The numbers of people nobody has named, so that "person 3" is the same one tomorrow.

It holds where faces are, as hashes and paths of pictures and boxes; neither names, which only
the gallery has, nor embeddings. A number is never given twice.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kanjian.errors import FaceError
from kanjian.faces.found_cache import Place, Places
from kanjian.names import storable, stored
from kanjian.storage.failures import writing
from kanjian.storage.files import kept_folder, replacing, sweep
from kanjian.storage.locks import alone

_FORM = 1


@dataclass(frozen=True)
class Numbered:
    """The faces under one number.

    Args:
        mark: Of the look that found them, see `kanjian.faces.found_faces.Look`.
        network: Name and SHA-256 of what embedded them.
        places: Where they are, and in which file of the disk.
    """

    mark: str
    network: tuple[str, str]
    places: Mapping[Place, str]


@dataclass
class _Content:
    following: int = 1
    groups: dict[int, Numbered] = field(default_factory=dict)


class GroupStore:
    """The file of these numbers; several processes may change it, each in its turn.

    Args:
        path: Where; "faces/groups.json" in kanjian's own folder by default.

    Example:
        >>> import tempfile
        >>> store = GroupStore(Path(tempfile.mkdtemp()) / "groups.json")
        >>> ann, bo = {("p1", "0,0,9,9"): "a.jpg"}, {("p2", "0,0,9,9"): "b.jpg"}
        >>> store.number([ann, bo], [True, True], mark="m", network=("sface", "0"))
        [1, 2]
        >>> store.number([bo, ann], [True, True], mark="m", network=("sface", "0"))
        [2, 1]
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or kept_folder("faces") / "groups.json"

    def number(
        self,
        groups: Sequence[Mapping[Place, str]],
        wanted: Sequence[bool],
        *,
        mark: str,
        network: tuple[str, str],
    ) -> list[int | None]:
        """The number of each group: that under which most of its faces were before, or the next.

        Args:
            groups: Where the faces of each are, and in which files.
            wanted: Whether a group gets a number if it has none.
            mark: See `Numbered`.
            network: See `Numbered`.

        Raises:
            FaceError: If the file is damaged.
            StorageError: If it cannot be written; what was there stays whole.
        """
        given: list[int | None] = []

        def change(content: _Content) -> None:
            given[:] = _matched(content, groups)
            for at, want in enumerate(wanted):
                if want and given[at] is None:
                    given[at], content.following = content.following, content.following + 1
            _without(content, {place for group in groups for place in group})
            for number, group in zip(given, groups, strict=True):
                if number is not None:
                    before = content.groups.get(number)
                    places = {**(before.places if before else {}), **group}
                    content.groups[number] = Numbered(mark, network, places)

        self._change(change)
        return given

    def read(self) -> dict[int, Numbered]:
        """All groups by their number.

        Raises:
            FaceError: If the file is damaged.
        """
        return self._content().groups

    def drop(self, places: Collection[Place] | None = None) -> None:
        """Forget these faces, or all and the numbers too.

        Raises:
            StorageError: If the file cannot be written.
        """
        if not self.path.parent.is_dir():
            return
        sweep(self.path.parent, self.path.name)
        if places is None or not self.path.exists():
            with writing(self.path):
                self.path.unlink(missing_ok=True)
            return
        self._change(lambda content: _without(content, set(places)))

    def _change(self, change: Callable[[_Content], None]) -> None:
        with alone(self.path):
            content = self._content()
            change(content)
            document = {
                "form": _FORM,
                "next": content.following,
                "groups": {
                    str(number): {
                        "mark": group.mark, "network": group.network,
                        "places": sorted([*place, storable(path)]
                                         for place, path in group.places.items()),
                    }
                    for number, group in sorted(content.groups.items())
                },
            }  # fmt: skip
            with replacing(self.path, mode=0o600) as temporary:
                temporary.write_text(json.dumps(document), encoding="utf-8")

    def _content(self) -> _Content:
        if not self.path.exists():
            return _Content()
        try:
            return _read(json.loads(self.path.read_text(encoding="utf-8")))
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise FaceError(
                f"the numbers of people in {self.path} cannot be read ({error}). Delete it: the "
                "next 'kanjian faces group' numbers them anew."
            ) from error


def _read(document: Any) -> _Content:
    if document["form"] != _FORM:
        raise ValueError(f"form {document['form']!r} is not known here")
    groups = {}
    for number, group in document["groups"].items():
        name, digest = group["network"]
        places = {(str(picture), str(box)): stored(path) for picture, box, path in group["places"]}
        groups[int(number)] = Numbered(str(group["mark"]), (str(name), str(digest)), places)
    return _Content(max(int(document["next"]), *(number + 1 for number in groups), 1),
                    groups)  # fmt: skip


def _matched(content: _Content, groups: Sequence[Mapping[Place, str]]) -> list[int | None]:
    """Which number most faces of each group were under; each number once."""
    known = Places(
        (place, number) for number, group in content.groups.items() for place in group.places
    )
    shares = sorted(
        (-count, number, at)
        for at, group in enumerate(groups)
        for number, count in Counter(map(known.find, group)).items()
        if number is not None
    )
    given: list[int | None] = [None] * len(groups)
    taken: set[int] = set()
    for _, number, at in shares:
        if given[at] is None and number not in taken:
            given[at] = number
            taken.add(number)
    return given


def _without(content: _Content, places: set[Place]) -> None:
    """Take faces out; a number without faces goes."""
    gone = Places((place, True) for place in places)
    left = {
        number: replace(
            group,
            places={place: path for place, path in group.places.items() if not gone.find(place)},
        )
        for number, group in content.groups.items()
    }
    content.groups = {number: group for number, group in left.items() if group.places}
