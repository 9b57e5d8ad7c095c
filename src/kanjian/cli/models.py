"""`models`: the networks a recipe can name."""

from kanjian.cli import options
from kanjian.cli.output import say, say_json, table, thousands


def models(json: options.Json = False) -> None:
    """List the networks a recipe can name.

    Put the name into a recipe ([model] name = "lenet"), or say --set model.name=lenet.
    """
    from dataclasses import asdict

    from kanjian.models.catalog import CATALOG

    if json:
        say_json([asdict(record) for record in CATALOG])
        return
    rows = [
        (
            record.name,
            "×".join(map(str, record.input_hwc)),
            thousands(record.parameters),
            f"{record.about} ({record.reference})",
        )
        for record in CATALOG
    ]
    say(table(("network", "input", "parameters", "what it is"), rows))
