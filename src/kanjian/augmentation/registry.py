"""All augmentations, found in the files of `operations` and put in order."""

import importlib
import inspect
import pkgutil
from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from kanjian.augmentation import operations
from kanjian.augmentation.operation import Operation


def _found() -> Iterator[type[Operation]]:
    for file in pkgutil.iter_modules(operations.__path__, f"{operations.__name__}."):
        module = importlib.import_module(file.name)
        for each in vars(module).values():
            own = inspect.isclass(each) and each.__module__ == module.__name__
            if own and issubclass(each, Operation) and not inspect.isabstract(each):
                yield each


OPERATIONS = tuple(sorted(_found(), key=lambda each: (each.order, each.__name__)))


def keys() -> dict[str, tuple[Any, FieldInfo]]:
    """Type and field of every key of `[augmentation]`.

    Example:
        >>> keys()["rotate_deg"][1].default
        0.0
    """
    return {
        name: (field.annotation, field)
        for operation in OPERATIONS
        for name, field in operation.model_fields.items()
    }


def operations_of(augmentation: BaseModel) -> tuple[Operation, ...]:
    """All operations, in order, as the `[augmentation]` of a recipe sets them.

    Example:
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> [each.rotate_deg for each in operations_of(Augmentation(rotate_deg=9))
        ...  if "rotate_deg" in type(each).model_fields]
        [9.0]
    """
    return tuple(operation.of(augmentation) for operation in OPERATIONS)


def largest_zoom(augmentation: BaseModel) -> float:
    """How much pictures are enlarged at most, beside what fits them to the input.

    Example:
        >>> from kanjian.recipes.augmentation import Augmentation
        >>> largest_zoom(Augmentation(zoom_frac=0.5, crop_area=0.25))
        3.0
    """
    zoom = 1.0
    for operation in reversed(operations_of(augmentation)):
        zoom = operation.enlarged(zoom)
    return zoom
