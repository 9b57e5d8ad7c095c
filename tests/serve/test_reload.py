"""A recognizer whose folder changes is exchanged; nobody who is being answered notices."""

import asyncio
import gc
import logging
import shutil
import weakref

import numpy as np
import pytest

from kanjian.errors import RecognizerError
from kanjian.serve.registry import ModelRegistry
from served_recognizer import SIZE_HW, save

DARK = np.zeros((1, *SIZE_HW, 3), np.uint8)


def exchange(home, **changes):
    """As saving again does: the new folder takes the place of the old one at once."""
    new = save(home.with_name("new"), **changes)
    shutil.rmtree(home)
    new.rename(home)


def label(served):
    scores = asyncio.run(served.batcher.ask(DARK))
    return served.recognizer.to_prediction("", scores[0]).label


def test_a_changed_folder_is_exchanged_and_an_unchanged_one_left(run):
    told = []
    registry = ModelRegistry({"shades": run}, batch=2, reloaded=lambda *what: told.append(what))
    first = registry.find("shades")
    assert asyncio.run(registry.refresh()) == []
    assert registry.find("shades") is first
    exchange(run / "recognizer", classes=("night", "day"))
    assert asyncio.run(registry.refresh()) == ["shades"]
    second = registry.find("shades")
    assert (label(second), second.version == first.version) == ("night", False)
    assert told == [("shades", "done")]


def test_who_holds_the_former_one_is_still_answered_by_it(run):
    registry = ModelRegistry({"shades": run}, batch=2)

    async def ask():
        former = registry.find("shades")
        waiting = asyncio.create_task(former.batcher.ask(DARK))
        await asyncio.sleep(0)
        exchange(run / "recognizer", classes=("night", "day"))
        assert await registry.refresh() == ["shades"]
        return former, await waiting, await former.batcher.ask(DARK)

    former, before, after = asyncio.run(ask())
    for scores in (before, after):
        assert former.recognizer.to_prediction("", scores[0]).label == "dark"


def test_the_former_one_goes_with_its_last_holder(run):
    registry = ModelRegistry({"shades": run}, batch=2)
    former = weakref.ref(registry.find("shades").recognizer)
    label(registry.find("shades"))
    exchange(run / "recognizer", classes=("night", "day"))
    assert asyncio.run(registry.refresh()) == ["shades"]
    gc.collect()
    assert former() is None


def test_a_folder_that_is_still_being_copied_is_taken_when_it_is_whole(run, tmp_path, caplog):
    told = []
    registry = ModelRegistry({"shades": run}, batch=2, reloaded=lambda *what: told.append(what))
    new, home = save(tmp_path / "new", classes=("night", "day")), run / "recognizer"
    shutil.copy(new / "recognizer.toml", home)
    with caplog.at_level(logging.WARNING):
        assert asyncio.run(registry.refresh()) == []
        assert asyncio.run(registry.refresh()) == []
    assert caplog.text.count("stays as it is") == 1
    assert label(registry.find(None)) == "dark"
    for name in ("model.xml", "model.bin", "selftest.npz"):
        shutil.copy(new / name, home)
    assert asyncio.run(registry.refresh()) == ["shades"]
    assert label(registry.find(None)) == "night"
    assert told == [("shades", "failed"), ("shades", "done")]


def test_a_folder_that_is_gone_changes_nothing(run):
    registry = ModelRegistry({"shades": run}, batch=2)
    shutil.rmtree(run)
    assert asyncio.run(registry.refresh()) == []
    assert label(registry.find(None)) == "dark"


def test_a_recognizer_that_answers_otherwise_here_is_not_served(tmp_path):
    save(tmp_path / "wrong", selftest_error=0.2)
    with pytest.raises(RecognizerError, match="self-test FAILED"):
        ModelRegistry({"wrong": tmp_path / "wrong"})


def test_what_is_no_recognizer_is_named(tmp_path):
    with pytest.raises(RecognizerError, match="no recognizer in"):
        ModelRegistry({"none": tmp_path})


def test_the_watch_finds_the_change_by_itself(run):
    registry = ModelRegistry({"shades": run}, batch=2)

    async def watched():
        watching = asyncio.create_task(registry.watch(every_s=0.01))
        exchange(run / "recognizer", classes=("night", "day"))
        while registry.find(None).recognizer.classes[0] != "night":
            await asyncio.sleep(0.01)
        watching.cancel()

    asyncio.run(asyncio.wait_for(watched(), 20))
