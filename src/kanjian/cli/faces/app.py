"""`faces`: the commands around faces and the people they belong to."""

import typer

from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import say

_KNOW, _USE, _LEARN = "Whom to know", "Who is it?", "Networks"
COMMANDS = {
    "enroll": Entry(
        "kanjian.cli.faces.enroll:enroll", "Enroll a person from a few photos or a clip.", _KNOW
    ),
    "name": Entry(
        "kanjian.cli.faces.group:name", "Give a person found by 'faces group' a name.", _KNOW
    ),
    "list": Entry("kanjian.cli.faces.gallery:list_people", "List who is enrolled.", _KNOW),
    "show": Entry(
        "kanjian.cli.faces.people:show", "Show all photos of a person, those in doubt marked.",
        _KNOW,
    ),
    "rename": Entry("kanjian.cli.faces.people:rename", "Give a person another name.", _KNOW),
    "merge": Entry(
        "kanjian.cli.faces.people:merge", "Make one person of several who are one.", _KNOW
    ),
    "remove": Entry(
        "kanjian.cli.faces.people:remove", "Take one photo of a person out of the gallery.", _KNOW
    ),
    "undo": Entry(
        "kanjian.cli.faces.people:undo", "Take back the last change of the gallery.", _KNOW
    ),
    "forget": Entry("kanjian.cli.faces.gallery:forget", "Forget a person for good.", _KNOW),
    "threshold": Entry(
        "kanjian.cli.faces.threshold:threshold",
        "Show or set the similarity from which a name is given.",
        _KNOW,
    ),
    "export": Entry(
        "kanjian.cli.faces.portable:export_people",
        "Write people into a file, to be imported elsewhere.", _KNOW,
    ),
    "import": Entry(
        "kanjian.cli.faces.portable:import_people", "Enroll the people of a file.", _KNOW
    ),
    "restore": Entry(
        "kanjian.cli.faces.gallery:restore", "Put the backup in the place of a damaged gallery.",
        _KNOW,
    ),
    "group": Entry(
        "kanjian.cli.faces.group:group", "Find who is in folders and videos, named or not.", _USE
    ),
    "identify": Entry(
        "kanjian.cli.faces.name:identify", "Say whose faces are in pictures.", _USE
    ),
    "verify": Entry(
        "kanjian.cli.faces.compare:verify", "Say whether two pictures show the same person.", _USE
    ),
    "search": Entry(
        "kanjian.cli.faces.compare:search", "List the pictures of a folder that a person is in.",
        _USE,
    ),
    "label": Entry(
        "kanjian.cli.faces.name:label", "Write names into copies of pictures and videos.", _USE
    ),
    "watch": Entry(
        "kanjian.cli.faces.watch:watch", "Watch a camera and say who comes and goes.", _USE
    ),
    "collect": Entry(
        "kanjian.cli.faces.train:collect", "Cut a person's faces out of videos and pictures.",
        _LEARN,
    ),
    "train": Entry(
        "kanjian.cli.faces.train:train", "Train a small network on collected faces.", _LEARN
    ),
    "get": Entry("kanjian.cli.faces.train:get", "Download the file of a face network.", _LEARN),
}  # fmt: skip
_HELP = """
Find faces and say whose they are.

Start with 'kanjian faces enroll NAME PHOTOS', then 'kanjian faces identify PICTURE'.
"""


def _group(context: typer.Context) -> None:
    """Find faces and say whose they are."""
    if context.invoked_subcommand is None:
        say(context.get_help())


app = lazy_group(COMMANDS, help=_HELP, callback=_group, completion=False)
