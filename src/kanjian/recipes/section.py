"""What every section of a recipe is made of."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict

from kanjian.names import fault_of_part, readable


class Section(BaseModel):
    """What all sections share: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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
