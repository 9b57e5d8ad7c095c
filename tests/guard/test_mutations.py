"""Files that were damaged at random are opened, or refused in one line; nothing else happens."""

import random
import shutil
import sqlite3

import numpy as np
import pytest

from hostile_folders import rehashed
from kanjian.errors import KanjianError
from kanjian.faces.gallery_file import About, DamagedError, Enrolled, read, write
from kanjian.guard.kinds import kind_of
from kanjian.guard.npz import read_npz
from kanjian.guard.openvino_file import check_openvino_file
from kanjian.inference.card import read_card
from kanjian.inference.runtime import read_guarded
from kanjian.recipes.codec import read_recipe, write_recipe
from kanjian.recipes.shipped import shipped
from kanjian.weights.inside import look_inside
from weight_files import little

EACH = 60
WORDS = (b"-1", b"99999999999999999999", b"nan", b'"', b"[" * 200, b"../../x", b"\xff\xfe", b"")


def damaged(content, rnd):
    """One of the ways in which files come to harm, and two in which strangers do it."""
    data = bytearray(content)
    at, size = rnd.randrange(len(data)), rnd.choice((1, 4, 64, 512))
    way = rnd.randrange(6)
    if way == 0:
        del data[at:]
    elif way == 1:
        for _ in range(rnd.choice((1, 8))):
            data[rnd.randrange(len(data))] ^= 1 << rnd.randrange(8)
    elif way == 2:
        data[at : at + size] = rnd.choice((bytes(size), b"\xff" * size, rnd.randbytes(size)))
    elif way == 3:
        data[at:at] = data[at : at + size] * rnd.choice((1, 50))
    elif way == 4:
        del data[at : at + size]
    else:
        data[at : at + size] = rnd.choice(WORDS)
    return bytes(data)


def attack(path, enter, *, seed, refusals=(KanjianError,)):
    """Damage a file in many ways and open it each time; how often it was refused."""
    whole, refused = path.read_bytes(), 0
    for number in range(EACH):
        path.write_bytes(damaged(whole, random.Random(f"{seed} {number}")))
        try:
            enter(path)
        except refusals as error:
            assert "\n" not in str(error), str(error)
            refused += 1
    assert refused > EACH // 20
    return refused


@pytest.fixture
def recognizer(saved, tmp_path):
    shutil.copytree(saved / "recognizer", tmp_path / "r")
    return tmp_path / "r"


def test_recipes(tmp_path):
    text = write_recipe(shipped("mnist-demo"))
    (tmp_path / "a.toml").write_text(text, encoding="utf-8")
    attack(tmp_path / "a.toml", read_recipe, seed="recipe")


def test_cards(recognizer):
    attack(recognizer / "recognizer.toml", lambda path: read_card(path.parent), seed="card")


def test_networks_of_openvino(recognizer):
    def enter(path):
        rehashed(path.parent)
        read_guarded(path)

    attack(recognizer / "model.xml", enter, seed="xml")


def test_numbers_of_openvino(recognizer):
    def enter(path):
        check_openvino_file(path.with_suffix(".xml"), error=KanjianError)

    attack(recognizer / "model.bin", enter, seed="bin")


def test_arrays(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", a=np.arange(30), b=np.eye(3))
    attack(tmp_path / "a.npz", lambda path: read_npz(path, error=KanjianError), seed="npz")


def test_weights(tmp_path):
    (tmp_path / "a.h5").write_bytes(little())

    def enter(path):
        kind_of(path)
        look_inside(path)

    attack(tmp_path / "a.h5", enter, seed="h5")


def test_galleries(tmp_path):
    faces = [Enrolled("ann", "0" * 64, "1,2,3,4", np.ones(8, "<f4"))] * 5
    write(tmp_path / "g.sqlite", About("sface", "0" * 64), faces)
    refusals = (DamagedError, sqlite3.Error)
    assert attack(tmp_path / "g.sqlite", read, seed="gallery", refusals=refusals)
