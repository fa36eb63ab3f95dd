#!/usr/bin/env python3
"""Turns the annotations of Stanford Cars into a CSV file of paths and labels that splitmask reads. Needs scipy.

    python scripts/cars_to_csv.py devkit/cars_train_annos.mat devkit/cars_meta.mat --images cars_train > cars_train.csv
    python scripts/cars_to_csv.py cars_test_annos_withlabels.mat devkit/cars_meta.mat --images cars_test > cars_test.csv

The first file has `annotations` with `fname` and `class`, the second `class_names`. `--images` is the folder of the
images as it is to stand in the CSV: relative to the place where the CSV will lie, or absolute.
"""
import argparse
import csv
import pathlib
import sys


def text(value):
    """MATLAB's nested arrays around one string."""
    while not isinstance(value, str):
        value = value[0]
    return str(value)


def number(value):
    """MATLAB's nested arrays around one number."""
    return int(value.item())


def read(annotations, meta):
    """Pairs of file name and class name."""
    from scipy.io import loadmat

    names = [text(name) for name in loadmat(meta)["class_names"].ravel()]
    entries = loadmat(annotations)["annotations"].ravel()
    if len(entries) and "class" not in entries.dtype.names:
        raise ValueError(f"{annotations} has no classes; the test images need cars_test_annos_withlabels.mat")
    rows = []
    for entry in entries:
        place = number(entry["class"])
        if not 1 <= place <= len(names):
            raise ValueError(f"{annotations}: class {place} of {text(entry['fname'])} is not among the {len(names)} of {meta}")
        rows.append((text(entry["fname"]), names[place - 1]))
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("annotations", help="cars_train_annos.mat or cars_test_annos_withlabels.mat")
    parser.add_argument("meta", help="cars_meta.mat")
    parser.add_argument("--images", default=".", help="the folder of the images, as it is to stand in the CSV")
    options = parser.parse_args()
    try:
        rows = read(options.annotations, options.meta)
    except (OSError, KeyError, ValueError, NotImplementedError) as error:
        sys.exit(f"error: {error}")
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(["path", "label"])
    for name, label in rows:
        writer.writerow([str(pathlib.PurePosixPath(options.images) / name), label])


if __name__ == "__main__":
    main()
