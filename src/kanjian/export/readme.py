"""What lies beside an exported network: its class names, and a page with a working example."""

from collections.abc import Sequence

from kanjian.export.formats import Form
from kanjian.export.markdown import plain
from kanjian.export.parity import Parity
from kanjian.export.quantize import Int8
from kanjian.i18n import _, gettext_noop
from kanjian.inference.card import Card
from kanjian.inference.prediction import unknown_word
from kanjian.names import printable
from kanjian.spoken import spoken

# How Pillow does what `resize_image` does; shrinking averages, as there
_FITTED = {
    "letterbox": "ImageOps.pad(picture, {size}, {how})",
    "crop": "ImageOps.fit(picture, {size}, {how})",
    "stretch": "picture.resize({size}, {how})",
}
_FIT_WORDS = {
    "letterbox": gettext_noop("the whole picture keeps its shape, black bars fill up"),
    "crop": gettext_noop("the picture keeps its shape, what stands out is cut off on both sides"),
    "stretch": gettext_noop("the whole picture, whatever becomes of its shape"),
}

# What lies beside every network
_BESIDE = (
    ("classes.txt", gettext_noop("the class names, one a line, in the order of the scores")),
    ("card.md", gettext_noop(
        "what it was trained on, how good and how fast it is, where its limits are")),
)  # fmt: skip


def example_of(card: Card, form: Form, *, batch: int | None = None) -> str:
    """A program of ten lines that asks the exported network about one picture.

    Args:
        card: Of the recognizer.
        form: What it was exported to.
        batch: The fixed number of pictures in a batch; None: any.

    Example:
        >>> from kanjian.export.formats import FORMS
        >>> card = Card("pets", ("cat", "dog"), (32, 48), 3, "crop")
        >>> print(example_of(card, FORMS["openvino"]))
        import sys, numpy, openvino
        from PIL import Image, ImageOps
        picture = ImageOps.exif_transpose(Image.open(sys.argv[1])).convert("RGB")
        picture = ImageOps.fit(picture, (48, 32), Image.Resampling.BOX)  # width, height
        pixels = numpy.array(picture, "uint8").reshape(1, 32, 48, 3)
        exact = {"INFERENCE_PRECISION_HINT": "f32"}
        network = openvino.compile_model("model.xml", "CPU", exact)
        scores = network(pixels)[0][0]
        name = open("classes.txt", encoding="utf-8").read().splitlines()[scores.argmax()]
        print(f"{name} {scores.max():.1%}")
    """
    height, width = card.size_hw
    fitted = _FITTED[card.fit].format(size=f"({width}, {height})", how="Image.Resampling.BOX")
    shape = f"1, {height}, {width}, {card.channels}"
    # one picture as often as the fixed batch asks for it
    more = "" if batch in (None, 1) else f".repeat({batch}, axis=0)"
    mode = "RGB" if card.channels == 3 else "L"
    return "\n".join(
        (
            *_imports(form),
            "from PIL import Image, ImageOps",
            f'picture = ImageOps.exif_transpose(Image.open(sys.argv[1])).convert("{mode}")',
            f"picture = {fitted}  # width, height",
            f'pixels = numpy.array(picture, "uint8").reshape({shape}){more}',
            *form.lines,
            'name = open("classes.txt", encoding="utf-8").read().splitlines()[scores.argmax()]',
            'print(f"{name} {scores.max():.1%}")',
        )
    )


def _imports(form: Form) -> list[str]:
    """All modules in one line; what is taken out of one in a line of its own."""
    plain, _, module = form.imports.partition("import ")
    if plain:
        return ["import sys, numpy", form.imports]
    return [f"import sys, numpy, {module}"]


def classes_text(card: Card) -> str:
    r"""The class names, one a line, in the order of the scores.

    Example:
        >>> classes_text(Card("pets", ("cat", "dog"), (32, 48), 3, "crop"))
        'cat\ndog\n'
    """
    return "".join(f"{printable(' '.join(name.split()))}\n" for name in card.classes)


def readme_of(
    card: Card, form: Form, *, parity: Parity, batch: int | None = None, int8: Int8 | None = None
) -> str:
    """The page beside an exported network.

    Args:
        card: Of the recognizer.
        form: What it was exported to.
        parity: How it compares to the network it was made from.
        batch: The fixed number of pictures in a batch; None: any.
        int8: What quantization cost and brought, where it was asked for.
    """
    height, width = card.size_hw
    many = batch or "n"
    files = [(form.file, form.is_what), *([] if form.also is None else [form.also])]
    taken = _(
        "**In:** raw {color} pixels 0 to 255, `uint8`, shape ({n}, {height}, {width}, "
        "{channels}): height before width, colors last. Scaling is part of the network: do none "
        "of your own. A picture is resized to it by `{fit}`: {how}.",
        color="RGB" if card.channels == 3 else _("gray"), n=many, height=height, width=width,
        channels=card.channels, fit=card.fit, how=_(_FIT_WORDS[card.fit]),
    )  # fmt: skip
    given = _("**Out:** one probability for each class, shape ({n}, {classes}).",
              n=many, classes=len(card.classes))  # fmt: skip
    checked = [parity.sentence(), *([] if int8 is None else [int8.sentence()])]
    return "\n\n".join(filter(None, (
        f"# {plain(card.name)}: {_(form.title)}",
        _("A network that tells {n} classes of pictures apart, exported by kanjian.",
          n=len(card.classes)),
        _table([*files, *_BESIDE]),
        taken,
        given + _views(card, form) + _abstain(card) + _open_set(card),
        f"## {_('Ask it')}",
        _("`pip install {packages}`, then, in this folder, with the name of a picture:",
          packages=" ".join([*form.packages, "pillow", "numpy"])),
        f"```python\n{example_of(card, form, batch=batch)}\n```",
        form.more and _(form.more),
        f"## {_('Checked')}",
        *map(spoken, checked),
    ))) + "\n"  # fmt: skip


def _table(files: Sequence[tuple[str, str]]) -> str:
    rows = [f"| `{name}` | {_(what)} |" for name, what in files]
    return "\n".join((f"| {_('file')} | {_('what it is')} |", "| --- | --- |", *rows))


def _views(card: Card, form: Form) -> str:
    if card.views == 1:
        return ""
    if form.makes_views:
        return "\n" + _("They are averaged over {n} views of the picture, which the network makes.",
                        n=card.views)  # fmt: skip
    return "\n" + _(
        "The recognizer averages over {n} views of the picture; this is its plain network, which "
        "sees the picture as it is.",
        n=card.views,
    )


def _abstain(card: Card) -> str:
    if card.abstain_threshold is None:
        return ""
    return "\n" + _(
        'Where the largest is below {threshold} the honest prediction is "{unknown}".',
        threshold=f"{card.abstain_threshold:.4g}", unknown=unknown_word(card.classes),
    )  # fmt: skip


def _open_set(card: Card) -> str:
    if card.open_set_threshold is None:
        return ""
    return "\n" + _(
        'The recognizer also says "{unknown}" to pictures unlike its training pictures. This '
        "network alone does not: it gives probabilities whatever it is shown.",
        unknown=unknown_word(card.classes),
    )
