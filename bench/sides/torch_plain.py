"""The same cifar10-deep network in plain PyTorch: float32, channels last, tensors in memory.

    python torch_plain.py DATA.npz EPOCHS

Prints JSON: images/s of every epoch.
"""

import json
import sys
import time

import numpy as np
import torch
from torch import nn


def network():
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(),
        nn.Conv2d(32, 32, 3, padding=1), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(),
        nn.Conv2d(64, 64, 3), nn.ReLU(),
        nn.MaxPool2d(2), nn.Dropout(0.25),
        nn.Flatten(),
        nn.Linear(64 * 7 * 7, 512), nn.ReLU(), nn.Dropout(0.5),
        nn.Linear(512, 10),
    )  # fmt: skip


def main():
    data, epochs = np.load(sys.argv[1]), int(sys.argv[2])
    x = torch.from_numpy(data["x_train"].transpose(0, 3, 1, 2).astype(np.float32) / 255)
    x = x.contiguous(memory_format=torch.channels_last)
    y = torch.from_numpy(data["y_train"].astype(np.int64))
    model = network().to(memory_format=torch.channels_last)
    optimizer = torch.optim.RMSprop(model.parameters(), lr=1e-3, alpha=0.9, eps=1e-7)
    loss_of = nn.CrossEntropyLoss()
    rates = []
    for _ in range(epochs):
        started = time.perf_counter()
        order = torch.randperm(len(x))
        right = 0
        for start in range(0, len(x), 128):
            rows = order[start : start + 128]
            answers = model(x[rows])
            loss = loss_of(answers, y[rows])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            # Keras counts accuracy while it trains; so does this side
            right += int((answers.argmax(1) == y[rows]).sum())
        rates.append(len(x) / (time.perf_counter() - started))
    print(json.dumps({"images_per_second": rates}))


main()
