"""What stands below each field of a section: its explanation, read from the source when asked for.

Pydantic's `use_attribute_docstrings` would read the source of every section whenever a recipe is
imported, which took a fifth of that time.
"""

import ast
import inspect
import textwrap
from functools import cache

from pydantic import BaseModel

from kanjian.recipes.section import Section


def explained(section: type[Section]) -> dict[str, str]:
    """The explanation of every field of a section that has one, by its name.

    Example:
        >>> from kanjian.recipes.recipe import Training
        >>> explained(Training)["batch_size"]
        'How many pictures make one step.'
    """
    found: dict[str, str] = {}
    for each in section.declared_in():
        found |= _below_fields(each)
    return {name: found[name] for name in section.model_fields if name in found}


@cache
def _below_fields(model: type[BaseModel]) -> dict[str, str]:
    (tree,) = ast.parse(textwrap.dedent(inspect.getsource(model))).body
    assert isinstance(tree, ast.ClassDef)
    return {
        field.target.id: inspect.cleandoc(below.value.value)
        for field, below in zip(tree.body, tree.body[1:], strict=False)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(below, ast.Expr)
        and isinstance(below.value, ast.Constant)
        and isinstance(below.value.value, str)
    }
