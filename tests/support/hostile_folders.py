"""Saved recognizers and denoisers that a stranger has changed, their hashes made right again."""

import hashlib
import re
import zipfile

import h5py
import numpy as np

from kanjian.inference.runtime import load_openvino, shared_core

DEEP = "[" * 5000


def rehashed(folder):
    """Write the hash of every file into the card, as a stranger would."""
    (card,) = folder.glob("*.toml")
    text = card.read_text(encoding="utf-8")
    for path in folder.iterdir():
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        text = re.sub(rf'("{re.escape(path.name)}" = )"[0-9a-f]{{64}}"', rf'\1"{digest}"', text)
    card.write_text(text, encoding="utf-8")


def npz_bomb(folder):
    """A few kB that tell of a gigabyte of pictures."""
    _npz(folder, 1_500_000, megabytes=1030)


def npz_lie(folder):
    _npz(folder, 10**9, megabytes=0)


def _npz(folder, count, *, megabytes):
    head = {"descr": "|u1", "fortran_order": False, "shape": (count, 12, 20, 3)}
    with (
        zipfile.ZipFile(folder / "selftest.npz", "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("images.npy", "w") as stream,
    ):
        np.lib.format.write_array_header_1_0(stream, head)
        for _ in range(megabytes):
            stream.write(bytes(1 << 20))


def deep_card(folder):
    _facts(folder, f"deep = {DEEP}")


def dotted_card(folder):
    _facts(folder, ".".join("a" * 100_000) + " = 1")


def long_card(folder):
    _facts(folder, f'note = "{"x" * (3 << 20)}"')


def _facts(folder, line):
    (card,) = folder.glob("*.toml")
    card.write_text(f"{line}\n{card.read_text(encoding='utf-8')}", encoding="utf-8")


def empty_xml(folder):
    (folder / "model.xml").write_text('<net name="a" version="11"><layers/><edges/></net>')


def cut_xml(folder):
    (folder / "model.xml").write_text('<net name="a" version="11"><layers>')


def entities_xml(folder):
    text = "".join(f'<!ENTITY e{at + 1} "{f"&e{at};" * 10}">' for at in range(12))
    (folder / "model.xml").write_text(
        f'<!DOCTYPE net [<!ENTITY e0 "lol">{text}]><net name="&e12;"><layers/></net>'
    )


def deep_xml(folder):
    (folder / "model.xml").write_text("<net>" + "<a>" * 100_000)


def far_xml(folder):
    _xml(folder, r'offset="\d+"', 'offset="99999999999"')


def lying_xml(folder):
    _xml(folder, r'(element_type="f32" )shape="[\d, ]+"', r'\1shape="999999, 99999"')


def code_xml(folder):
    _xml(folder, r'version="opset1"', 'version="extension"')


def growing_xml(folder):
    """A sound network of small numbers, of which one is to be repeated 10⁹ times."""
    from hostile_onnx import hostile

    model = shared_core().read_model(hostile("Tile"), b"")
    load_openvino().serialize(model, str(folder / "model.xml"))


def short_bin(folder):
    (folder / "model.bin").write_bytes(b"")


def _xml(folder, pattern, new):
    path = folder / "model.xml"
    path.write_text(re.sub(pattern, new, path.read_text(encoding="utf-8")), encoding="utf-8")


def large_layer(folder):
    """A layer of 2 · 10⁹ numbers."""
    _config(folder, lambda text: re.sub(r'"(units|filters)": \d+', r'"\1": 2000000000', text))


def deep_config(folder):
    _config(folder, lambda _: '{"a":' * 100_000)


def lambda_layer(folder):
    _config(folder, lambda text: re.sub(r'"class_name": "Dense"|"class_name": "Conv2D"',
                                        '"class_name": "Lambda"', text))  # fmt: skip


def code_of_others(folder):
    _config(folder, lambda text: text.replace('"module": "keras.layers"', '"module": "os.path"'))


def linked_weights(folder):
    """Weights that lie in another file of the reader's machine."""
    path = folder / "model.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers"] = h5py.ExternalLink("/etc/passwd", "/")
    _part(folder, "model.weights.h5", path.read_bytes())
    path.unlink()


def long_weights(folder):
    path = folder / "model.weights.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("layers/dense/vars/0", (1 << 18, 1 << 18), "f4")
    _part(folder, "model.weights.h5", path.read_bytes())
    path.unlink()


def _config(folder, change):
    with zipfile.ZipFile(folder / "model.keras") as archive:
        text = archive.read("config.json").decode()
    changed = change(text)
    assert changed != text
    _part(folder, "config.json", changed.encode())


def _part(folder, name, content):
    path = folder / "model.keras"
    with zipfile.ZipFile(path) as archive:
        parts = {each: archive.read(each) for each in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, old in {**parts, name: content}.items():
            archive.writestr(each, old)


CARDS = (deep_card, dotted_card, long_card)
OPENVINO = (
    empty_xml, cut_xml, entities_xml, deep_xml, far_xml, lying_xml, code_xml, growing_xml,
    short_bin,
)  # fmt: skip
KERAS = (
    large_layer, deep_config, lambda_layer, code_of_others, linked_weights,
    long_weights,
)  # fmt: skip
SELFTEST = (npz_bomb, npz_lie)
