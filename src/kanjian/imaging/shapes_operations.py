"""The operations on shapes: contours, corners, morphology, heat maps."""

from kanjian.imaging.operation import Operation

_HERE = "kanjian.imaging"

SHAPES = (
    Operation("threshold", f"{_HERE}.threshold:threshold",
              "black and white: fixed, otsu, adaptive", "contours"),
    Operation("contours", f"{_HERE}.contours:contours",
              "outlines of what is on, one color each", "contours"),
    Operation("corners", f"{_HERE}.corners:corners",
              "Harris or Shi-Tomasi, a circle around each", "corners"),
    Operation("erode", f"{_HERE}.morphology:erode",
              "bright shapes shrink by the element", "morphology"),
    Operation("dilate", f"{_HERE}.morphology:dilate",
              "bright shapes grow by the element", "morphology"),
    Operation("open", f"{_HERE}.morphology:opening",
              "eroded, then dilated: small bright specks go", "morphology"),
    Operation("close", f"{_HERE}.morphology:closing",
              "dilated, then eroded: small dark holes go", "morphology"),
    Operation("gradient", f"{_HERE}.morphology:gradient",
              "dilated minus eroded: the outlines", "morphology"),
    Operation("top-hat", f"{_HERE}.morphology:top_hat",
              "what is bright and smaller than the element", "morphology"),
    Operation("black-hat", f"{_HERE}.morphology:black_hat",
              "what is dark and smaller than the element", "morphology"),
    Operation("hit-or-miss", f"{_HERE}.morphology:hit_or_miss",
              "where one element is on and another off", "morphology"),
    Operation("thin", f"{_HERE}.thinning:thin",
              "shapes peeled to lines of one pixel, connected as they were", "morphology"),
    Operation("skeleton", f"{_HERE}.regions:skeleton",
              "lines in the middle of every shape", "morphology"),
    Operation("distance", f"{_HERE}.regions:distance",
              "how far each pixel lies from the nearest that is off", "morphology"),
    Operation("labels", f"{_HERE}.regions:labels",
              "every shape a number and a color of its own", "morphology"),
    Operation("changes", f"{_HERE}.changes:changes",
              "what an operation added and removed, each pixel a square", "morphology"),
    Operation("heatmap", f"{_HERE}.heatmap:heatmap",
              "points of a file as a cloud of colors over the picture", "heat maps"),
)  # fmt: skip
