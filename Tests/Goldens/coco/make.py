"""What pycocotools, NumPy and Pillow make of run lengths, detections and label maps: goldens.json, evaluator.safetensors.

    pip install pycocotools numpy pillow safetensors
    python Tests/Goldens/coco/make.py

The scenes of the evaluator and the label maps of the mean IoU are not in the files: SceneFixtures.swift draws the same
ones, from the same integers.
"""

import base64
import contextlib
import io
import json
import pathlib
import random

import numpy as np
from PIL import Image
from PIL.PngImagePlugin import PngInfo
from pycocotools import mask as rle
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from safetensors.numpy import save_file

HERE = pathlib.Path(__file__).resolve().parent
MASK = (1 << 64) - 1


class SplitMix64:
    def __init__(self, state):
        self.state = state

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        mixed = self.state
        mixed = ((mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & MASK
        return mixed ^ (mixed >> 31)

    def below(self, count):
        return self.next() % count


# --- Scenes: coordinates in quarters of a pixel, scores in 32nds, so that both languages have the same numbers ---------

CATEGORIES = [44, 3, 90, 17, 62, 18]
# 62 never occurs, 90 only among the detections.
TRUE_CATEGORIES = [3, 17, 18, 44]


def quarters(values):
    return [value / 4 for value in values]


def shape(draw, width, height):
    size = [20, 70, 130][draw.below(3)]
    w, h = 16 + draw.below(4 * size), 16 + draw.below(4 * size)
    x, y = draw.below(4 * width - 4), draw.below(4 * height - 4)
    if draw.below(6) == 0:
        x = -draw.below(w // 2)
    corners = []
    for right, low in [(0, 0), (1, 0), (1, 1), (0, 1)]:
        dx, dy = draw.below(w // 4), draw.below(h // 4)
        corners += [x + w - dx if right else x + dx, y + h - dy if low else y + dy]
    if draw.below(3) == 0:
        corners += [x + draw.below(w + 1), y + draw.below(h + 1)]
    return [x, y, w, h], corners


def moved(draw, box, corners):
    qx, qy = max(1, box[2] // 16), max(1, box[3] // 16)
    dx, dy = draw.below(2 * qx + 1) - qx, draw.below(2 * qy + 1) - qy
    grown = [box[0] + dx, box[1] + dy, box[2] + draw.below(qx + 1), box[3] + draw.below(qy + 1)]
    return grown, [value + (dy if place % 2 else dx) for place, value in enumerate(corners)]


def scenes(count):
    draw = SplitMix64(20170904)
    images, truths, found = [], [], []
    for number in range(count):
        width, height, image_id = 120 + draw.below(80), 100 + draw.below(60), number * 7919 % 100003 + 1
        images.append({"id": image_id, "file_name": f"{image_id}.jpg", "width": width, "height": height})
        here = []
        for _ in range(draw.below(6)):
            category = TRUE_CATEGORIES[draw.below(4)]
            box, corners = shape(draw, width, height)
            area = box[2] * box[3] * (2 + draw.below(3)) / 64
            crowd = int(draw.below(8) == 0)
            here.append((category, box, corners))
            truths.append(
                {"id": len(truths) + 1, "image_id": image_id, "category_id": category, "bbox": quarters(box),
                 "area": area, "iscrowd": crowd, "segmentation": [quarters(corners)]})  # fmt: skip
        candidates = []
        for category, box, corners in here:
            if draw.below(4) == 0:
                continue
            if draw.below(8) == 0:
                category = CATEGORIES[draw.below(4)]
            for _ in range(1 + draw.below(2)):
                candidates.append((category, *moved(draw, box, corners), draw.below(33)))
        for _ in range(draw.below(4) + (130 if number % 40 == 0 else 0)):
            category = 3 if number % 40 == 0 else CATEGORIES[draw.below(4)]
            candidates.append((category, *shape(draw, width, height), draw.below(33)))
        for category, box, corners, score in candidates:
            found.append((image_id, category, quarters(box), quarters(corners), score / 32, height, width))
    names = [{"id": category, "name": f"class {category}"} for category in CATEGORIES]
    return {"images": images, "categories": names, "annotations": truths}, found


def evaluate(truth, results, kind):
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        ground = COCO()
        ground.dataset = truth
        ground.createIndex()
        evaluation = COCOeval(ground, ground.loadRes(results), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        printed.truncate(0), printed.seek(0)
        evaluation.summarize()
    return evaluation, printed.getvalue().rstrip("\n")


def evaluator_goldens():
    truth, found = scenes(2000)
    results = {"bbox": [], "segm": []}
    for image, category, box, corners, score, height, width in found:
        common = {"image_id": image, "category_id": category, "score": score}
        results["bbox"].append(common | {"bbox": box})
        results["segm"].append(common | {"segmentation": rle.frPyObjects([corners], height, width)[0]})
    tensors, lines = {}, {}
    for kind in results:
        evaluation, lines[kind] = evaluate(truth, results[kind], kind)
        precision, recall = evaluation.eval["precision"], evaluation.eval["recall"]
        tensors[f"{kind}.stats"] = np.asarray(evaluation.stats)
        tensors[f"{kind}.recall"] = recall
        # Every curve by its sum; whole curves of two classes at the largest number of detections.
        tensors[f"{kind}.precision_sums"] = precision.sum(axis=1)
        tensors[f"{kind}.precision"] = np.ascontiguousarray(precision[..., 2][:, :, [0, 2]])
        tensors[f"{kind}.counts"] = np.asarray([len(truth["annotations"]), len(found)], np.int64)
    save_file(tensors, HERE / "evaluator.safetensors", metadata=lines)


# --- Run lengths -----------------------------------------------------------------------------------------------------


def text(run_lengths):
    return run_lengths["counts"].decode()


def polygon_cases(draw):
    cases = []
    for number in range(80):
        height, width = draw.randint(1, 60), draw.randint(1, 60)
        polygons = []
        for _ in range(1 + number % 3):
            reach = [1.0, 1.6, 0.2][number % 3]
            middle = [draw.uniform(0, width), draw.uniform(0, height)]
            corners = []
            for _ in range(draw.randint(3, 9)):
                corners += [middle[0] + draw.uniform(-reach, reach) * width, middle[1] + draw.uniform(-reach, reach) * height]
            # Corners on whole and half pixels, twice in one place, and in one line.
            if number % 4 == 0:
                corners = [round(value * 2) / 2 for value in corners]
            if number % 5 == 0:
                corners += corners[-2:]
            if number % 7 == 0:
                corners[2] = corners[0]
            polygons.append(corners)
        merged = rle.merge(rle.frPyObjects(polygons, height, width))
        cases.append({"height": height, "width": width, "polygons": polygons, "compressed": text(merged),
                      "area": int(rle.area(merged)), "box": rle.toBbox(merged).tolist()})  # fmt: skip
    return cases


def box_cases(draw):
    cases = []
    for number in range(20):
        height, width = draw.randint(5, 60), draw.randint(5, 60)
        box = [draw.uniform(-9, width), draw.uniform(-9, height), draw.uniform(0.5, width), draw.uniform(0.5, height)]
        if number % 3 == 0:
            box = [float(round(value)) for value in box]
        cases.append({"height": height, "width": width, "box": box,
                      "compressed": text(rle.frPyObjects(np.array([box]), height, width)[0])})  # fmt: skip
    return cases


def bitmap_cases(draw):
    cases = []
    for number in range(24):
        height, width = draw.randint(1, 24), draw.randint(1, 24)
        share = [0, 1, 0.5, 0.03, 0.97, 0.2][number % 6]
        bits = np.array([[draw.random() < share for _ in range(width)] for _ in range(height)], np.uint8)
        encoded = rle.encode(np.asfortranarray(bits))
        runs = rle.frPyObjects({"size": [height, width], "counts": counts(bits)}, height, width)
        assert runs == encoded
        cases.append({"height": height, "width": width, "rows": ["".join(map(str, row)) for row in bits.tolist()],
                      "counts": counts(bits), "compressed": text(encoded), "area": int(rle.area(encoded)),
                      "box": rle.toBbox(encoded).tolist()})  # fmt: skip
    return cases


def counts(bits):
    result, inside, length = [], 0, 0
    for bit in bits.flatten(order="F").tolist():
        if bit != inside:
            result.append(length)
            inside, length = bit, 0
        length += 1
    return [*result, length]


def set_case(draw):
    """Masks of one size with their unions, intersections and overlaps; the last two do not meet the first."""
    height, width, masks = 40, 50, []
    for _ in range(8):
        corners = []
        for _ in range(draw.randint(3, 7)):
            corners += [draw.uniform(-5, 55), draw.uniform(-5, 45)]
        masks.append(rle.frPyObjects([corners], height, width)[0])
    masks.append(rle.encode(np.zeros((height, width), np.uint8, order="F")))
    masks.append(rle.encode(np.ones((height, width), np.uint8, order="F")))
    crowds = [index % 2 for index in range(len(masks))]
    boxes = [[draw.uniform(0, 30), draw.uniform(0, 30), draw.uniform(1, 30), draw.uniform(1, 30)] for _ in masks]
    return {
        "height": height, "width": width, "masks": [text(mask) for mask in masks], "crowds": crowds, "boxes": boxes,
        "unions": [text(rle.merge([masks[i], masks[j]])) for i in range(10) for j in range(10)],
        "intersections": [text(rle.merge([masks[i], masks[j]], intersect=True)) for i in range(10) for j in range(10)],
        "union": text(rle.merge(masks[:5])),
        "overlaps": rle.iou(masks, masks, crowds).flatten().tolist(),
        "boxOverlaps": rle.iou(np.array(boxes), np.array(boxes), crowds).flatten().tolist(),
    }  # fmt: skip


# --- Label maps ------------------------------------------------------------------------------------------------------


def label_map_cases():
    values = (np.arange(6 * 7).reshape(6, 7) * 37 % 256).astype(np.uint8)
    colours = [(3 * index + 100) % 256 for index in range(768)]
    cases = {}

    def add(name, image, expected, **options):
        data = io.BytesIO()
        image.save(data, "PNG", **options)
        cases[name] = {"png": base64.b64encode(data.getvalue()).decode(), "values": expected}

    def palette(limit):
        indices = (values.astype(int) % limit).astype(np.uint8)
        image = Image.fromarray(indices, "P")
        image.putpalette(colours[: 3 * limit])
        return image, indices.flatten().tolist()

    add("grey", Image.fromarray(values), values.flatten().tolist())
    info = PngInfo()
    info.add(b"gAMA", (45455).to_bytes(4, "big"))
    add("grey with gamma", Image.fromarray(values), values.flatten().tolist(), pnginfo=info)
    add("grey with a transparent value", Image.fromarray(values), values.flatten().tolist(), transparency=37)
    for bits in (1, 2, 4, 8):
        image, expected = palette(1 << bits)
        add(f"palette of {bits} bits", image, expected, bits=bits)
    image, expected = palette(256)
    add("palette with transparency", image, expected, transparency=bytes(range(256)))
    add("two grey levels", Image.fromarray(values % 2 * 255).convert("1"), (values % 2).flatten().tolist())
    add("colour", Image.fromarray(np.stack([values] * 3, -1)), None)
    add("16 bits", Image.fromarray(values.astype(np.uint16)), values.flatten().tolist())
    add("grey and alpha", Image.fromarray(np.stack([values] * 2, -1), "LA"), None)
    return cases


def mean_overlap():
    """Class 4 is never true but predicted, class 5 neither; a tenth of the pixels is to be ignored."""
    draw = SplitMix64(1203)
    intersect, predicted, labelled = np.zeros(6), np.zeros(6), np.zeros(6)
    for _ in range(5):
        pixels = [(draw.below(10), draw.below(4), draw.below(5), draw.below(3)) for _ in range(37 * 29)]
        truth = np.array([255 if ignored == 0 else label for ignored, label, _, _ in pixels])
        guess = np.array([label if keep else other for _, label, other, keep in pixels])
        guess, truth = guess[truth != 255], truth[truth != 255]
        intersect += np.histogram(guess[guess == truth], bins=6, range=(0, 6))[0]
        predicted += np.histogram(guess, bins=6, range=(0, 6))[0]
        labelled += np.histogram(truth, bins=6, range=(0, 6))[0]
    with np.errstate(invalid="ignore"):
        overlap, accuracy = intersect / (predicted + labelled - intersect), intersect / labelled
    plain = lambda values: [None if np.isnan(value) else float(value) for value in values]  # noqa: E731
    return {"miou": float(np.nanmean(overlap)), "macc": float(np.nanmean(accuracy)),
            "aacc": float(intersect.sum() / labelled.sum()), "iou": plain(overlap), "acc": plain(accuracy)}  # fmt: skip


def main():
    draw = random.Random(7)
    goldens = {
        "polygons": polygon_cases(draw), "boxes": box_cases(draw), "bitmaps": bitmap_cases(draw),
        "sets": set_case(draw), "labelMaps": label_map_cases(), "meanOverlap": mean_overlap(),
    }  # fmt: skip
    (HERE / "goldens.json").write_text(json.dumps(goldens) + "\n")
    evaluator_goldens()


if __name__ == "__main__":
    main()
