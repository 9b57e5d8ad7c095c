"""`models`: the networks a recipe can name, those to start from, and their layers."""

from typing import Annotated, Any

import typer

from kanjian.checks import plural
from kanjian.cli import options
from kanjian.cli.output import facts, say, say_json, table, thousands
from kanjian.i18n import _
from kanjian.json_types import JsonObject


def models(
    name: Annotated[
        str | None, typer.Argument(help="Describe this network.", metavar="NAME")
    ] = None,
    layers: Annotated[
        bool, typer.Option("--layers", help="List the layers of NAME, and where it can be split.")
    ] = False,
    size: Annotated[
        int | None,
        typer.Option("--size", help="Height and width to list the layers for.", metavar="PIXELS",
                     min=1),
    ] = None,
    json: options.Json = False,
) -> None:  # fmt: skip
    """List the networks that a recipe can name.

    Those of the first table are trained from scratch: put the name into a recipe ([model] name =
    "lenet"), or say --set model.name=lenet. Those of the second have learned ImageNet.
    """
    from kanjian.errors import RecipeError

    if name is None:
        if layers or size is not None:
            raise RecipeError(
                "whose layers? Say the network too, as in: kanjian models vgg16 --layers"
            )
        _list(json=json)
    elif layers:
        _layers(name, size, json=json)
    else:
        if size is not None:
            raise RecipeError("--size goes with --layers.")
        _one(name, json=json)


def _entries() -> list[JsonObject]:
    from dataclasses import asdict

    from kanjian.models.backbone_registry import BACKBONES
    from kanjian.models.registry import CATALOG
    from kanjian.weights.known import command_for, known_weights
    from kanjian.weights.store import at_hand

    entries = [{"kind": "network", **asdict(record)} for record in CATALOG]
    for record in BACKBONES:
        known = known_weights(record.name)
        weights = {"at_hand": at_hand(record.name), "get": command_for(known) if known else None}
        entries.append({"kind": "backbone", **asdict(record), "weights": weights})
    return entries


def _list(*, json: bool) -> None:
    entries = _entries()
    if json:
        say_json(entries)
        return
    say(_fresh_table([entry for entry in entries if entry["kind"] == "network"]))
    say()
    say(_learned_table([entry for entry in entries if entry["kind"] == "backbone"]))
    say("\nWithout the 1000 classes; the licence is that of the weights.")
    say("Get weights: kanjian weights get NAME")
    say("The layers of one, and where it can be split: kanjian models NAME --layers")


def _fresh_table(entries: list[JsonObject]) -> str:
    rows = [
        (
            entry["name"],
            "×".join(map(str, entry["input_hwc"])),
            thousands(entry["parameters"]),
            f"{entry['about']} ({entry['reference']})",
        )
        for entry in entries
    ]
    return table(("network", "input", "parameters", "what it is"), rows)


def _learned_table(entries: list[JsonObject]) -> str:
    rows = [
        (
            entry["name"],
            "×".join(map(str, entry["input_hw"])),
            thousands(entry["parameters"]),
            entry["weights_licence"],
            _("at hand") if entry["weights"]["at_hand"] else _("no"),
        )
        for entry in entries
    ]
    return table(("to start from", "input", "parameters", "licence", "ImageNet weights"), rows)


def _one(name: str, *, json: bool) -> None:
    entry = _find(name)
    if json:
        say_json(entry)
        return
    shape = entry.get("input_hwc") or entry["input_hw"]
    pairs = [
        ("name", entry["name"]),
        ("what it is", entry["about"]),
        ("reference", entry["reference"]),
        ("input", "×".join(map(str, shape))),
        ("parameters", thousands(entry["parameters"])),
        ("licence", entry["licence"]),
    ]
    if entry["kind"] == "backbone":
        weights = entry["weights"]
        pairs += [
            ("with 1000 classes", thousands(entry["parameters_top"])),
            ("smallest input", "×".join(map(str, entry["least_hw"]))),
            ("weights", _("at hand") if weights["at_hand"] else f"get them with: {weights['get']}"),
            ("their licence", entry["weights_licence"]),
        ]
    say(facts(pairs))


def _find(name: str) -> JsonObject:
    from kanjian.checks import check_choice
    from kanjian.errors import RecipeError

    entries = {entry["name"]: entry for entry in _entries()}
    return entries[check_choice("network", name, entries, error=RecipeError)]


def _layers(name: str, size: int | None, *, json: bool) -> None:
    from kanjian.models.split_model import cuttable, layer_names

    network = _network(_find(name), size)
    places = set(cuttable(network))
    lines = [{**line._asdict(), "cut": line.name in places} for line in layer_names(network)]
    if json:
        say_json({"name": name, "input": network.input_shape[1:], "layers": lines})
        return
    rows = [
        (
            line["name"],
            "×".join(map(str, line["shape"])),
            thousands(line["parameters"]),
            _("yes") if line["cut"] else "",
        )
        for line in lines
    ]
    say(table(("layer", "output", "parameters", "can be split"), rows))
    say(f"\n{plural(len(lines), 'layer')}, {thousands(network.count_params())} parameters")


def _network(entry: JsonObject, size: int | None) -> Any:
    """With random weights: only its layers are looked at."""
    if entry["kind"] == "backbone":
        from kanjian.models.backbones import build_backbone

        size_hw = (size, size) if size is not None else entry["input_hw"]
        return build_backbone(entry["name"], size_hw=size_hw, weights=None, seed=0)
    from kanjian.models.build import build_model
    from kanjian.models.input_normalization import Preparation
    from kanjian.recipes.recipe import Model

    height, width, channels = entry["input_hwc"]
    shape = (size or height, size or width, channels)
    return build_model(
        Model(name=entry["name"]),
        shape_hwc=shape,
        n_classes=entry["classes"],
        preparation=Preparation(shape),
        seed=0,
    )
