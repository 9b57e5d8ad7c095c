"""The pictures of the studies hold what they are given, whatever it is."""

import io

import numpy as np
import pytest

from kanjian.experiments.figures import _COLORS, Curve, _spread, draw_curves, draw_folds


def png(figure):
    stream = io.BytesIO()
    figure.savefig(stream, format="png")
    return stream.getvalue()


def labels(axes):
    return [text.get_text() for text in axes.texts]


def test_twelve_curves_are_told_apart_and_labeled_in_order():
    epochs = np.arange(1, 6)
    curves = [
        Curve(f"v{i}", 2 / epochs, 0.99 - 0.001 * i - 0.5 / epochs**2, f"{i}") for i in range(12)
    ]
    loss_axes, accuracy_axes = draw_curves(curves, n_judged=1000).axes
    assert labels(accuracy_axes) == [f"v{i}  {i}" for i in range(12)]
    looks = {(line.get_color(), line.get_linestyle()) for line in loss_axes.lines}
    assert len(looks) == 12
    heights = [text.get_position()[1] for text in accuracy_axes.texts]
    assert min(-np.diff(heights)) > 0.03
    assert accuracy_axes.get_yscale() == "logit"


def test_every_right_answer_and_none_can_be_drawn():
    curves = [Curve("all", [0.1, 0.0], [1.0, 1.0], ""), Curve("none", [3.0, 3.0], [0.0, 0.0], "")]
    assert png(draw_curves(curves, n_judged=50)).startswith(b"\x89PNG")


@pytest.mark.parametrize("name", ["优化器=看见", "a$b_$c^{$", "\U000f0000", "x" * 200])
def test_any_name_is_drawn_without_a_warning(name):
    curves = [Curve(name, [1.0], [0.5], "50 %"), Curve("diverged", [], [], "diverged")]
    assert png(draw_curves(curves, n_judged=10)).startswith(b"\x89PNG")


def test_colors_differ():
    assert len(set(_COLORS)) == len(_COLORS)


def test_labels_keep_their_order_their_distance_and_the_floor():
    heights = _spread([0.5, 0.9, 0.5, 0.0, 0.0], 0.1)
    assert min(-np.diff(heights)) >= 0.1 - 1e-9
    assert heights[-1] >= 0


def test_equal_folds_are_drawn():
    figure = draw_folds(["1", "2"], [(1.0, 5), (1.0, 5)], 1.0, (1.0, 1.0))
    assert labels(figure.axes[0]) == ["100.00 %  of 5"] * 2
    assert png(figure).startswith(b"\x89PNG")
