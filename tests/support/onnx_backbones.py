"""Small ONNX networks that take pictures, and what ONNX Runtime makes of them at any layer."""

import numpy as np

from kanjian.inference.pixel_ranges import pixels_of

SIDE = 16


def write_onnx(path, *, kind="classes", metadata=(), first=True, size=SIDE):
    """A network in ONNX: ends in classes, in a map, in tokens, or in a vector of its own."""
    import onnx
    from onnx import TensorProto, helper, numpy_helper

    rng = np.random.default_rng(0)
    shapes = {"w1": (6, 3, 3, 3), "b1": (6,), "w2": (8, 6, 3, 3), "fc": (5, 8), "fb": (5,)}
    arrays = {name: rng.normal(0, 0.4, shape).astype(np.float32) for name, shape in shapes.items()}
    node = helper.make_node
    nodes = [] if first else [node("Transpose", ["x"], ["turned"], perm=[0, 3, 1, 2])]
    nodes += [
        node("Conv", ["x" if first else "turned", "w1", "b1"], ["c1"], strides=[2, 2],
             pads=[1, 1, 1, 1], name="conv1"),
        node("Relu", ["c1"], ["r1"]),
        node("Conv", ["r1", "w2"], ["c2"], strides=[2, 2], pads=[1, 1, 1, 1], name="conv2"),
        node("Relu", ["c2"], ["map"], name="relu2"),
    ]  # fmt: skip
    ends = {"map": ("map", ["N", 8, size // 4, size // 4])}
    if kind in {"classes", "vector"}:
        nodes += [node("GlobalAveragePool", ["map"], ["p"]), node("Flatten", ["p"], ["pooled"])]
        ends["vector"] = ("pooled", ["N", 8])
    if kind == "classes":
        nodes += [
            node("Gemm", ["pooled", "fc", "fb"], ["logits"], transB=1, name="classes"),
            node("Softmax", ["logits"], ["answer"]),
        ]
        ends["classes"] = ("answer", ["N", 5])
    if kind == "tokens":
        arrays["class"] = rng.normal(0, 1, (1, 8, 1)).astype(np.float32)
        arrays["sides"] = np.array([0, 8, -1], np.int64)
        arrays["ones"] = np.array([0, 8, 1], np.int64)
        nodes += [
            node("Reshape", ["map", "sides"], ["rows"]),
            node("GlobalAveragePool", ["map"], ["p"]),
            node("Reshape", ["p", "ones"], ["mean"]),
            node("Add", ["mean", "class"], ["first"]),
            node("Concat", ["first", "rows"], ["all"], axis=2),
            node("Transpose", ["all"], ["tokens"], perm=[0, 2, 1]),
        ]
        ends["tokens"] = ("tokens", ["N", 1 + (size // 4) ** 2, 8])
    name, shape = ends[kind]
    sides = [3, size, size] if first else [size, size, 3]
    used = {each for n in nodes for each in n.input}
    graph = helper.make_graph(
        nodes, "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["N", *sides])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)],
        [numpy_helper.from_array(array, key) for key, array in arrays.items() if key in used],
    )  # fmt: skip
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 9
    for key, value in metadata:
        model.metadata_props.add(key=key, value=value)
    onnx.save(model, path)
    return path


def through_onnxruntime(path, tensor, pictures, *, pixels="0..1", first=True):
    """What ONNX Runtime gives for uint8 pictures at a tensor of the network."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(tensor))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    fed = pixels_of(pixels).applied(pictures)
    fed = np.ascontiguousarray(fed.transpose(0, 3, 1, 2) if first else fed)
    return session.run([tensor], {session.get_inputs()[0].name: fed})[0]
