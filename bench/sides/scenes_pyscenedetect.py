"""PySceneDetect's AdaptiveDetector with its defaults on one film, for bench/scene_cuts.py."""

import json
import sys

from scenedetect import AdaptiveDetector, detect

scenes = detect(sys.argv[1], AdaptiveDetector(), start_in_scene=True)
print(json.dumps({"cuts": [start.frame_num for start, _ in scenes][1:]}))
