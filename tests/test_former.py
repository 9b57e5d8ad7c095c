"""Names of 0.1.0 still work, each with a warning that says the new one."""

import importlib
import importlib.util
import sys
from types import SimpleNamespace

import pytest

import kanjian
from kanjian import former
from kanjian.faces.people import people_in
from kanjian.recipes.learning import TrainingOptions
from kanjian.recipes.recipe import Recipe


@pytest.fixture
def anew():
    """Old modules are imported anew by every test."""
    yield
    for name in [name for name in sys.modules if former.moved_to(name) is not None]:
        del sys.modules[name]


@pytest.mark.parametrize("name", former.NAMES)
def test_an_old_name_of_the_package_is_what_it_became(name):
    said, place = former.NAMES[name]
    module, _, attribute = place.partition(":")
    with pytest.warns(DeprecationWarning, match=rf"kanjian\.{name} is now {said}; .* 0\.3\.0"):
        found = getattr(kanjian, name)
    assert found is getattr(importlib.import_module(f"kanjian.{module}"), attribute)
    assert name not in dir(kanjian)
    front = kanjian
    for part in said.split(".")[1:]:  # what the warning says is there
        front = getattr(front, part)


def test_the_warning_points_at_the_line_of_the_user():
    with pytest.warns(DeprecationWarning) as caught:
        kanjian.Answer  # noqa: B018
    assert caught[0].filename == __file__


@pytest.mark.parametrize("old", former.MODULES)
def test_a_module_that_moved_is_found_under_its_old_name(old, anew):
    now = former.moved_to(f"kanjian.{old}")
    module, real = importlib.import_module(f"kanjian.{old}"), importlib.import_module(now)
    name = next(name for name in dir(real) if name[0] != "_")
    with pytest.warns(DeprecationWarning, match=rf"^kanjian\.{old} is now {now};"):
        assert getattr(module, name) is getattr(real, name)
    assert set(dir(module)) == set(dir(real))
    assert module.__name__ == f"kanjian.{old}"
    assert real.__name__ == real.__spec__.name == now


RENAMED = [(module, old) for module, names in former.WITHIN.items() for old in names]


@pytest.mark.parametrize(("module", "old"), RENAMED)
def test_what_is_called_otherwise_in_a_module_is_there(module, old, anew):
    now = former.WITHIN[module][old]
    home = importlib.import_module(former.moved_to(f"kanjian.{module}") or f"kanjian.{module}")
    with pytest.warns(DeprecationWarning, match=rf"^kanjian\.{module}\.{old} is now ") as caught:
        found = getattr(importlib.import_module(f"kanjian.{module}"), old)
    assert caught[0].filename == __file__
    place, _, now = (now[1] if isinstance(now, tuple) else now).rpartition(":")
    if place:
        home = importlib.import_module(f"kanjian.{place}")
    else:
        assert old not in vars(home), f"{module}.{old} is still a name"
    assert found is getattr(home, now)


def test_a_listener_of_then_hears_of_a_training_what_it_heard_then(tmp_path):
    """As 0.1.0 called it, method by method, for two steps of a shipped recipe."""
    with pytest.warns(DeprecationWarning, match="is now one function of events"):
        from kanjian.training.listener import Silence

    class Heard(Silence):
        def planned(self, plan):
            heard.append(("planned", plan.train))

        def estimated(self, estimate):
            heard.append(("estimated", estimate.minutes > 0))

        def stepped(self, epoch, step, logs):
            heard.append(("stepped", epoch, step, sorted(logs)))

        def finished_epoch(self, epoch, row):
            heard.append(("finished_epoch", epoch, row["epoch"]))

        def said(self, sentence):
            heard.append(("said", type(sentence)))

    heard = []
    with pytest.warns(DeprecationWarning) as caught:
        kanjian.train(Recipe.shipped("mnist-demo").quick(), out=tmp_path, listener=Heard())
    caught = [one for one in caught if "kanjian 0.3.0" in str(one.message)]  # not Keras' own
    assert [str(one.message).partition(";")[0] for one in caught] == [
        "listener= of train() is now callback=",
        "a listener with methods is now one function of events (kanjian.training.events)",
    ]
    assert {one.filename for one in caught} == {__file__}
    assert heard == [
        ("planned", 22), ("estimated", True), ("stepped", 0, 2, ["accuracy", "loss"]),
        ("finished_epoch", 0, 1), ("said", str),
    ]  # fmt: skip


@pytest.mark.parametrize("place", former.ATTRIBUTES)
def test_an_attribute_under_its_old_name_is_what_it_became(place):
    module, _, name = place.partition(":")
    cls = getattr(importlib.import_module(f"kanjian.{module}"), name)
    one = object.__new__(cls)
    for old, now in former.ATTRIBUTES[place].items():
        assert now in {*dir(cls), *getattr(cls, "__dataclass_fields__", ())}
        assert old not in dir(cls)
        if not hasattr(cls, now):
            one.__dict__[now] = "this"
        with pytest.warns(
            DeprecationWarning, match=rf"^{name}\.{old} is now {name}\.{now};"
        ) as told:
            assert getattr(one, old) == getattr(one, now)
        assert told[0].filename == __file__
    with pytest.raises(AttributeError, match=rf"{name!r} object has no attribute 'of_nobody'"):
        one.of_nobody  # noqa: B018


def test_the_look_of_names_in_a_copy_was_an_argument(tmp_path):
    from kanjian.errors import ImageError
    from kanjian.faces import label_picture

    with (
        pytest.warns(DeprecationWarning, match="look= of label_picture"),
        pytest.raises(ImageError),
    ):
        label_picture(tmp_path / "none.png", tmp_path / "out.png", None, None, look=None)


def test_names_that_left_the_backend_are_found_there():
    from kanjian.backend.seeding import set_seed

    with pytest.warns(
        DeprecationWarning, match=r"^kanjian\.backend\.set_seed is now kanjian\.back"
    ):
        from kanjian.backend import set_seed as found
    assert found is set_seed


def test_imports_as_people_wrote_them(anew):
    with pytest.warns(DeprecationWarning):
        from kanjian.recognizer import Answer, Recognizer
        from kanjian.recognizer.answer import Failure
        from kanjian.see.why import Why
        from kanjian.studies.crossval import cross_validate
        from kanjian.training.fit import train
        from kanjian.training.listener import Listener
        from kanjian.training.pace import Pace

        from kanjian.images import fit_image
    assert Recognizer is kanjian.Recognizer
    assert (Answer, Failure) == (kanjian.Prediction, kanjian.UnreadableImage)
    assert fit_image is kanjian.resize_image
    assert cross_validate is kanjian.cross_validate
    assert Why.__name__ == "Attribution"
    assert train.__name__ == "train"
    assert hasattr(Listener, "stepped")
    assert Pace is TrainingOptions


def test_an_argument_is_taken_under_its_old_name():
    with pytest.warns(DeprecationWarning, match=r"^knower= of people_in\(\) is now matcher=;"):
        assert people_in([], knower=SimpleNamespace(threshold=0.5)) == []


def test_what_never_was_is_not_found():
    assert importlib.util.find_spec("kanjian.of_nobody") is None
    with pytest.raises(ModuleNotFoundError, match=r"kanjian\.of_nobody"):
        importlib.import_module("kanjian.of_nobody")
    with pytest.raises(AttributeError, match="has no attribute 'fit_imag'"):
        kanjian.images.fit_imag  # noqa: B018


@pytest.mark.filterwarnings("ignore:kanjian.recognizer")
def test_a_module_that_was_never_in_a_room_that_moved_is_not_found(anew):
    with pytest.raises(ModuleNotFoundError):
        importlib.import_module("kanjian.recognizer.of_nobody")
