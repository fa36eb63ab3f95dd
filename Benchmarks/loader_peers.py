"""The loader's peers: Pillow + NumPy, and OpenCV, doing what it does; prints one JSON object.

    python loader_peers.py PHOTOS --peer pillow|opencv --workers 1 [--kind process|thread] [--size 224] [--images 1600]

Each image: read the file, decode, random resized crop (scale .08-1, ratio 3/4-4/3), bicubic scaling to SIZE, flip with
probability 1/2, into a row of a uint8 batch. Pillow crops and scales in one call, the fastest way it has. OpenCV
scales without antialiasing, which is less work; it is here for reference. Each worker
fills batches of its own that no one collects: the peers' best case.
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import resource
import threading
import time

import numpy as np

BATCH = 32


def draw_box(width, height):
    """torchvision's RandomResizedCrop.get_params with its defaults."""
    for _ in range(10):
        area = width * height * random.uniform(0.08, 1.0)
        ratio = math.exp(random.uniform(math.log(3 / 4), math.log(4 / 3)))
        w, h = round(math.sqrt(area * ratio)), round(math.sqrt(area / ratio))
        if 0 < w <= width and 0 < h <= height:
            return random.randint(0, width - w), random.randint(0, height - h), w, h
    side = min(width, height)
    return (width - side) // 2, (height - side) // 2, side, side


def pillow_sample(path, size):
    from PIL import Image

    with Image.open(path) as file:
        image = file.convert("RGB")
    left, top, width, height = draw_box(*image.size)
    image = image.resize((size, size), Image.BICUBIC, box=(left, top, left + width, top + height))
    pixels = np.asarray(image)
    return pixels[:, ::-1] if random.random() < 0.5 else pixels


def opencv_sample(path, size):
    import cv2

    image = cv2.cvtColor(cv2.imread(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB)
    left, top, width, height = draw_box(image.shape[1], image.shape[0])
    image = cv2.resize(image[top : top + height, left : left + width], (size, size), interpolation=cv2.INTER_CUBIC)
    return image[:, ::-1] if random.random() < 0.5 else image


SAMPLES = {"pillow": pillow_sample, "opencv": opencv_sample}


def fill(paths, options, number, ready, processor_seconds):
    if options.peer == "opencv":
        import cv2

        cv2.setNumThreads(1)
    random.seed(number)
    sample = SAMPLES[options.peer]
    batch = np.empty((BATCH, options.size, options.size, 3), np.uint8)
    for path in paths[:BATCH]:
        sample(path, options.size)
    ready.wait()
    start = time.thread_time()
    for row in range(options.images // options.workers):
        batch[row % BATCH] = sample(random.choice(paths), options.size)
    processor_seconds[number] = time.thread_time() - start


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("photos")
    parser.add_argument("--peer", choices=SAMPLES, default="pillow")
    parser.add_argument("--workers", type=int, default=1)
    parser.add_argument("--kind", choices=["process", "thread"], default="process")
    parser.add_argument("--size", type=int, default=224)
    parser.add_argument("--images", type=int, default=1600)
    options = parser.parse_args()
    paths = sorted(
        os.path.join(folder, name)
        for folder, _, names in os.walk(options.photos)
        for name in names
        if name.lower().endswith((".jpg", ".jpeg", ".png"))
    )
    maker = multiprocessing.Process if options.kind == "process" else threading.Thread
    barrier = (multiprocessing if options.kind == "process" else threading).Barrier(options.workers + 1)
    processor_seconds = multiprocessing.Array("d", options.workers)
    workers = [
        maker(target=fill, args=(paths, options, number, barrier, processor_seconds))
        for number in range(options.workers)
    ]
    for worker in workers:
        worker.start()
    barrier.wait()
    start = time.perf_counter()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - start
    images = options.images // options.workers * options.workers
    # Of processes, the system tells the largest one's memory.
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    if options.kind == "process":
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss * options.workers
    result = {
        "peer": options.peer,
        "kind": options.kind,
        "workers": options.workers,
        "size": options.size,
        "images": images,
        "seconds": seconds,
        "images_per_second": images / seconds,
        "images_per_processor_second": images / sum(processor_seconds),
        "peak_megabytes": peak / 1024,
    }
    print(json.dumps(result))


if __name__ == "__main__":
    main()
