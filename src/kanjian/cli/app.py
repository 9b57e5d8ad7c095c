"""The table of all commands, and the way from `sys.argv` to an exit status."""

import os
from typing import Annotated, Any

import typer

import kanjian
from kanjian.cli.errors import DEBUG, former_keys_told, status_of
from kanjian.cli.lazy_group import Entry, lazy_group
from kanjian.cli.output import say
from kanjian.i18n import language_kept, set_language

_TRAIN, _USE, _LOOK = "Train", "Evaluate and predict", "Look around"
COMMANDS = {
    "train": Entry(
        "kanjian.cli.train:train", "Train a recognizer from a recipe or from pictures.", _TRAIN
    ),
    "resume": Entry(
        "kanjian.cli.resume:resume",
        "Go on with an interrupted run, or a finished one to more epochs.",
        _TRAIN,
    ),
    "crossval": Entry(
        "kanjian.cli.crossval:crossval",
        "Cross-validate: train k times, each time on other folds.",
        _TRAIN,
    ),
    "compare": Entry(
        "kanjian.cli.compare:compare", "Train variants of a recipe and say which is best.", _TRAIN
    ),
    "search": Entry(
        "kanjian.cli.search:search",
        "Search for a better recipe, and say whether it beats the default.",
        _TRAIN,
    ),
    "find-rate": Entry(
        "kanjian.cli.find_rate:find_rate", "Find a learning rate in one short sweep.", _TRAIN
    ),
    "predict": Entry("kanjian.cli.predict:predict", "Predict the classes of pictures.", _USE),
    "evaluate": Entry(
        "kanjian.cli.evaluate:evaluate",
        "Evaluate a recognizer on its own or on other pictures.",
        _USE,
    ),
    "features": Entry(
        "kanjian.cli.features:features",
        "Write the features that a trained network finds in pictures.",
        _USE,
    ),
    "similar": Entry("kanjian.cli.similar:similar", "Find the pictures that look like one.", _USE),
    "sort": Entry("kanjian.cli.sort:sort", "Copy pictures into class folders.", _USE),
    "suggest": Entry(
        "kanjian.cli.suggest:suggest",
        "Name the unlabeled pictures that are worth a label next.",
        _USE,
    ),
    "see": Entry(
        "kanjian.cli.see.app:app", "See inside a network: layers, filters, maps, reasons.", _USE
    ),
    "denoise": Entry(
        "kanjian.cli.denoise.app:app", "Clean noisy pictures with a network of your own.", _USE
    ),
    "image": Entry(
        "kanjian.cli.image:image",
        "Filter, turn, measure or outline pictures.",
        _USE,
        takes_any_option=True,
    ),
    "export": Entry(
        "kanjian.cli.export:export", "Export a recognizer for other programs, checked.", _USE
    ),
    "import": Entry(
        "kanjian.cli.import_:import_", "Make a recognizer of a network of others.", _USE
    ),
    "card": Entry(
        "kanjian.cli.card:card",
        "Print the card of a recognizer: its data, quality and limits.",
        _USE,
    ),
    "serve": Entry("kanjian.cli.serve:serve", "Serve recognizers over HTTP.", _USE),
    "faces": Entry("kanjian.cli.faces.app:app", "Find faces and say whose they are.", _USE),
    "video": Entry("kanjian.cli.video.app:app", "Take videos apart, label them, join cuts.", _USE),
    "runs": Entry("kanjian.cli.runs:runs", "List the run folders, or compare two of them.", _USE),
    "recipes": Entry(
        "kanjian.cli.recipes:recipes", "List the shipped recipes, or print one of them.", _LOOK
    ),
    "models": Entry(
        "kanjian.cli.models:models", "List the networks that a recipe can name.", _LOOK
    ),
    "datasets": Entry(
        "kanjian.cli.datasets:app", "List, download and check data sets of labeled pictures.", _LOOK
    ),
    "weights": Entry(
        "kanjian.cli.weights:app", "List, get, import and verify trained weights.", _LOOK
    ),
    "cache": Entry(
        "kanjian.cli.cache:app",
        "List and clear what is kept so as not to be computed again.",
        _LOOK,
    ),
    "demo": Entry("kanjian.cli.demo:demo", "Train on real digits and predict one of them.", _LOOK),
    "doctor": Entry(
        "kanjian.cli.doctor:doctor", "Say what works here, what is missing, and its cure.", _LOOK
    ),
}
_HELP = """
From pictures to a recognizer you understand and can use anywhere.

Start with 'kanjian demo', then 'kanjian train FOLDER' on a folder of class folders.
"""
_EPILOG = "Results go to stdout, progress to stderr. 'kanjian COMMAND --help' says more."


def _print_version(wanted: bool) -> None:
    if wanted:
        say(f"kanjian {kanjian.__version__}")
        raise typer.Exit


def _speak(context: typer.Context, language: str | None) -> None:
    if language is None or context.resilient_parsing:
        return
    set_language(language)


def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - answered by its callback
        bool, typer.Option("--version", help="Print the version.", callback=_print_version,
                           is_eager=True)
    ] = False,
    debug: Annotated[  # noqa: ARG001 - answered in `run`, which sees errors of this line too
        bool, typer.Option("--debug", help="Show the traceback of every error.", envvar=DEBUG)
    ] = False,
    lang: Annotated[  # noqa: ARG001 - answered by its callback
        str | None,
        typer.Option("--lang", help="Speak en or zh; else as $KANJIAN_LANG says.",
                     callback=_speak, is_eager=True, metavar="LANGUAGE")
    ] = None,
) -> None:  # fmt: skip
    if context.invoked_subcommand is None:
        say(context.get_help())


app = lazy_group(COMMANDS, help=_HELP, epilog=_EPILOG, callback=_root)


def run(args: list[str]) -> int:
    """Run one command line and give its exit status.

    Args:
        args: What stands after `kanjian`.

    Example:
        >>> run(["--version"])
        kanjian 0.1.0
        0
    """
    args = _each_named(_ours_first(args))
    with language_kept():
        return status_of(lambda: _run(args), debug="--debug" in args)


def _ours_first(args: list[str]) -> list[str]:
    """People add the options of all commands where the cursor is: at the end.

    Example:
        >>> _ours_first(["train", "pets", "--lang", "zh", "--debug"])
        ['--lang', 'zh', '--debug', 'train', 'pets']
    """
    ours: list[str] = []
    rest: list[str] = []
    words = iter(args)
    for word in words:
        if word == "--lang":
            ours += [word, next(words, "")]
        elif word == "--debug" or word.startswith("--lang="):
            ours.append(word)
        else:
            rest.append(word)
    return ours + rest


def _each_named(args: list[str]) -> list[str]:
    """Texts that stand after one --labels, each under an own one, as Typer wants them.

    Example:
        >>> _each_named(["predict", "a.jpg", "--labels", "a cat", "a dog", "--json"])
        ['predict', 'a.jpg', '--labels', 'a cat', '--labels', 'a dog', '--json']
    """
    named: list[str] = []
    among = False
    for word in args:
        if among and not word.startswith("-"):
            named += ["--labels"] if named[-1] != "--labels" else []
        among = word == "--labels" or (among and not word.startswith("-"))
        named.append(word)
    return named


def command(words: list[str]) -> Any:
    """The command these words name, for those who document it.

    Example:
        >>> command(["datasets", "get"]).name
        'get'
    """
    found: Any = typer.main.get_command(app)
    for word in words:
        with typer.Context(found) as context:
            found = found.get_command(context, word)
    return found


def _run(args: list[str]) -> None:
    command = typer.main.get_command(app)
    if "_KANJIAN_COMPLETE" in os.environ:
        command.main(args, prog_name="kanjian")  # Typer speaks to the shell and leaves
    # not command.main(): it would turn Ctrl-C into a status and lose what the error knows
    with former_keys_told(), command.make_context("kanjian", list(args)) as context:
        command.invoke(context)
