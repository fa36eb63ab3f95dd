#!/usr/bin/env python3
"""Writes probe_golden.safetensors: a linear probe by scikit-learn on 210 + 140 points of 9 classes, 8 correlated features.

The probe is the one of `LinearProbe`: features standardised by the training set, mean cross-entropy plus half the weight
decay times the squared weights, every tenth point of the list sorted by class (from the sixth) held out. scikit-learn's
C is 1 / (points * weight decay). One feature is constant.

Needs: pip install numpy scikit-learn safetensors.
"""

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file
from sklearn.linear_model import LogisticRegression

CLASSES, WIDTH = 9, 8
DECAYS = np.logspace(0, -6, 10)


def draw(generator, count, centres, mixing):
    labels = generator.integers(0, CLASSES, count)
    points = (centres[labels] + generator.normal(size=(count, WIDTH))) @ mixing + 3
    points[:, 3] = 0.25
    return points.astype(np.float32), labels


def fit(points, labels, decay):
    model = LogisticRegression(C=1 / (len(points) * decay), solver="newton-cholesky", tol=1e-10, max_iter=1000)
    return model.fit(points, labels)


def score(model, points, labels):
    logs = model.predict_log_proba(points)
    ranks = (logs > logs[np.arange(len(labels)), labels][:, None]).sum(1)
    loss = -logs[np.arange(len(labels)), labels].mean()
    return 100 * np.mean(ranks < 1), 100 * np.mean(ranks < 5), loss


def main():
    generator = np.random.default_rng(1)
    centres = generator.normal(size=(CLASSES, WIDTH)) * 0.8
    mixing = generator.normal(size=(WIDTH, WIDTH))
    train, train_labels = draw(generator, 210, centres, mixing)
    test, test_labels = draw(generator, 140, centres, mixing)
    mean, deviation = train.astype(np.float64).mean(0), train.astype(np.float64).std(0)
    deviation[deviation == 0] = 1
    points, test_points = (train - mean) / deviation, (test - mean) / deviation
    held_out = np.lexsort((np.arange(len(train)), train_labels))[5::10]
    fitted = np.setdiff1d(np.arange(len(train)), held_out)
    trials = []
    for decay in DECAYS:
        top1, _, loss = score(fit(points[fitted], train_labels[fitted], decay), points[held_out], train_labels[held_out])
        trials.append((decay, top1, loss))
    best = max(trials, key=lambda trial: (trial[1], -trial[2]))
    final = score(fit(points, train_labels, best[0]), test_points, test_labels)
    for trial in trials:
        print("decay %.2e  held-out top-1 %.2f  loss %.4f" % trial)
    print("chosen %.2e: test top-1 %.2f  top-5 %.2f  loss %.4f" % (best[0], *final))
    save_file(
        {"train": train, "train_labels": train_labels, "test": test, "test_labels": test_labels,
         "trials": np.array(trials), "chosen": np.array([best[0], *final])},
        Path(__file__).with_name("probe_golden.safetensors"))


if __name__ == "__main__":
    main()
