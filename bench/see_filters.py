"""Pictures of all 64 filters of a layer: kanjian against one filter at a time and tf-keras-vis.

    python bench/see_filters.py [--rounds 3] [--filters 64] [--size 128] [--steps 20]

Sides, each in a process of its own, taking turns; seconds are of the pictures alone, with
whatever is compiled for them, without imports and building the network:
  kanjian       `see.filters.filters`, all filters together
  loop          the source's recipe in plain Keras, one filter at a time, traced once
  example       the same, traced for each filter, as the example on keras.io does
  tf-keras-vis  `ActivationMaximization`, 8 filters together, its defaults
VGG16 has random weights: they change no time. What is reached is measured with the real
weights of EfficientNet-Lite0 as well, in float32, whatever a side computed in.
The peer's environment: see bench/requirements-see.txt; $KANJIAN_SEE_PEER names another Python.
"""

import argparse
import os
import statistics
import sys
from pathlib import Path

from record import ROOT, said_by, spread, write_result

PEER = Path(os.environ.get("KANJIAN_SEE_PEER", ROOT / ".venv-see" / "bin" / "python"))
SIDES = ROOT / "bench" / "sides"
VGG = ("vgg16", "block3_conv1")
LITE = ("efficientnet-lite0", "block3b_expand_conv")


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rounds", type=int, default=3)
    options.add_argument("--filters", type=int, default=64)
    options.add_argument("--size", type=int, default=128)
    options.add_argument("--steps", type=int, default=20)
    asked = options.parse_args()
    numbers = (asked.filters, asked.size, asked.steps)

    def ours(side: str, network: str, layer: str) -> dict:
        return said_by([sys.executable, SIDES / "see_filters.py", side, network, layer, *numbers])

    lite = {side: ours(side, *LITE) for side in ("kanjian", "loop")}
    result = {"asked": vars(asked), "layers": [VGG, LITE], "reached": {LITE[0]: reached(lite)}}
    rounds: list[dict[str, dict]] = []
    for _ in range(asked.rounds):
        said = {side: ours(side, *VGG) for side in ("kanjian", "loop", "example")}
        if PEER.exists():
            peer = [PEER, SIDES / "see_tf_keras_vis.py", *numbers, 8]
            said["tf-keras-vis"] = said_by(peer)
        rounds.append(said)
        # kept after each round: a round takes minutes
        write_result("see_filters", result | summary(rounds))
        print({side: round(each["seconds"], 1) for side, each in said.items()}, flush=True)


def summary(rounds: list[dict[str, dict]]) -> dict:
    sides = list(rounds[0])
    # of the same round: both met the same machine
    shares = {
        side: [each["kanjian"]["seconds"] / each[side]["seconds"] for each in rounds]
        for side in sides[1:]
    }
    return {
        "seconds": {side: spread([each[side]["seconds"] for each in rounds]) for side in sides},
        "kanjian_over": {side: spread(values) for side, values in shares.items()},
        # what other work on the machine disturbs least
        "kanjian_over_in_cpu_seconds": {
            side: spread(
                [each["kanjian"]["cpu_seconds"] / each[side]["cpu_seconds"] for each in rounds]
            )
            for side in sides[1:]
        },
        "peak_memory_mb": {
            side: statistics.median(each[side]["peak_memory_mb"] for each in rounds)
            for side in sides
        },
        "reached_vgg16": reached(rounds[0]),
    }


def reached(said: dict[str, dict]) -> dict:
    """Mean activation after the steps, and on how many filters kanjian's is not lower."""
    pairs = zip(said["kanjian"]["each"], said["loop"]["each"], strict=True)
    return {
        "kanjian": said["kanjian"]["reached"],
        "loop": said["loop"]["reached"],
        "filters_not_lower": sum(mine >= theirs for mine, theirs in pairs),
        "filters": len(said["loop"]["each"]),
    }


main()
