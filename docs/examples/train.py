#!/usr/bin/env python3
"""Trains a small convolutional network on scikit-learn's handwritten digits, on the CPU, in under a minute.

The data come with scikit-learn, so nothing is fetched. One line is printed after every epoch; that is all that
`carbontracker run -- python train.py` needs to see how far the training has come.

usage: train.py [--epochs N] [--width N] [--seed N]
"""
import argparse
import time

import torch
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split
from torch import nn

BATCH = 64


def digits(seed):
    """1,797 images of 8 x 8 pixels, values 0 to 16; a fifth is kept for validation."""
    data = load_digits()
    images = torch.tensor(data.images, dtype=torch.float32).unsqueeze(1) / 16
    labels = torch.tensor(data.target)
    seen, unseen = train_test_split(range(len(labels)), test_size=0.2, random_state=seed, stratify=data.target)
    return (images[seen], labels[seen]), (images[unseen], labels[unseen])


def network(width):
    return nn.Sequential(
        nn.Conv2d(1, width, 3, padding=1), nn.ReLU(),
        nn.Conv2d(width, width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(width, 2 * width, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.25), nn.Linear(2 * width * 4, 10))


def train_epoch(model, optimiser, images, labels):
    """One pass over the training images; returns the mean loss."""
    model.train()
    total = 0.0
    for batch in torch.randperm(len(labels)).split(BATCH):
        loss = nn.functional.cross_entropy(model(images[batch]), labels[batch])
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        total += loss.item() * len(batch)
    return total / len(labels)


@torch.no_grad()
def accuracy(model, images, labels):
    model.eval()
    return (model(images).argmax(1) == labels).float().mean().item()


def main():
    parser = argparse.ArgumentParser(description="A small real training to measure.")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--width", type=int, default=192, help="channels of the first layers; the cost grows with its square")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()

    torch.manual_seed(options.seed)
    (images, labels), (val_images, val_labels) = digits(options.seed)
    model = network(options.width)
    optimiser = torch.optim.Adam(model.parameters(), lr=1e-3)
    started = time.monotonic()
    for epoch in range(1, options.epochs + 1):
        loss = train_epoch(model, optimiser, images, labels)
        val_acc = accuracy(model, val_images, val_labels)
        print(f"epoch {epoch}/{options.epochs} loss {loss:.3f} val_acc {val_acc:.3f}", flush=True)
    print(f"trained in {time.monotonic() - started:.1f} s, validation accuracy {val_acc:.3f}", flush=True)


if __name__ == "__main__":
    main()
