"""What every section of a recipe is made of."""

from typing import Annotated, Any, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator

from kanjian.names import fault_of_part, readable
from kanjian.recipes.former_keys import in_todays_keys


class Section(BaseModel):
    """What all sections share: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)

    @model_validator(mode="before")
    @classmethod
    def _in_todays_keys(cls, values: Any) -> Any:
        return in_todays_keys(values, cls.model_fields) if isinstance(values, dict) else values

    @classmethod
    def declared_in(cls) -> tuple[type[BaseModel], ...]:
        """The classes whose source declares its fields, each with its docstring below."""
        return tuple(each for each in reversed(cls.__mro__) if issubclass(each, Section))


def part_of_a_path(name: str) -> str:
    """The name, if a folder can be called so; a recipe of a stranger must not choose the place.

    Raises:
        ValueError: If none can.

    Example:
        >>> part_of_a_path("猫 1")
        '猫 1'
    """
    if fault := fault_of_part(name):
        raise ValueError(
            f"{name!r} cannot be a name: {fault}. The run folder is called after it; "
            "--out says where it goes"
        )
    return readable(name)


Name = Annotated[str, AfterValidator(part_of_a_path)]


def sections(kind: type[Section]) -> dict[str, type[Section]]:
    """The sections of a recipe, by name; those that may be left out are among them.

    Example:
        >>> from kanjian.recipes.recipe import Recipe
        >>> {"optimizer", "backbone", "fine_tune"} <= set(sections(Recipe))
        True
    """
    return {
        name: each
        for name, field in kind.model_fields.items()
        # a section that may be left out is a union with None
        for each in (field.annotation, *get_args(field.annotation))
        if isinstance(each, type) and issubclass(each, Section)
    }
