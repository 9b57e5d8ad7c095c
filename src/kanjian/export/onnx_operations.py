"""Operations that TensorFlow's converter to ONNX does not know, told to it."""

from functools import cache
from typing import Any

import numpy as np

from kanjian import extras


@cache
def teach_converter() -> None:
    """Let tf2onnx 1.17 write `Erfc`, which the exact GELU of vision transformers is made of."""
    handler = extras.load("tf2onnx.handler")

    class Erfc:
        """1 − erf(x)."""

        @classmethod
        def version_9(cls, context: Any, node: Any, **_: Any) -> None:
            """Since ONNX 9 there is Erf."""
            shapes, dtypes = node.output_shapes, node.output_dtypes
            one = context.make_const(f"{node.name}_one", np.array(1, np.float32)).output[0]
            erf = context.make_node("Erf", [node.input[0]]).output[0]
            context.remove_node(node.name)
            context.make_node(
                "Sub", [one, erf], name=node.name, outputs=node.output, shapes=shapes,
                dtypes=dtypes,
            )  # fmt: skip

    handler.tf_op("Erfc")(Erfc)
