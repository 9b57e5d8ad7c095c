"""Legacy files of weights, made by hand."""

import io

import h5py
import numpy as np


def names(texts):
    return np.array([text.encode() for text in texts]) if texts else np.array([])


def write_layers(path, layers, *, inside="", split=None, **attributes):
    """What Keras 1 and 2 wrote; `layers` is {layer: {weight: array}}."""
    with h5py.File(path, "w") as file:
        root = file.require_group(inside) if inside else file
        root.attrs.update(attributes)
        write_names(root, "layer_names", list(layers), split)
        for layer, weights in layers.items():
            group = root.create_group(layer)
            write_names(group, "weight_names", list(weights), split)
            for name, array in weights.items():
                group[name] = array
    return path


def write_names(group, name, texts, split):
    if not split:
        group.attrs[name] = names(texts)
        return
    for at in range(0, len(texts), split):
        group.attrs[f"{name}{at // split}"] = names(texts[at : at + split])


def write_numbered(path, layers):
    """The `layer_0/param_0` form of the Theano days."""
    with h5py.File(path, "w") as file:
        file.attrs["nb_layers"] = len(layers)
        for at, arrays in enumerate(layers):
            group = file.create_group(f"layer_{at}")
            group.attrs["nb_params"] = len(arrays)
            for each, array in enumerate(arrays):
                group[f"param_{each}"] = array
    return path


def little(seed=1):
    """The content of a small file of weights, the same each time for a seed."""
    content = io.BytesIO()
    write_layers(content, {"dense": {"kernel:0": np.full((2, 2), seed, np.float32)}})
    return content.getvalue()
