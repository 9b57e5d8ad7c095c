"""`faces list`, `forget` and `restore`: the people of a gallery, and its backup."""

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.faces.common import GalleryFile, Person, storage_of
from kanjian.cli.faces.threshold import calibrated, threshold_facts, threshold_record
from kanjian.cli.output import facts, say, say_json, table


def list_people(gallery: GalleryFile = None, json: options.Json = False) -> None:
    """List who is enrolled."""
    from kanjian.faces.gallery import Gallery

    store = Gallery.open(gallery)
    counts = {name: sum(face.person == name for face in store.faces) for name in store.names}
    since = {name: min(f.added for f in store.faces if f.person == name) for name in store.names}
    calibration = calibrated(store)
    if json:
        people = [
            {"name": name, "faces": counts[name], "since": since[name]} for name in store.names
        ]
        say_json({"people": people, "gallery": store.path} | threshold_record(store, calibration))
        return
    if counts:
        say(table(["name", "faces", "since"],
                  [(name, counts[name], since[name][:10]) for name in counts]))  # fmt: skip
        say()
    say(
        facts(
            [
                *threshold_facts(store, calibration),
                ("embedder", store.about.embedder),
                ("gallery", f"{store.path}, {storage_of(store.path)}"),
            ]
        )
    )


def forget(name: Person, gallery: GalleryFile = None, json: options.Json = False) -> None:
    """Forget a person for good.

    Name and embeddings are gone from the gallery, from its backup and from the page of 'kanjian
    faces show', and what 'kanjian faces group' keeps; this cannot be undone. Copies made
    elsewhere, exported files and pages of groups among them, and what a disk keeps of files
    that were replaced, are out of reach.
    """
    from kanjian.faces.gallery import Gallery
    from kanjian.faces.names import spelled

    store = Gallery.open(gallery)
    enrolled = spelled(name, store.names)
    gone = store.forget(name)
    if json:
        say_json({"forgotten": name, "faces": gone, "people": list(store.names)})
        return
    if enrolled is None:
        say(f"{name} was in the backup alone, and is forgotten there: {plural(gone, 'face')}. "
            "Faces that got another name stay under that.")  # fmt: skip
        return
    say(f"{name} is forgotten: {plural(gone, 'face')}, from the gallery and its backup.")


def restore(gallery: GalleryFile = None) -> None:
    """Put the backup in the place of a damaged gallery."""
    from kanjian.faces.backup import restore as put_back
    from kanjian.faces.gallery import damaged_path

    store = put_back(gallery)
    say(
        f"{store.path} is restored: {plural(len(store.names), 'person', 'people')}, "
        f"{plural(len(store.faces), 'face')}."
    )
    if damaged_path(store.path).exists():
        say(f"The damaged file is kept as {damaged_path(store.path)}.")
