"""How fast backbones were on this machine, by the passes whose features are kept."""

from collections import defaultdict
from statistics import median

from kanjian.features.cache import FeatureCache


def measured_speeds(cache: FeatureCache | None = None) -> dict[str, float]:
    """Pictures a second of each backbone, decoding included: the median of the passes kept.

    Args:
        cache: Where features are kept; kanjian's own by default.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> measured_speeds(FeatureCache(Path(tempfile.mkdtemp())))
        {}
    """
    rates = defaultdict[str, list[float]](list)
    for entry in (cache or FeatureCache()).entries():
        name, seconds = entry.about.get("backbone"), entry.about.get("pass_seconds")
        pictures = entry.about.get("pictures")
        numbers = isinstance(pictures, int) and isinstance(seconds, float)
        if isinstance(name, str) and numbers and seconds:
            rates[name].append(float(pictures or 0) / float(seconds))
    return {name: median(each) for name, each in rates.items()}
