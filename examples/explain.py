"""Draw what a prediction rests on (Grad-CAM): python explain.py runs/photos new.jpg."""

import sys

import kanjian
from kanjian.explain.attribution import Attribution
from kanjian.explain.model_access import open_model
from kanjian.images import to_rgb


def main(run: str, picture: str, out: str = "why.png") -> None:
    network = open_model(run)
    reason = Attribution(network).explain(picture, method="grad-cam")
    seen = network.fit(picture)
    pixels = to_rgb(seen[..., 0] if seen.shape[2] == 1 else seen)
    kanjian.write_image(out, reason.over(pixels))
    print(f"{reason.name} ({reason.probability:.0%}): {out}")


if __name__ == "__main__":
    main(*sys.argv[1:])
