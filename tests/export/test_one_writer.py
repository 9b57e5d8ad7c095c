"""One folder, many who write it: it is whole at the end, and what the user put there stays."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest

from kanjian.errors import ExportError, KanjianError, NetworkError
from kanjian.export.export import MARK, export_recognizer
from kanjian.importing.import_network import import_network
from kanjian.inference import Recognizer
from kanjian.inference.whole_folder import hashes_of
from processes import ended, started
from small_recognizer import CLASSES, network, pictures

EXPORT = """
import sys
from pathlib import Path
from kanjian.errors import ExportError
from kanjian.export.export import export_recognizer
run, out, overwrite = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3] == "True"
try:
    export_recognizer(run, "openvino", out, overwrite=overwrite)
    print("made")
except ExportError as error:
    print(error)
"""


def test_of_several_who_export_into_one_folder_one_does_and_the_others_are_told(saved, tmp_path):
    told = ended([started(EXPORT, saved, tmp_path / "ex", False) for _ in range(3)])
    assert sorted(line == "made\n" for line in told) == [False, False, True]
    assert sum("is there. Replace it with --overwrite" in line for line in told) == 2
    assert Recognizer.load(tmp_path / "ex").classes == CLASSES
    told = ended([started(EXPORT, saved, tmp_path / "ex", True) for _ in range(3)])
    assert told == ["made\n"] * 3
    assert Recognizer.load(tmp_path / "ex").classes == CLASSES
    assert [path.name for path in tmp_path.iterdir()] == ["ex"]


def test_an_export_names_its_files_and_replaces_no_others(saved, tmp_path):
    folder = tmp_path / "ex"
    export_recognizer(saved, "openvino", folder)
    first = hashes_of(folder)
    listed = json.loads((folder / MARK).read_text())["files"]
    assert listed == {name: digest for name, digest in first.items() if name != MARK}
    (folder / "my app").mkdir()
    (folder / "my app/看.py").write_text("mine")
    export_recognizer(saved, "openvino", folder, batch=2, overwrite=True)
    assert set(hashes_of(folder)) == {
        "README.md", "card.md", "classes.txt", MARK, "model.bin", "model.xml", "my app/看.py",
    }  # fmt: skip
    assert (folder / "my app/看.py").read_text() == "mine"
    # and again: what the first one kept is still the user's
    export_recognizer(saved, "openvino", folder, overwrite=True)
    assert set(hashes_of(folder)) == {*first, "my app/看.py"}


def test_an_exported_file_that_was_changed_is_not_replaced(saved, tmp_path):
    export_recognizer(saved, "openvino", tmp_path / "ex")
    (tmp_path / "ex/README.md").write_text("my notes")
    with pytest.raises(KanjianError, match=r"README\.md was changed since it was written"):
        export_recognizer(saved, "openvino", tmp_path / "ex", overwrite=True)
    assert (tmp_path / "ex/README.md").read_text() == "my notes"


def test_an_export_of_before_that_lists_no_files_keeps_what_it_cannot_have_written(saved, tmp_path):
    folder = tmp_path / "ex"
    export_recognizer(saved, "openvino", folder)
    told = json.loads((folder / MARK).read_text())
    del told["files"]
    (folder / MARK).write_text(json.dumps(told))
    (folder / "notes.txt").write_text("mine")
    export_recognizer(saved, "openvino", folder, overwrite=True)
    assert (folder / "notes.txt").read_text() == "mine"
    (folder / MARK).write_text("{")
    with pytest.raises(ExportError, match="nobody can know whose files"):
        export_recognizer(saved, "openvino", folder, overwrite=True)


def test_imports_into_one_folder_do_not_mix_and_keep_what_is_not_theirs(tmp_path):
    network().save(tmp_path / "net.keras")

    def one(number, **options):
        try:
            return import_network(
                tmp_path / "net.keras", tmp_path / "ours", pixels="0..255", classes=CLASSES,
                name=f"number {number}", **options,
            )  # fmt: skip
        except NetworkError as error:
            return str(error)

    with ThreadPoolExecutor() as pool:
        first, second = pool.map(one, range(2))
    assert (
        sum("is there. Replace it with --overwrite" in str(each) for each in (first, second)) == 1
    )
    (tmp_path / "ours/notes.txt").write_text("mine")
    one(3, overwrite=True)
    recognizer = Recognizer.load(tmp_path / "ours")
    assert recognizer.name == "number 3"
    assert recognizer.probabilities(pictures()).shape == (5, 3)
    assert (tmp_path / "ours/notes.txt").read_text() == "mine"
