"""What every section of a recipe is made of."""

from pydantic import BaseModel, ConfigDict


class Section(BaseModel):
    """What all sections share: unknown keys are refused, values do not change."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)
