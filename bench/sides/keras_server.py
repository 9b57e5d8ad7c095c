"""A recognizer behind FastAPI as a tutorial writes it: Keras `predict` in the route.

    python keras_server.py RUN PORT sync|async

`sync` lets FastAPI run the route in its threads, `async` blocks its loop; tutorials show both.
"""

import os
import sys
import tomllib
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import cv2
import keras
import numpy as np
import uvicorn
from fastapi import FastAPI, UploadFile

RECOGNIZER = Path(sys.argv[1]) / "recognizer"
CARD = tomllib.loads((RECOGNIZER / "recognizer.toml").read_text())
HEIGHT, WIDTH = CARD["input"]["size_hw"]
GRAY = CARD["input"]["channels"] == 1
model = keras.saving.load_model(RECOGNIZER / "model.keras")
app = FastAPI()


def answer(data: bytes) -> dict:
    flag = cv2.IMREAD_GRAYSCALE if GRAY else cv2.IMREAD_COLOR
    image = cv2.imdecode(np.frombuffer(data, np.uint8), flag)
    image = cv2.resize(image, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA)
    image = image[:, :, None] if GRAY else image[:, :, ::-1]
    scores = model.predict(image[None], verbose=0)[0]
    best = int(scores.argmax())
    return {"answers": [{"label": CARD["classes"][best], "probability": float(scores[best])}]}


if sys.argv[3] == "sync":

    @app.post("/predict")
    def predict(picture: UploadFile):
        return answer(picture.file.read())

else:

    @app.post("/predict")
    async def predict(picture: UploadFile):
        return answer(await picture.read())


@app.get("/healthz")
def healthz():
    return {"status": "ok"}


answer(cv2.imencode(".png", np.zeros((HEIGHT, WIDTH), np.uint8))[1].tobytes())  # compiled now
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="error")
