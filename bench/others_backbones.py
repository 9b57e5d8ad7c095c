"""Features of networks of others against their own framework: KerasHub presets, and ONNX files.

    python bench/others_backbones.py [--photos N]

Presets of four families at their usual size, with random weights (no package carries theirs), are
read as `--backbone hub:FOLDER`; what OpenVINO gives for photos in float32 is compared with what
KerasHub itself gives for them. EfficientNet-Lite0 with its ImageNet weights, as an ONNX file, is
read as `--backbone FILE`, and compared with ONNX Runtime at the same layer. The figure is the norm
of the difference over the norm of what the framework gives. Results:
bench/results/others_backbones.json.
"""

import argparse
import importlib.metadata
import tempfile
from pathlib import Path

import numpy as np

from kanjian.backend import load_keras
from kanjian.datasets.open_dataset import open_dataset
from kanjian.features.engine import FeatureEngine, relative_error
from kanjian.features.file_backbone import FileEngine, open_file_backbone
from kanjian.inference.pixel_ranges import pixels_of
from kanjian.models.backbones import build_backbone
from kanjian.pipeline.input_shape import InputShape
from kanjian.pipeline.resized import fitted_batch
from kanjian.storage.cache import Cache
from record import DATA, write_result

SIDE = 224
LITE_PIXELS = "-0.9921875..1"  # (pixel − 127) / 128
CONVERTER = {"image_size": (SIDE, SIDE), "scale": 1 / 127.5, "offset": -1.0}
SMALL = {"hidden_dim": 384, "num_layers": 12, "num_heads": 6, "intermediate_dim": 1536,
         "image_shape": (SIDE, SIDE, 3)}  # fmt: skip
TEXT = {"vocabulary_size": 512, "embedding_dim": 64, "hidden_dim": 64, "num_layers": 1,
        "num_heads": 2, "intermediate_dim": 64, "max_sequence_length": 16}  # fmt: skip


def presets(hub: object) -> dict:
    """Networks of four families, and the converters of their pixels."""
    models, layers = hub.models, hub.layers
    return {
        "DINOv2 small/14": (
            models.DINOV2Backbone(patch_size=14, position_embedding_shape=(SIDE, SIDE, 3), **SMALL),
            layers.DINOV2ImageConverter,
        ),
        "ViT small/16": (
            models.ViTBackbone(
                image_shape=(SIDE, SIDE, 3), patch_size=16, num_layers=12, num_heads=6,
                hidden_dim=384, mlp_dim=1536,
            ),
            layers.ViTImageConverter,
        ),
        "SigLIP image tower small/16": (
            models.SigLIPBackbone(
                models.SigLIPVisionEncoder(patch_size=16, **SMALL),
                models.SigLIPTextEncoder(**TEXT | {"hidden_dim": 384, "num_heads": 6}),
            ),
            layers.SigLIPImageConverter,
        ),
        "ResNet18": (
            models.ResNetBackbone(
                input_conv_filters=[64], input_conv_kernel_sizes=[7],
                stackwise_num_filters=[64, 128, 256, 512], stackwise_num_blocks=[2, 2, 2, 2],
                stackwise_num_strides=[1, 2, 2, 2], block_type="basic_block",
            ),
            layers.ResNetImageConverter,
        ),
    }  # fmt: skip


def of_keras_hub(folder: Path, pictures: np.ndarray) -> np.ndarray:
    """What KerasHub itself makes of raw pictures."""
    import keras_hub

    keras = load_keras()
    backbone = keras_hub.models.Backbone.from_preset(str(folder))
    prepared = keras_hub.layers.ImageConverter.from_preset(str(folder))(pictures.astype(np.float32))
    if hasattr(backbone, "get_vision_embeddings"):
        answer = backbone.get_vision_embeddings(prepared)
    else:
        answer = backbone(keras.tree.map_structure(lambda _: prepared, backbone.input))
    answer = keras.ops.convert_to_numpy(answer)
    return answer[:, 0] if answer.ndim == 3 else answer


def of_onnxruntime(path: Path, pictures: np.ndarray, pixels: str, node: str) -> np.ndarray:
    """What ONNX Runtime gives at a node of a file."""
    import onnx
    import onnxruntime

    model = onnx.load(path)
    tensor = next(each.output[0] for each in model.graph.node if node in {each.name, *each.output})
    del model.graph.output[:]
    model.graph.output.append(onnx.helper.make_empty_tensor_value_info(tensor))
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    entry = session.get_inputs()[0]
    fed = pixels_of(pixels).applied(pictures)
    first = entry.shape[1] == 3
    fed = np.ascontiguousarray(fed.transpose(0, 3, 1, 2) if first else fed)
    rows = [session.run(None, {entry.name: fed[i : i + 1]})[0] for i in range(len(fed))]
    return np.concatenate(rows).reshape(len(fed), -1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=16)
    given = parser.parse_args()
    import keras_hub

    photos = open_dataset(DATA / "photos" / "cats-dogs.tar").train
    rows = np.linspace(0, len(photos) - 1, given.photos).astype(int)
    pictures = fitted_batch(photos, rows, InputShape((SIDE, SIDE), 3, "crop"))
    errors = {}
    with tempfile.TemporaryDirectory() as place:
        cache = Cache(Path(place) / "cache", limit_gb=10)
        for number, (name, (backbone, converter)) in enumerate(presets(keras_hub).items()):
            folder = Path(place) / str(number)
            backbone.save_to_preset(str(folder))
            converter(**CONVERTER).save_to_preset(str(folder))
            network = build_backbone(
                f"hub:{folder}", size_hw=(SIDE, SIDE), weights=folder, seed=0
            )  # fmt: skip
            engine = FeatureEngine(network, precision="f32", cache=cache)
            (found,) = engine.run([pictures])
            assert engine.name == "openvino"
            errors[f"KerasHub {name}"] = relative_error(found, of_keras_hub(folder, pictures))
        path = DATA / "models" / "efficientnet_lite0_imagenet.onnx"
        opened = open_file_backbone(path, pixels=LITE_PIXELS)
        (found,) = FileEngine(opened.known, precision="f32").run([pictures])
        wanted = of_onnxruntime(path, pictures, LITE_PIXELS, opened.layer)
        errors["ONNX EfficientNet-Lite0, ImageNet weights"] = relative_error(found, wanted)
    result = {
        "what": "features in float32 against the network's own framework, relative difference",
        "photos": given.photos,
        "weights": "random, but for the ONNX file",
        "keras-hub": importlib.metadata.version("keras-hub"),
        "onnxruntime": importlib.metadata.version("onnxruntime"),
        "features end": opened.about,
        "relative difference": errors,
        "largest": max(errors.values()),
    }
    print(result)
    write_result("others_backbones", result)


if __name__ == "__main__":
    main()
