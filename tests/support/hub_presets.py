"""Small presets of KerasHub with random weights, made on the spot, and a hub to fetch them from."""

import hashlib
import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

import numpy as np
import pytest

from kanjian.backend import load_keras

SIDE = 16
CONVERTER = {"image_size": (SIDE, SIDE), "scale": 1 / 127.5, "offset": -1.0}
_TOWER = {
    "patch_size": 4, "hidden_dim": 8, "num_layers": 2, "num_heads": 2, "intermediate_dim": 16,
    "image_shape": (SIDE, SIDE, 3),
}  # fmt: skip
_TEXT = {
    "vocabulary_size": 64, "embedding_dim": 8, "hidden_dim": 8, "num_layers": 1, "num_heads": 2,
    "intermediate_dim": 16, "max_sequence_length": 8,
}  # fmt: skip


def keras_hub():
    """KerasHub, or the test is skipped: it is no part of what every developer installs."""
    load_keras()
    return pytest.importorskip("keras_hub", reason="needs the extra 'hub'")


def _vit(hub):
    return hub.models.ViTBackbone(
        image_shape=(SIDE, SIDE, 3), patch_size=4, num_layers=2, num_heads=2, hidden_dim=8,
        mlp_dim=16,
    )  # fmt: skip


def _dinov2(hub):
    return hub.models.DINOV2Backbone(
        **_TOWER, position_embedding_shape=(SIDE, SIDE, 3), num_register_tokens=1
    )


def _clip(hub):
    return hub.models.CLIPBackbone(
        hub.models.CLIPVisionEncoder(**_TOWER), hub.models.CLIPTextEncoder(**_TEXT),
        projection_dim=6,
    )  # fmt: skip


def _siglip(hub):
    return hub.models.SigLIPBackbone(
        hub.models.SigLIPVisionEncoder(**_TOWER), hub.models.SigLIPTextEncoder(**_TEXT)
    )


def _deit(hub):
    return hub.models.DeiTBackbone(
        image_shape=(SIDE, SIDE, 3), patch_size=4, num_layers=1, num_heads=2, hidden_dim=8,
        intermediate_dim=16,
    )  # fmt: skip


def _vgg(hub):
    return hub.models.VGGBackbone(
        stackwise_num_repeats=[1, 1], stackwise_num_filters=[4, 8], image_shape=(SIDE, SIDE, 3)
    )


FAMILIES = {
    "vit": (_vit, "ViT"), "dinov2": (_dinov2, "DINOV2"), "clip": (_clip, "CLIP"),
    "siglip": (_siglip, "SigLIP"), "deit": (_deit, "DeiT"), "vgg": (_vgg, "VGG"),
}  # fmt: skip


def write_preset(folder, family, *, converter=True):
    """A preset of a family, with weights that tell pictures apart."""
    hub, keras = keras_hub(), load_keras()
    build, name = FAMILIES[family]
    keras.utils.set_random_seed(0)
    backbone = build(hub)
    rng = np.random.default_rng(0)
    backbone.set_weights([rng.normal(0, 0.3, w.shape).astype(w.dtype) for w in backbone.weights])
    backbone.save_to_preset(str(folder))
    if converter:
        getattr(hub.layers, f"{name}ImageConverter")(**CONVERTER).save_to_preset(str(folder))
    return folder


def write_clip_with_words(folder):
    """A CLIP preset that reads words too: letters, and a token for "cat"."""
    from kanjian.models.text_tower import _vocabulary_kept

    hub = keras_hub()
    letters = [chr(each) for each in range(ord("a"), ord("z") + 1)]
    ends = [f"{each}</w>" for each in letters]
    words = [*letters, *ends, "<|startoftext|>", "<|endoftext|>", "at</w>", "cat</w>"]
    write_preset(folder, "clip")
    with _vocabulary_kept(hub):
        tokenizer = hub.tokenizers.CLIPTokenizer(
            vocabulary={word: number for number, word in enumerate(words)},
            merges=["a t</w>", "c at</w>"],
        )
        converter = hub.layers.CLIPImageConverter(**CONVERTER)
        hub.models.CLIPPreprocessor(tokenizer, converter, sequence_length=8).save_to_preset(
            str(folder)
        )
    return folder


def write_siglip_with_words(folder):
    """A SigLIP preset that reads words too, by a vocabulary of SentencePiece."""
    import io

    spm = pytest.importorskip("sentencepiece")
    hub = keras_hub()
    write_preset(folder, "siglip")
    model = io.BytesIO()
    sentences = ["a cat", "a dog", "the cat sat", "a photo of a dog"] * 20
    spm.SentencePieceTrainer.train(
        sentence_iterator=iter(sentences), model_writer=model, vocab_size=40, pad_id=0, unk_id=1,
        bos_id=-1, eos_id=2, eos_piece="</s>", pad_piece="<pad>", minloglevel=2,
        hard_vocab_limit=False,
    )  # fmt: skip
    tokenizer = hub.tokenizers.SigLIPTokenizer(model.getvalue())
    converter = hub.layers.SigLIPImageConverter(**CONVERTER)
    hub.models.SigLIPPreprocessor(tokenizer, converter, sequence_length=8).save_to_preset(
        str(folder)
    )
    return folder


def own_answer(folder, pictures):
    """What KerasHub itself makes of uint8 pictures, pooled as the family does."""
    hub, keras = keras_hub(), load_keras()
    backbone = hub.models.Backbone.from_preset(str(folder))
    prepared = hub.layers.ImageConverter.from_preset(str(folder))(pictures.astype(np.float32))
    if hasattr(backbone, "get_vision_embeddings"):
        answer = backbone.get_vision_embeddings(prepared)
    else:
        answer = backbone(keras.tree.map_structure(lambda _: prepared, backbone.input))
    answer = keras.ops.convert_to_numpy(answer)
    return answer[:, 0] if answer.ndim == 3 else answer


@contextmanager
def local_hub(folder, repository):
    """A server that speaks as much of the hub's API as fetching one repository needs.

    Yields its address and the list of what was asked for.
    """
    asked = []
    files = {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}
    commit = "0123456789abcdef0123456789abcdef01234567"

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self):
            self._answer()

        def do_GET(self):
            self._answer()

        def log_message(self, *args):
            pass

        def _answer(self):
            path = urlsplit(self.path).path.strip("/")
            asked.append(path)
            if path.startswith(f"api/models/{repository}/revision/"):
                told = {"id": repository, "sha": commit, "private": False,
                        "siblings": [{"rfilename": name} for name in files]}  # fmt: skip
                return self._send(json.dumps(told).encode(), {"Content-Type": "application/json"})
            if path == f"api/models/{repository}/tree/{commit}":
                told = [{"type": "file", "path": name, "size": each.stat().st_size, "oid": commit}
                        for name, each in files.items()]  # fmt: skip
                return self._send(json.dumps(told).encode(), {"Content-Type": "application/json"})
            name = path.removeprefix(f"{repository}/resolve/{commit}/")
            if name in files:
                content = files[name].read_bytes()
                etag = hashlib.sha256(content).hexdigest()
                return self._send(content, {"ETag": f'"{etag}"', "X-Repo-Commit": commit})
            return self._send(b"nothing here", {}, status=404)

        def _send(self, content, headers, status=200):
            self.send_response(status)
            for key, value in {**headers, "Content-Length": str(len(content))}.items():
                self.send_header(key, value)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}", asked
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
