"""Faces that nobody has named put together by person: groups joined, the most alike first.

How alike two groups are is the mean cosine of the faces of one with the mean of the other, as
naming compares (`threshold.person_scores`), so that one level serves both; of the two ways
round the larger counts. Compared with HDBSCAN, Chinese whispers and average linkage in
bench/face_group.py. The plain cosine of both means would grow with the groups, for strangers too.
"""

from collections.abc import Callable, Sequence

import numpy as np

from kanjian.faces.unit import unit

# Rows compared at once: 2000 × 20 000 similarities are 160 MB
_ROWS = 2000
_NEVER = -2.0


def cluster(
    embeddings: np.ndarray,
    level: Callable[[int], float],
    *,
    together: Sequence[Sequence[int]] = (),
    apart: Sequence[Sequence[int]] = (),
) -> np.ndarray:
    """Which person each face is of, as numbers from 0, that with the most faces first.

    The two groups most alike are joined, as long as they are more alike than `level` says for
    as many groups as there are then.

    Args:
        embeddings: (n, k) of length 1; a mean of several looks at a face is shorter.
        level: From which similarity on two faces are one person's, among so many people; see
            `kanjian.faces.threshold.level_among`.
        together: Faces that are known to be of one person; no face in two of them.
        apart: Faces no two of which are of one person, as those of one picture.

    Returns:
        (n,) int64.

    Example:
        >>> faces = unit(np.array([[1.0, 0.1], [0.1, 1.0], [1.0, 0.0]]))
        >>> cluster(faces, lambda people: 0.5)
        array([0, 1, 0])
        >>> cluster(faces, lambda people: 0.5, apart=[[0, 2]])
        array([0, 1, 2])
    """
    if not len(embeddings):
        return np.empty(0, np.int64)
    joining = _Joining(embeddings, apart)
    for faces in together:
        for other in faces[1:]:
            joining.unite(faces[0], other)
    joining.compare()
    while joining.count > 1:
        one, other, alike = joining.nearest()
        if alike < level(joining.count):
            break
        joining.join(one, other)
    return by_size(joining.owner)


def by_size(labels: np.ndarray) -> np.ndarray:
    """The same groups, numbered from 0 by their size, of two equal ones that which came first.

    Example:
        >>> by_size(np.array([7, 3, 3, 9]))
        array([1, 0, 0, 2])
    """
    _, first, number, counts = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    rank = np.empty(len(counts), np.int64)
    rank[np.lexsort((first, -counts))] = np.arange(len(counts))
    ordered: np.ndarray = rank[number]
    return ordered


class _Joining:
    """Groups while they are joined; each is called after one of its faces."""

    def __init__(self, embeddings: np.ndarray, apart: Sequence[Sequence[int]]) -> None:
        n = len(embeddings)
        self._sums = embeddings.astype(np.float32)
        self._means = unit(self._sums)
        # How alike the faces of each are to their own mean
        self._members = np.ones(n, np.float32)
        self._tight = np.linalg.norm(self._sums, axis=1)
        self._gone = np.zeros(n, bool)
        self._strangers: list[set[int]] = [set() for _ in range(n)]
        for faces in apart:
            for face in faces:
                self._strangers[face] |= set(faces) - {face}
        self.owner, self.count = np.arange(n), n
        self._near, self._alike = np.zeros(n, np.int64), np.full(n, _NEVER, np.float32)
        # Whose nearest was joined to another: none left is nearer than `alike` says
        self._stale = np.zeros(n, bool)

    def compare(self) -> None:
        """Find the nearest of each."""
        groups = np.flatnonzero(~self._gone)
        for start in range(0, len(groups), _ROWS):
            self._look_at(groups[start : start + _ROWS])

    def nearest(self) -> tuple[int, int, float]:
        """The two most alike."""
        while self._stale[one := int(self._alike.argmax())]:
            self._look_at(np.array([one]))
        return one, int(self._near[one]), float(self._alike[one])

    def unite(self, one: int, other: int) -> None:
        """Make two groups one, called after the first."""
        self._sums[one] += self._sums[other]
        self._means[one] = unit(self._sums[one][None])[0]
        self._members[one] += self._members[other]
        self._tight[one] = np.linalg.norm(self._sums[one]) / self._members[one]
        self._gone[other], self._alike[other] = True, _NEVER
        self.owner[self.owner == other] = one
        self._strangers[one] |= self._strangers[other]
        for stranger in self._strangers[other]:
            self._strangers[stranger] ^= {other}
            self._strangers[stranger].add(one)
        self.count -= 1

    def join(self, one: int, other: int) -> None:
        """Make two groups one, and see to it that the nearest of each is known or marked."""
        self._stale |= (self._near == one) | (self._near == other)
        self.unite(one, other)
        row = self._look_at(np.array([one]))[0]
        nearer = row >= self._alike
        nearer[one] = False
        self._near[nearer], self._alike[nearer] = one, row[nearer]
        self._stale[nearer] = False

    def _look_at(self, groups: np.ndarray) -> np.ndarray:
        rows = self._similarities(groups)
        self._near[groups], self._alike[groups] = rows.argmax(1), rows.max(1)
        self._stale[groups] = False
        return rows

    def _similarities(self, groups: np.ndarray) -> np.ndarray:
        """Of these to all; never one to itself, to what is gone, or to who must be another."""
        rows: np.ndarray = self._means[groups] @ self._means.T
        rows *= np.maximum(self._tight[groups, None], self._tight)
        rows[:, self._gone] = _NEVER
        for row, group in zip(rows, groups, strict=True):
            row[group] = _NEVER
            row[list(self._strangers[group])] = _NEVER
        return rows
