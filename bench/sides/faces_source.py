"""One side of bench/face_label.py: the source's loop over a clip; prints frames per second."""

import json
import sys
import time

import cv2
import numpy as np

from kanjian.backend import load_keras

keras = load_keras()
layers = keras.layers
# The source's network: four convolutions on 64×64, two classes
network = keras.Sequential(
    [
        keras.Input((64, 64, 3)),
        layers.Conv2D(32, 3, padding="same", activation="relu"),
        layers.Conv2D(32, 3, activation="relu"),
        layers.MaxPooling2D(2), layers.Dropout(0.25),
        layers.Conv2D(64, 3, padding="same", activation="relu"),
        layers.Conv2D(64, 3, activation="relu"),
        layers.MaxPooling2D(2), layers.Dropout(0.25),
        layers.Flatten(), layers.Dense(512, activation="relu"), layers.Dropout(0.5),
        layers.Dense(2, activation="softmax"),
    ]
)  # fmt: skip
network.predict(np.zeros((1, 64, 64, 3), np.float32), verbose=0)  # not in the time: tracing
capture, count = cv2.VideoCapture(sys.argv[1]), 0
started, busy = time.perf_counter(), time.process_time()
while True:
    read, frame = capture.read()
    if not read:
        break
    count += 1
    gray = cv2.cvtColor(frame, cv2.COLOR_BGR2GRAY)
    cascade = cv2.CascadeClassifier(cv2.data.haarcascades + "haarcascade_frontalface_alt2.xml")
    faces = cascade.detectMultiScale(gray, scaleFactor=1.2, minNeighbors=3, minSize=(32, 32))
    for x, y, width, height in faces:
        image = frame[max(0, y - 10) : y + height + 10, max(0, x - 10) : x + width + 10]
        batch = (cv2.resize(image, (64, 64))[None].astype(np.float32)) / 255
        network.predict(batch, verbose=0)
        who = network.predict(batch, verbose=0).argmax()
        cv2.rectangle(frame, (x - 10, y - 10), (x + width + 10, y + height + 10), (0, 255, 0), 2)
        cv2.putText(
            frame, str(who), (x + 30, y + 30), cv2.FONT_HERSHEY_SIMPLEX, 1, (255, 0, 255), 4
        )
seconds, busy = time.perf_counter() - started, time.process_time() - busy
cpu_ms = 1000 * busy / count
print(json.dumps({"fps": count / seconds, "cpu_ms_a_frame": cpu_ms, "frames": count}))
