"""What an augmentation is: keys of the recipe, what is drawn by them, how that is applied."""

from abc import abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from pydantic import BaseModel, ConfigDict

from kanjian.augmentation.streams import Streams


class Operation(BaseModel):
    """One augmentation: a class in a file of `operations`, which is found there by itself.

    Its fields become keys of `[augmentation]`, each explained by the docstring below it. How it
    is applied is said by its kind: `Window`, `Linear`, `Projective` and `Translation` become the
    one matrix of a picture (`geometry.py`), `Levels` its one table and `ColorMatrix` its one
    matrix of colors (`color.py`); `Pixels` is for all else, `Mixing` for whole batches.
    """

    # values come from a section that has checked them: no validator is built
    model_config = ConfigDict(frozen=True, defer_build=True)

    order: ClassVar[int]
    """When it is applied, lowest first: geometry from 100, levels from 200, color from 300, what
    blurs and disturbs from 400, what is blanked from 500, what mixes a batch from 600, what
    changes what others have drawn from 700. The keys of the recipe stand in this order, too."""
    neutral: ClassVar[Mapping[str, Any]] = {}
    """What it draws for each picture, by name, and the value that changes nothing."""

    @classmethod
    def of(cls, augmentation: BaseModel) -> Self:
        """This operation as the `[augmentation]` of a recipe sets it."""
        return cls.model_construct(
            **{name: getattr(augmentation, name) for name in cls.model_fields}
        )

    def draw(self, streams: Streams) -> Mapping[str, np.ndarray | None]:  # noqa: ARG002
        """What `neutral` names, (n, …) each; None where it is off."""
        return {}

    def add(self, params: "AugmentationParams", streams: Streams) -> "AugmentationParams":
        """What is drawn so far, and what this one draws."""
        drawn = self.draw(streams)
        if unknown := drawn.keys() - self.neutral.keys():
            raise TypeError(
                f"{type(self).__name__} draws {sorted(unknown)} without a neutral value"
            )
        return params.changed(**{name: value for name, value in drawn.items() if value is not None})

    def enlarged(self, zoom: float) -> float:
        """How much a picture is enlarged at most that is enlarged so much without this one."""
        return zoom


@dataclass(frozen=True, eq=False)
class AugmentationParams:
    """What is drawn for n pictures, one row each; `params.angle_deg` are their angles.

    Args:
        n: Number of pictures.
        operations: All of them, in their order, as the recipe sets them.
        drawn: (n, …) by name; what is missing is off for all pictures, and neutral.
    """

    n: int
    operations: tuple[Operation, ...]
    drawn: Mapping[str, np.ndarray]

    def __post_init__(self) -> None:
        # found as plain attributes, not by __getattr__: small pictures feel it
        vars(self).update(self.drawn)

    def __len__(self) -> int:
        return self.n

    def __getattr__(self, name: str) -> np.ndarray:
        if not name.startswith("_") and name not in self.__dataclass_fields__:
            for operation in self.operations:
                if name in operation.neutral:
                    # the same for every picture, without taking memory for it
                    value = np.asarray(operation.neutral[name])
                    return np.broadcast_to(value, (self.n, *value.shape))
        raise AttributeError(f"no operation draws {name!r}")

    @cached_property
    def active(self) -> tuple[Operation, ...]:
        """The operations for which something is drawn."""
        return tuple(
            each for each in self.operations if not self.drawn.keys().isdisjoint(each.neutral)
        )

    def of(self, indices: np.ndarray) -> "AugmentationParams":
        """Those of the pictures with these numbers."""
        rows = {name: values[indices] for name, values in self.drawn.items()}
        return replace(self, n=len(indices), drawn=rows)

    def changed(self, **values: np.ndarray) -> "AugmentationParams":
        """The same with these values drawn instead."""
        return replace(self, drawn={**self.drawn, **values})


class Pixels(Operation):
    """An operation that changes the pixels of one picture after the other."""

    @abstractmethod
    def change(self, out: np.ndarray, params: AugmentationParams, k: int) -> None:
        """Change picture `k` in place, (height, width, channels) uint8."""


class Mixing(Operation):
    """An operation that mixes the pictures of a batch, and with them their labels."""

    @property
    @abstractmethod
    def on(self) -> bool:
        """Whether the recipe asks for it."""

    @abstractmethod
    def mix(self, images: np.ndarray, rng: np.random.Generator) -> tuple[np.ndarray, float]:
        """Every picture mixed with the one before it in the batch, the first with the last.

        Args:
            images: (n, height, width, channels) uint8; never altered.
            rng: What to draw from.

        Returns:
            The mixed pictures, and the share that is still the picture's own.
        """
