"""Tables as other programs, systems and sets write them are read; what is doubtful is said."""

import csv
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kanjian.datasets.open_dataset import open_dataset
from kanjian.datasets.table_labels import labels_of
from kanjian.datasets.table_text import read_cells
from kanjian.errors import DatasetError
from labeled_sets import class_folders, pgm

SIX = [f"img/{letter}{number}.pgm" for letter in "ab" for number in range(3)]
NAMED = {"a": "cat", "b": "dog"}


def folder_of(place: Path, files=SIX) -> Path:
    for level, name in enumerate(files):
        pgm(place / name, level=level)
    return place


def lines(form: str, files=SIX) -> str:
    """One line for each file: {path}, {name}, {stem}, {label} and {cat}, {dog} as 0 or 1."""
    made = []
    for number, file in enumerate(files):
        name = file.rpartition("/")[2]
        label = NAMED[name[0]]
        made.append(
            form.format(
                path=file,
                back=file.replace("/", "\\"),
                name=name,
                stem=name.partition(".")[0],
                label=label,
                cat=int(label == "cat"),
                dog=int(label == "dog"),
                number=number,
                last=number in (2, 5),
            )
        )
    return "\n".join(made) + "\n"


def opened(place: Path, text: str | bytes, name: str = "labels.csv"):
    (place / name).parent.mkdir(parents=True, exist_ok=True)
    (place / name).write_bytes(text.encode() if isinstance(text, str) else text)
    return open_dataset(place / name)


def is_right(splits) -> bool:
    """Whether every a… is a cat and every b… a dog."""
    for part in (splits.train, splits.validation, splits.test):
        if part is not None:
            for path, label in zip(part.images.paths, part.labels, strict=True):
                assert part.classes[label] == NAMED[path.name[0]]
    return splits.classes == ("cat", "dog")


FORMS = {
    "Windows": "path,label\n" + lines("{back},{label}"),
    "another Windows": "path,label\n" + lines("C:\\Users\\me\\{back},{label}"),
    "a share": "path,label\n" + lines("\\\\server\\share\\{back},{label}"),
    "another Linux": "path,label\n" + lines("/home/me/data/{path},{label}"),
    "a dot before": "path,label\n" + lines("./{path},{label}"),
    "the folder's own name before": "path,label\n" + lines("data/{path},{label}"),
    "no suffix": "image_id,label\n" + lines("img/{stem},{label}"),
    "names only": "filename,label\n" + lines("{name},{label}"),
    "stems only": "id,breed\n" + lines("{stem},{label}"),
    "stems without header": lines("{stem},{label}"),
    "diagnosis": "id_code,diagnosis\n" + lines("{stem},{label}"),
    "label first": lines("{label},{path}"),
    "label first, stems": lines("{label},{stem}"),
    "columns of another set": "lesion,image_id,dx,dx_type,age\n"
    + lines("L{number},{stem},{label},histo,{number}0.5"),
    "number and name of a class": "class id,filepaths,labels,data set\n"
    + lines("{cat},{path},{label},train"),
    "pandas": ",path,label\n" + lines("{number},{path},{label}"),
    "one-hot": "filename,cat,dog\n" + lines("{path},{cat},{dog}"),
    "one-hot of floats": "filename,cat,dog,weight\n" + lines("{path},{cat}.0,{dog}.0,0.7"),
    "semicolons": "path;label\n" + lines("{path};{label}"),
    "sep=": "sep=;\npath;label\n" + lines("{path};{label}"),
    "tabs": "path\tlabel\n" + lines("{path}\t{label}"),
    "bars": "path|label\n" + lines("{path}|{label}"),
    "quotes": '"path","label"\n' + lines('"{path}","{label}"'),
    "blanks": "path, label\n" + lines("{path}, {label} "),
    "empty rows and a column too many": "\n\npath,label,\n" + lines("{path},{label},\n,,"),
    "old Mac": ("path,label\n" + lines("{path},{label}")).replace("\n", "\r"),
}


@pytest.mark.parametrize("form", FORMS)
def test_the_same_set_however_it_is_written(tmp_path, form):
    splits = opened(folder_of(tmp_path), FORMS[form])
    assert is_right(splits)
    assert len(splits.train) == 6


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_any_unicode_encoding_with_its_mark(tmp_path, encoding):
    text = "path\tlabel\r\nimg/a0.pgm\t猫\r\nimg/b0.pgm\tĆwikła\r\n"
    splits = opened(folder_of(tmp_path), text.encode(encoding))
    assert splits.classes == ("Ćwikła", "猫")


def test_what_is_no_text_is_told(tmp_path):
    place = folder_of(tmp_path)
    with pytest.raises(DatasetError, match=r"is not UTF-8 text \(line 2\). Save it as 'CSV UTF-8'"):
        opened(place, "img/a0.pgm,cat\nimg/b0.pgm,Hündin\n".encode("cp1252"))
    with pytest.raises(DatasetError, match="is a workbook of a spreadsheet"):
        opened(place, b"PK\3\4" + bytes(90))
    with pytest.raises(DatasetError, match="holds zero bytes"):
        opened(place, b"img/a0.pgm,cat\0\n")


def test_pictures_are_found_in_a_folder_beside_the_table_or_above(tmp_path):
    place = folder_of(tmp_path)
    names_only = opened(place, FORMS["names only"])
    assert "the pictures of labels.csv are in img/" in names_only.notes
    assert is_right(opened(place, "path,label\n" + lines("{path},{label}"), "lists/labels.csv"))
    assert is_right(opened(place, "path,label\n" + lines("../{path},{label}"), "lists/labels.csv"))
    away = opened(place, FORMS["another Linux"])
    assert any("without their first 3 folders" in note for note in away.notes)


def test_pictures_spread_over_folders_are_found_together(tmp_path):
    files = [name.replace("img", "train" if "0" in name else "test") for name in SIX]
    splits = opened(folder_of(tmp_path, files), FORMS["names only"])
    assert is_right(splits)
    assert {path.parent.name for path in splits.train.images.paths} == {"train", "test"}


def test_the_same_names_in_two_folders_are_told_apart_or_refused(tmp_path):
    place = folder_of(tmp_path / "1", [*SIX, *(name.replace("img", "masks") for name in SIX)])
    (place / "img").rename(place / "images")
    splits = opened(place, FORMS["names only"])
    assert {path.parent.name for path in splits.train.images.paths} == {"images"}
    place = folder_of(tmp_path / "2", [name.replace("img", at) for at in "xy" for name in SIX])
    with pytest.raises(DatasetError, match=r"in x/ or in y/, under the same names.*x/…"):
        opened(place, FORMS["names only"])


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


def test_names_are_compared_in_one_unicode_form_and_in_any_case(tmp_path):
    files = [nfd("é.pgm"), "ö/ä.pgm", nfd("ö/b.pgm"), "C/D.PGM"]
    place = folder_of(tmp_path, files)
    rows = f"é.pgm,café\n{nfd('ö/ä.pgm')},{nfd('café')}\nö/b.pgm,dog\nc/d.pgm,dog\n"
    splits = opened(place, "path,label\n" + rows)
    assert splits.train.class_counts() == {"café": 2, "dog": 2}
    assert [path.relative_to(place).as_posix() for path in splits.train.images.paths] == files
    assert any("taken as one class: 'café'" in note for note in splits.notes)


def test_an_exact_name_goes_before_one_in_another_case_or_with_a_suffix(tmp_path):
    place = folder_of(tmp_path, ["A.pgm", "a.pgm", "1", "1.pgm", "2.pgm", "2.png"])
    splits = opened(place, "path,label\na.pgm,x\n1,y\n")
    assert [path.name for path in splits.train.images.paths] == ["a.pgm", "1"]
    with pytest.raises(DatasetError, match="1 of 2 files"):  # 2 may be either
        opened(place, "path,label\na.pgm,x\n2,y\n")


def test_is_valid_is_the_validation_part(tmp_path):
    splits = opened(folder_of(tmp_path), "fname,label,is_valid\n" + lines("{path},{label},{last}"))
    assert is_right(splits)
    assert (len(splits.train), len(splits.validation)) == (4, 2)
    assert {path.name for path in splits.validation.images.paths} == {"a2.pgm", "b2.pgm"}


def test_a_person_is_a_group_beside_a_label_and_else_the_label(tmp_path):
    place = folder_of(tmp_path)
    splits = opened(place, "path,label,person\n" + lines("{path},{label},p{number}"))
    assert splits.train.groups.tolist() == [0, 1, 2, 3, 4, 5]
    splits = opened(place, "path,person\n" + lines("{path},{label}"))
    assert is_right(splits)
    assert splits.train.groups is None
    assert "classes are in the column 'person' of labels.csv" in splits.notes


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("path,color,size\nimg/a0.pgm,r,s\nimg/a1.pgm,r,l\nimg/b0.pgm,g,s\nimg/b1.pgm,g,l\n",
         r"columns 'path', 'color', 'size'; 'path' holds.*any of 'color', 'size'.*Call the right"),
        ("path\nimg/a0.pgm\n", "none is left for the labels"),
        ("size,label\n3,cat\n4,dog\n", "none of the cells in its columns 'size', 'label' is a"),
        ("path,label\nimg/a0.pgm,cat,big\nimg/b0.pgm,dog\n", "line 2 has 3 cells and the first"),
        ("path,label\nimg/a0.pgm,cat\nimg/b0.pgm,nan\n", "line 3 must have .* got 'nan'"),
        ("path,label\nimg/a0.pgm,cat\n,dog\n", "line 3 must have a path and a label"),
        ("path,label\nimg/a0.pgm,cat\nimg,dog\n", "1 of 2 files in .* do not exist: img"),
        ("filename,cat,dog\nimg/a0.pgm,1,0\nimg/b0.pgm,0,0\n", "line 3 says yes to none of its"),
        ("filename,cat,dog\n" + lines("{path},{cat},{dog}") * 40 + "img/a0.pgm,0.5,0.5\n",
         "line 242 says '0.5' in the column 'cat'"),
    ],
)  # fmt: skip
def test_what_cannot_be_told_is_refused_with_what_was_found(tmp_path, text, message):
    with pytest.raises(DatasetError, match=message) as caught:
        opened(folder_of(tmp_path), text)
    assert "\n" not in str(caught.value)


# labels


SEVERAL = [
    ["cat,pet", "dog,pet"],
    ["cat dog", "cat dog", "dog"],
    ["cat|dog", "cat", "dog"],
    ["cat;bird", "dog"],
    ["cat, dog", "dog"],
    ['["cat", "dog"]', '["dog"]'],
    ["['cat', 'dog']", "['dog']"],
    ["haze", "clear", "haze clear"],
    ["a b", "b c", "a c", "a b c", "c b", "b a", "c a b"],
]
SINGLE = [
    ["1,5", "2,5"],
    ["golden retriever", "labrador retriever", "poodle"],
    ["no tumor", "tumor"],
    ["with mask", "without mask", "mask"],
    ["hot dog", "dog", "teddy bear", "bear", "stop sign", "fire hydrant", "cell phone"],
    ["red car", "blue car", "red truck", "blue truck"],
    ["tench, Tinca tinca", "goldfish, Carassius auratus"],
    ["ace of spades", "two of spades", "ace of hearts", "two of hearts", "joker"],
    ["speed limit (20, 30)", "stop"],
]


@pytest.mark.parametrize("labels", SEVERAL, ids=repr)
def test_several_labels_in_a_cell_are_refused_in_words(labels):
    with pytest.raises(DatasetError, match=r"t.csv line \d has several labels.*not supported yet"):
        labels_of(list(enumerate(labels, 2)), Path("t.csv"))


@pytest.mark.parametrize("labels", SINGLE, ids=repr)
def test_a_name_of_several_words_stays_one_class(labels):
    assert labels_of(list(enumerate(labels, 2)), Path("t.csv")) == (labels, [])


def test_a_picture_of_two_classes_in_two_lines_or_columns_is_refused(tmp_path):
    place = folder_of(tmp_path)
    with pytest.raises(DatasetError, match=r"a0.pgm 'cat' in line 2 and 'dog' in line 8.*multi-la"):
        opened(place, "path,label\n" + lines("{path},{label}") + "img/a0.pgm,dog\n")
    with pytest.raises(DatasetError, match=r"line 5 says yes to several classes: 'cat', 'dog'"):
        opened(place, "path,cat,dog\n" + lines("{path},1,{dog}"))


def test_labels_that_may_be_one_class_are_said():
    labels, notes = labels_of(list(enumerate(["Cat", "cat", " cat", "1", "1.0"])), Path("t.csv"))
    assert labels == ["Cat", "cat", "cat", "1", "1.0"]
    assert "'1' and '1.0', 'Cat' and 'cat'" in notes[0]
    assert "taken as one class: 'cat'" in notes[1]


# folders and archives


def zipped(folder: Path, *more: tuple[str, str]) -> Path:
    path = folder.with_suffix(".zip")
    with zipfile.ZipFile(path, "w") as archive:
        for file in sorted(folder.rglob("*")):
            archive.write(file, file.relative_to(folder.parent))
        for name, text in more:
            archive.writestr(name, text)
    return path


@pytest.mark.parametrize("place", ["labels.csv", "annotations/Labels.TSV"])
def test_a_folder_and_an_archive_with_a_table_are_opened_by_it(tmp_path, place):
    folder = folder_of(tmp_path / "set")
    mark = "\t" if place.endswith("TSV") else ","
    opened(folder, f"path{mark}label\n" + lines(f"{{path}}{mark}{{label}}"), place)
    for source in (folder, zipped(folder)):
        splits = open_dataset(source)
        assert is_right(splits)
        assert f"classes are those of {Path(place).name}" in splits.notes


def test_tables_that_are_called_by_the_parts_make_one_set(tmp_path):
    folder = folder_of(tmp_path / "set")
    (folder / "train.csv").write_text("path,label\n" + lines("{path},{label}", SIX[:2] + SIX[3:5]))
    (folder / "val.csv").write_text("path,label\n" + lines("{path},{label}", [SIX[2], SIX[5]]))
    (folder / "sample_submission.csv").write_text("path\nimg/a0.pgm\n")
    splits = open_dataset(folder)
    assert is_right(splits)
    assert (len(splits.train), len(splits.validation)) == (4, 2)
    assert any("skipped sample_submission.csv" in note for note in splits.notes)
    (folder / "val.csv").rename(folder / "more.csv")
    with pytest.raises(DatasetError, match=r"holds several tables: more.csv, train.csv. Name one"):
        open_dataset(folder)


def test_beside_class_folders_it_is_said_which_was_used(tmp_path):
    folder = class_folders(tmp_path, cat=2, dog=2)
    names = [f"{name}/{number}.pgm" for name in ("cat", "dog") for number in range(2)]
    table = folder / "labels.csv"
    table.write_text("path,label\n" + "".join(f"{name},{name[:3]}\n" for name in names))
    assert any("those of the folders; labels.csv" in note for note in open_dataset(folder).notes)
    table.write_text("path,weather\n" + "".join(f"{n},{n[4] * 2}\n" for n in names))
    assert open_dataset(folder).classes == ("cat", "dog")
    table.write_text("path,label\n" + "".join(f"{n},level {n[4]}\n" for n in names))
    splits = open_dataset(folder)
    assert splits.classes == ("level 0", "level 1")
    assert "classes are those of labels.csv" in splits.notes
    table.write_text("epoch,loss\n1,0.5\n")  # no table of pictures at all
    assert open_dataset(folder).classes == ("cat", "dog")


def test_what_is_wrong_with_the_only_table_is_told(tmp_path):
    folder = folder_of(tmp_path / "set")
    (folder / "labels.csv").write_text("path,label\nimg/a0.pgm,cat\nimg/zz.pgm,dog\n")
    with pytest.raises(
        DatasetError, match=r"1 of 2 files in .*labels.csv do not exist: img/zz.pgm"
    ):
        open_dataset(folder)


@pytest.mark.parametrize("way", ["../../secret.pgm", "{outside}", "set/../../../secret.pgm"])
def test_a_table_in_an_archive_never_leaves_it(tmp_path, own_home, way):
    outside = pgm(tmp_path / "secret.pgm")
    pgm(own_home / "cache" / "secret.pgm")
    pgm(own_home / "cache" / "archives" / "secret.pgm")
    way = way.format(outside=outside)
    archive = zipped(
        folder_of(tmp_path / "set"), ("set/t.csv", f"path,label\n{way},x\nimg/a0.pgm,y\n")
    )
    with pytest.raises(DatasetError, match="1 of 2 files in"):
        open_dataset(archive)
    assert len(opened(tmp_path, f"path,label\n{outside},x\nset/img/a0.pgm,y\n").train) == 2


@given(
    st.binary(max_size=200)
    | st.text("path,label\n\t;|\"'\\/.{}[]0aé\r", max_size=80).map(str.encode)
)
def test_any_bytes_are_a_table_or_a_dataset_error(tmp_path_factory, content):
    place = tmp_path_factory.mktemp("any")
    pgm(place / "a.pgm")
    try:
        opened(place, content)
    except DatasetError as error:
        assert "\n" not in str(error).replace(repr(content.decode(errors="replace")), "")


CELL = st.text("ab ;,|\t\"'\n", max_size=5)


@given(st.lists(st.lists(CELL, min_size=2, max_size=2), max_size=5), st.sampled_from(",;\t|"))
def test_cells_come_back_as_they_were_written(tmp_path_factory, rows, mark):
    path = tmp_path_factory.mktemp("cells") / "t.csv"
    with path.open("w", encoding="utf-8", newline="") as stream:
        stream.write(f"sep={mark}\n")
        csv.writer(stream, delimiter=mark, quoting=csv.QUOTE_ALL).writerows(rows)
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert [cells for _, cells in read_cells(path)] == kept
