"""Networks: the named ones, layers spelled out in a recipe, and what they are trained with."""
