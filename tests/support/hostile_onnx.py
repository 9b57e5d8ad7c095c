"""Small ONNX files that ask for far more than they hold."""

from itertools import pairwise

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

F, WHOLE = TensorProto.FLOAT, TensorProto.INT64


def node(op, inputs, outputs, **attributes):
    return helper.make_node(op, inputs, outputs, **attributes)


def numbers(name, values, dtype=np.int64):
    return numpy_helper.from_array(np.array(values, dtype), name)


def classifier(nodes=(), weights=(), *, kind=F, joined=None, size=8, metadata=(), batch=None):
    """A classifier of 3 classes over (n, 3, size, size), with a number of `joined` added."""
    rng = np.random.default_rng(0)
    rows = rng.normal(size=(3 * size * size, 3)).astype(np.float32)
    body = [node("Flatten", ["as_float"], ["flat"]), node("MatMul", ["flat", "rows"], ["scores"])]
    body.insert(0, node("Cast", ["pixels"], ["as_float"], to=F))
    body += list(nodes)
    last = "scores"
    if joined:
        body.append(node("ReduceMax", [joined], ["one"], keepdims=0))
        body.append(node("Add", ["scores", "one"], ["more"]))
        last = "more"
    body.append(node("Softmax", [last], ["answer"], axis=1))
    graph = helper.make_graph(
        body, "net", [helper.make_tensor_value_info("pixels", kind, [batch, 3, size, size])],
        [helper.make_tensor_value_info("answer", F, [batch, 3])],
        [numpy_helper.from_array(rows, "rows"), *weights],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    for key, value in dict(metadata).items():
        entry = model.metadata_props.add()
        entry.key, entry.value = key, value
    return model


def _loop(rounds, condition):
    body = helper.make_graph(
        [node("Identity", ["go"], ["go_on"]), node("Add", ["state", "state"], ["next"])], "body",
        [helper.make_tensor_value_info("round", WHOLE, []), helper.make_tensor_value_info(
            "go", TensorProto.BOOL, []), helper.make_tensor_value_info("state", F, None)],
        [helper.make_tensor_value_info("go_on", TensorProto.BOOL, []),
         helper.make_tensor_value_info("next", F, None)],
    )  # fmt: skip
    return [node("Loop", [rounds, condition, "scores"], ["grown"], body=body)]


def _branch(op, **more):
    inner = helper.make_graph(
        [node(op, ["scores", "repeats"], ["inside"], **more)], "then", [],
        [helper.make_tensor_value_info("inside", F, None)],
    )  # fmt: skip
    return [node("If", ["yes"], ["grown"], then_branch=inner, else_branch=inner)]


def _doubled(rounds):
    """Each step is small; together they are not."""
    names = ["scores", *(f"d{at}" for at in range(rounds + 1))]
    return [node("Concat", [a, a], [b], axis=1) for a, b in pairwise(names)]


LIED = numbers("lied", [1, 2, 3], np.float32)
LIED.ClearField("dims")
LIED.dims.extend([1 << 20, 1 << 20])
SPARSE = helper.make_sparse_tensor(
    numbers("values", [1.0], np.float32), numbers("indices", [0]), [1 << 40]
)
BIG = numbers("shape", [200_000, 40_000])

# name: (nodes, weights, what is joined to the answer)
SIZES = {
    "ConstantOfShape": ([node("ConstantOfShape", ["shape"], ["grown"])], [BIG], "grown"),
    "Expand": ([node("Expand", ["one_number", "shape"], ["grown"])],
               [BIG, numbers("one_number", [1.0], np.float32)], "grown"),
    "ExpandScores": ([node("ReduceMax", ["scores"], ["top"], keepdims=0),
                      node("Expand", ["top", "shape"], ["grown"])], [BIG], "grown"),
    "Tile": ([node("Tile", ["scores", "repeats"], ["grown"])],
             [numbers("repeats", [1, 10**9])], "grown"),
    "Range": ([node("Range", ["start", "end", "step"], ["grown"])],
              [numbers("start", 0.0, np.float32), numbers("end", 1e10, np.float32),
               numbers("step", 1.0, np.float32)], "grown"),
    "Pad": ([node("Pad", ["as_float", "pads"], ["grown"])],
            [numbers("pads", [0, 0, 0, 0, 0, 0, 10**5, 10**5])], "grown"),
    "Resize": ([node("Resize", ["as_float", "", "scales"], ["grown"], mode="nearest")],
               [numbers("scales", [1, 1, 9000, 9000], np.float32)], "grown"),
    "ResizeTo": ([node("Resize", ["as_float", "", "", "shape"], ["grown"], mode="nearest")],
                 [numbers("shape", [1, 3, 90_000, 90_000])], "grown"),
    "OneHot": ([node("OneHot", ["class", "depth", "values"], ["grown"])],
               [numbers("class", [[1] * 9]), numbers("depth", 10**9),
                numbers("values", [0.0, 1.0], np.float32)], "grown"),
    "EyeLike": ([node("ConstantOfShape", ["shape"], ["blank"]),
                 node("EyeLike", ["blank"], ["grown"])], [BIG], "grown"),
    "RandomNormal": ([node("RandomNormal", [], ["grown"], shape=[1 << 20, 1 << 14])], [], "grown"),
    "Outer": ([node("Reshape", ["as_float", "tall"], ["a"]),
               node("Tile", ["a", "repeats"], ["b"]), node("Transpose", ["b"], ["c"]),
               node("MatMul", ["b", "c"], ["grown"])],
              [numbers("tall", [-1, 1]), numbers("repeats", [2000, 1])], "grown"),
    "ConvTranspose": ([node("ConvTranspose", ["as_float", "kernel"], ["grown"],
                            strides=[30_000, 30_000])],
                      [numbers("kernel", np.ones((3, 1, 1, 1)), np.float32)], "grown"),
    "DepthToSpace": ([node("Tile", ["as_float", "repeats"], ["a"]),
                      node("DepthToSpace", ["a"], ["grown"], blocksize=1000)],
                     [numbers("repeats", [1, 10**6, 1, 1])], "grown"),
    "Doubled": (_doubled(34), [], "d34"),
    "Loop": (_loop("rounds", ""), [numbers("rounds", 1 << 62)], "grown"),
    "LoopEndless": (_loop("", "yes"), [numbers("yes", True, np.bool_)], "grown"),
    "Branch": (_branch("Tile"), [numbers("yes", True, np.bool_), numbers("repeats", [1, 10**9])],
               "grown"),
    "Lied": ([node("ReduceMax", ["lied"], ["grown"])], [LIED], "grown"),
    "PoolOfAll": ([node("AveragePool", ["as_float"], ["grown"], kernel_shape=[30_001, 30_001],
                        pads=[15_000] * 4)], [], "grown"),
    "FromPixels": ([node("ReduceMax", ["as_float"], ["top"], keepdims=0),
                    node("Cast", ["top"], ["sides"], to=WHOLE),
                    node("Mul", ["sides", "many"], ["sides_2"]),
                    node("Reshape", ["sides_2", "row"], ["shape"]),
                    node("ConstantOfShape", ["shape"], ["grown"])],
                   [numbers("many", 10**9), numbers("row", [1])], "grown"),
}  # fmt: skip


def sparse():
    model = classifier()
    model.graph.sparse_initializer.append(SPARSE)
    return model


def own_function():
    inner = helper.make_function(
        "", "Twice", ["x"], ["y"], [node("Add", ["x", "x"], ["y"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    model = classifier([node("Twice", ["scores"], ["grown"])], joined="grown")
    model.functions.append(inner)
    return model


def hostile(name):
    """The content of one of these files."""
    if name == "Sparse":
        return sparse().SerializeToString()
    if name == "Function":
        return own_function().SerializeToString()
    nodes, weights, joined = SIZES[name]
    return classifier(nodes, weights, joined=joined).SerializeToString()


NAMES = (*SIZES, "Sparse", "Function")


def save(path, model):
    onnx.save(model, str(path))
    return path
