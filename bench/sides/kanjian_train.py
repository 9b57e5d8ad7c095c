"""One kanjian run, through the library's front door.

    python kanjian_train.py RECIPE DATA.npz [KEY=VALUE ...]

Prints JSON: images/s of every epoch, and the report.
"""

import json
import sys
import tempfile
from pathlib import Path

from kanjian.recipes.codec import override
from kanjian.recipes.shipped import shipped
from kanjian.training.events import EpochDone
from kanjian.training.train import train


def main():
    changes = dict(text.split("=", 1) for text in sys.argv[3:])
    if sys.argv[2] != "-":
        changes["data.source"] = sys.argv[2]
    events = []
    with tempfile.TemporaryDirectory() as folder:
        run = train(
            override(shipped(sys.argv[1]), changes), out=Path(folder), callback=events.append
        )
    speed = [event.row["images_per_second"] for event in events if isinstance(event, EpochDone)]
    print(json.dumps({"images_per_second": speed, "report": run.report.to_dict()}))


main()
