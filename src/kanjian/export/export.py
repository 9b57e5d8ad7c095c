"""Export a recognizer: a folder for another program, checked against the network it comes from."""

import json
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_args

import numpy as np

from kanjian import extras
from kanjian.checks import check_choice
from kanjian.errors import ExportError
from kanjian.export.formats import FORMS, Form, FormName
from kanjian.export.model_card import model_card
from kanjian.export.own_images import own_sample, parts_of
from kanjian.export.parity import Parity, check_parity, compare_answers
from kanjian.export.quantize import Int8, quantize
from kanjian.export.readme import classes_text, readme_of
from kanjian.export.runtimes import answers_of
from kanjian.export.view_graphs import openvino_with_views
from kanjian.inference.card import (
    CARD,
    OPEN_SET_FILE,
    RECOGNIZER,
    SELFTEST_FILE,
    VIEWS_INSIDE,
    Card,
    check_card,
    read_card,
    write_card,
)
from kanjian.inference.engines import OpenVinoEngine, as_probabilities
from kanjian.inference.open_set import OpenSet, read_open_set, write_open_set
from kanjian.inference.runtime import read_guarded, serialize
from kanjian.inference.saved_network import KERAS_FILE, OPENVINO_FILES
from kanjian.inference.selftest import stored_answers
from kanjian.inference.views import View, mean_over_views, views_of
from kanjian.inference.whole_folder import files_in, hashes_of, replacing_folder
from kanjian.json_types import JsonObject
from kanjian.paths import AnyPath, as_path
from kanjian.spoken import spoken
from kanjian.storage import files

# Tells an export apart from any other folder, which is never replaced
MARK = "export.json"
_OWN = 56
# What every export holds, or an export that is a recognizer
_ALWAYS = {MARK, "classes.txt", "README.md", "card.md", CARD, SELFTEST_FILE, OPEN_SET_FILE}


@dataclass(frozen=True)
class Exported:
    """What was exported.

    Args:
        folder: Where it lies.
        form: What `--to` calls it.
        batch: The fixed number of pictures in a batch; None: any.
        parity: How its predictions compare with those of the network it was made from.
        int8: What quantization cost and brought, where it was asked for.
        megabytes: The size of the network.
    """

    folder: Path
    form: str
    batch: int | None
    parity: Parity
    int8: Int8 | None
    megabytes: float

    def to_dict(self) -> JsonObject:
        """The export as plain values."""
        return {
            "folder": str(self.folder),
            "form": self.form,
            "batch": "dynamic" if self.batch is None else self.batch,
            "megabytes": round(self.megabytes, 3),
            "parity": self.parity.to_dict(),
            "int8": None if self.int8 is None else self.int8.to_dict(),
        }


def export_recognizer(
    folder: AnyPath,
    to: FormName,
    out: AnyPath | None = None,
    *,
    batch: int | None = None,
    int8: bool = False,
    max_drop: float = 0.5,
    pictures: AnyPath | None = None,
    data_folder: AnyPath | None = None,
    overwrite: bool = False,
) -> Exported:
    """Export a recognizer to a folder that another program can use.

    The folder holds the network, `classes.txt`, `card.md` and a `README.md` with a working
    example. What was written is opened with its own runtime and asked about real pictures:
    the recognizer's stored self-test, and more of the run's own where they are at hand. An
    export to OpenVINO with any batch is a recognizer itself, for `predict` and `serve`.

    Args:
        folder: A run folder, or the recognizer folder in it.
        to: "onnx", "openvino", "litert", "saved-model" or "torch"; and what Keras opens
            again: "keras-json" (layers as JSON, and weights), "h5" or "weights".
        out: The folder to make; `export-FORM` in `folder` by default.
        batch: The fixed number of pictures in a batch; None: any.
        int8: Quantize to 8-bit numbers; only for OpenVINO.
        max_drop: Percentage points of accuracy that `int8` may lose.
        pictures: Labeled pictures for `int8`; the run's own by default.
        data_folder: Where built-in data sets are looked for first.
        overwrite: Replace an earlier export that lies in `out`; files that no export wrote
            there stay.

    Raises:
        ExportError: If the network has no such form, the predictions differ, too much accuracy
            is lost, or `out` is taken.
        StorageError: If the disk is full, `out` cannot be written, or another writes it.
        RecognizerError: If there is no recognizer, or it is damaged.
        MissingExtraError: If a package is missing.

    Example:
        >>> import tempfile
        >>> import kanjian
        >>> recipe = kanjian.Recipe.shipped("mnist-demo").quick()
        >>> run = kanjian.train(recipe, out=tempfile.mkdtemp())
        >>> made = export_recognizer(run.folder, "openvino")
        >>> made.folder.name, made.parity.agreement
        ('export-openvino', 1.0)
        >>> sorted(path.name for path in made.folder.iterdir() if path.suffix in {".md", ".txt"})
        ['README.md', 'card.md', 'classes.txt']
    """
    out, data_folder = as_path(out), as_path(data_folder)
    check_choice("form", to, get_args(FormName), error=ExportError, where="--to")
    form, source = FORMS[to], RECOGNIZER.home_of(Path(folder))
    _check_wishes(form, batch, int8=int8, max_drop=max_drop)
    card = read_card(source)
    check_card(source, card)
    target = Path(folder) / f"export-{to}{'-int8' if int8 else ''}" if out is None else out
    _check_free(target, overwrite=overwrite)
    made: Int8 | None = None
    with replacing_folder(target, own=lambda there: _own(there, overwrite=overwrite)) as new:
        if form.write is None:
            if int8:
                parts = parts_of(Path(folder), card, pictures, data_folder)
                made = quantize(_openvino_of(source, card), new / form.file, card, parts,
                                max_drop=max_drop)  # fmt: skip
            parity = _as_it_is(source, card, form, new, batch, quantized=int8)
        else:
            parity = _through_keras(source, card, form, new, batch,
                                    own_sample(Path(folder), card, _OWN, data_folder))  # fmt: skip
        if made is None:
            check_parity(parity, form=to)
        exported = Exported(target, to, batch, parity, made, _megabytes(new))
        _describe(new, card, form, exported, Path(folder))
        if form.write is None and batch is None:
            known = None if int8 else read_open_set(source, card)
            _write_card(new, card, parity, known, int8=int8)
        _write_mark(new, exported)
    return exported


def _write_card(
    new: Path, card: Card, parity: Parity, known: OpenSet | None, *, int8: bool
) -> None:
    """The card of an export that is a recognizer: its network makes the views itself."""
    if known is None:  # 8-bit features lie elsewhere than those it was calibrated on
        card = replace(card, open_set_threshold=None, open_set_target=None)
    else:
        write_open_set(new, known)
    facts = card.facts | ({"int8": True} if int8 else {})
    if card.views > 1:
        facts |= {VIEWS_INSIDE: card.views}
    write_card(new, replace(card, views=1, facts=facts, openvino_parity=parity.worst))


def _check_wishes(form: Form, batch: int | None, *, int8: bool, max_drop: float) -> None:
    if batch is not None and batch < 1:
        raise ExportError(f"batch must be 1 or more pictures, or dynamic, got {batch}.")
    if batch is not None and form.any_batch:
        raise ExportError(
            f"as {form.name} a network takes any number of pictures, got batch {batch}. "
            "Leave --batch out."
        )
    if int8 and form.write is not None:
        (own,) = (each for each in FORMS.values() if each.write is None)
        raise ExportError(
            f"--int8 quantizes for {own.title}, got --to {form.name}. Use --to {own.name}."
        )
    if not 0 <= max_drop <= 100:
        raise ExportError(f"max_drop must be 0 to 100 percentage points, got {max_drop:g}.")
    makers = ("keras", form.backend, *form.makers) if form.backend else ()
    extras.need(*makers, *(("nncf",) if int8 else ()))


def _check_free(target: Path, *, overwrite: bool) -> None:
    """Refuse to replace what is there, unless it is an earlier export and that was asked for."""
    if target.name in {"", ".."} or target.resolve() == Path.cwd():
        raise ExportError(f"-o must name a folder to make, got {str(target)!r}.")
    if not target.exists() or (target.is_dir() and not any(target.iterdir())):
        return
    if not (target / MARK).is_file():
        raise ExportError(f"{target} is there and no export of kanjian. Choose another with -o.")
    if not overwrite:
        raise ExportError(f"{target} is there. Replace it with --overwrite, or choose another.")


def _own(target: Path, *, overwrite: bool) -> dict[str, str | None]:
    """The files that an earlier export wrote into a folder, which may be replaced."""
    _check_free(target, overwrite=overwrite)
    try:
        record = json.loads((target / MARK).read_text(encoding="utf-8"))
        form = FORMS[record["form"]]
        listed = {str(name): str(digest) for name, digest in record.get("files", {}).items()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ExportError(
            f"{target / MARK} cannot be read, so nobody can know whose files lie in {target}. "
            "Choose another folder with -o."
        ) from error
    if listed:
        return {**listed, MARK: None}
    # exports of kanjian 0.1 list no files
    return {
        name: None
        for name in files_in(target)
        if name in _ALWAYS or name.split("/")[0] in (form.file, OPENVINO_FILES[1])
    }


def _openvino_of(source: Path, card: Card) -> Path:
    """The network's OpenVINO form, found to be what was saved."""
    if not card.has_openvino:
        raise ExportError(
            f"the recognizer in {source} has no OpenVINO form"
            f"{f': {card.openvino_note}' if card.openvino_note else ''}. "
            "Choose another form with --to."
        )
    path, _ = (card.file_in(source, name) for name in OPENVINO_FILES)
    return path


def _as_it_is(
    source: Path, card: Card, form: Form, new: Path, batch: int | None, *, quantized: bool
) -> Parity:
    """Write the recognizer's own OpenVINO form, and ask it the stored self-test.

    Keras is not needed: the self-test holds its predictions.
    """
    images, expected = stored_answers(source, card)
    path, views = new / OPENVINO_FILES[0], views_of(card.views, mirror=card.mirror)
    own = _openvino_of(source, card)
    model = read_guarded(path if quantized else own)
    # read whole before the file it lies in is written
    _two_columns(model)
    openvino_with_views(model, views)
    if batch is not None:
        model.reshape({0: [batch, *card.size_hw, card.channels]})
    serialize(model, path)
    if len(views) > 1:
        expected = _over_views(OpenVinoEngine(own), images, expected, views)
    found = answers_of(form, new, images, batch=batch)
    if batch is None:
        # a quantized network is compared with itself: on this machine, and to a wider tolerance
        stored = found if quantized else expected
        np.savez(new / SELFTEST_FILE, images=images, probabilities=stored)
    # an imported network may never have been Keras'
    against = "Keras" if KERAS_FILE in card.sha256 else "the predictions stored with it"
    if len(views) > 1:
        against = "the recognizer"
    return replace(compare_answers(expected, found), against=against)


def _over_views(
    engine: OpenVinoEngine, images: np.ndarray, stored: np.ndarray, views: tuple[View, ...]
) -> np.ndarray:
    """What the recognizer predicts, once it predicts for one view what is stored."""
    check_parity(compare_answers(stored, as_probabilities(engine.predict(images))), form="OpenVINO")
    return as_probabilities(mean_over_views(engine.predict, images, views))


def _two_columns(model: Any) -> None:
    """One probability for each class, also where the network has one sigmoid for two of them."""
    (output,) = model.outputs
    if output.partial_shape[1].get_length() != 1:
        return
    import openvino.opset13 as ops

    result = output.get_node()
    second = result.input_value(0)
    first = ops.subtract(ops.constant(np.float32(1)), second)
    result.input(0).replace_source_output(ops.concat([first, second], axis=1).output(0))
    model.validate_nodes_and_infer_types()


def _through_keras(
    source: Path, card: Card, form: Form, new: Path, batch: int | None, own: np.ndarray
) -> Parity:
    from kanjian.export.convert import convert

    if KERAS_FILE not in card.sha256:
        raise ExportError(
            f"the recognizer in {source} has no {KERAS_FILE}, which --to {form.name} is made "
            "from. Use --to openvino."
        )
    model = card.file_in(source, KERAS_FILE)
    images, stored = stored_answers(source, card)
    answers = convert(model, form, new, np.concatenate([images, own]), batch=batch,
                      views=(card.views, card.mirror))  # fmt: skip
    # Keras must still predict as on the day of saving, else there is nothing to compare with
    check_parity(compare_answers(stored, answers.plain[: len(images)]), form="Keras")
    return compare_answers(answers.expected, answers.found, own=len(own))


def _describe(new: Path, card: Card, form: Form, exported: Exported, folder: Path) -> None:
    files.write_text(new / "classes.txt", classes_text(card))
    page = readme_of(card, form, parity=exported.parity, batch=exported.batch, int8=exported.int8)
    files.write_text(new / "README.md", page)
    more = "" if exported.int8 is None else spoken(exported.int8.sentence())
    files.write_text(new / "card.md", model_card(folder, more=more))


def _write_mark(new: Path, exported: Exported) -> None:
    """Say what was exported, and which files that are: the next export replaces no others."""
    # where it lies is no matter of its own: it is made to be carried elsewhere
    record = {key: value for key, value in exported.to_dict().items() if key != "folder"}
    record["files"] = hashes_of(new)
    files.write_text(new / MARK, json.dumps(record, indent=1, ensure_ascii=False) + "\n")


def _megabytes(folder: Path) -> float:
    paths = [path for path in folder.rglob("*") if path.is_file() and path.name != SELFTEST_FILE]
    return sum(path.stat().st_size for path in paths) / 1e6
