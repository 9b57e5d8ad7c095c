__all__ = [
    "OPERATIONS",
    "Contour",
    "Drawn",
    "Element",
    "bilateral",
    "black_hat",
    "blur",
    "canny",
    "changes",
    "channel",
    "clahe",
    "closing",
    "contours",
    "corner_strength",
    "corners",
    "crop",
    "cross",
    "density",
    "difference",
    "dilate",
    "disk",
    "distance",
    "equalize",
    "erode",
    "find_contours",
    "find_corners",
    "flip",
    "frequency_filter",
    "function_of",
    "gaussian_kernel",
    "gradient",
    "gray",
    "heatmap",
    "high_pass",
    "histogram",
    "hit_or_miss",
    "kernel",
    "labels",
    "laplace",
    "line",
    "mae",
    "match",
    "matrix_between",
    "mean",
    "median",
    "mse",
    "negative",
    "noise",
    "nonlocal_means",
    "opening",
    "operation_named",
    "otsu_level",
    "parse",
    "plot_histogram",
    "psnr",
    "read_points",
    "resize",
    "rotate",
    "run",
    "sharpen",
    "skeleton",
    "sobel",
    "spectrum",
    "square",
    "ssim",
    "thin",
    "threshold",
    "top_hat",
    "warp",
]

from . import noise
from .chain import parse, run
from .changes import changes
from .color import channel, gray, negative
from .contours import Contour, contours, find_contours
from .corners import corner_strength, corners, find_corners
from .edges import canny, high_pass, laplace, sharpen, sobel
from .elements import Element, cross, disk, line, square
from .filters import bilateral, mean, median, nonlocal_means
from .fourier import frequency_filter, spectrum
from .gaussian import blur, gaussian_kernel, kernel
from .geometry import crop, flip, resize, rotate
from .heatmap import density, heatmap, read_points
from .histogram import clahe, equalize, histogram, match
from .histogram_plot import plot_histogram
from .metrics import difference, mae, mse, psnr, ssim
from .morphology import black_hat, closing, dilate, erode, gradient, hit_or_miss, opening, top_hat
from .operations import OPERATIONS, Drawn, function_of, operation_named
from .regions import distance, labels, skeleton
from .thinning import thin
from .threshold import otsu_level, threshold
from .warping import matrix_between, warp
