#!/usr/bin/env python3
"""Writes the goldens of boxes and regions, each a safetensors file beside this script.

torchvision's compiled operators need a matching libtorch, so they are not used: suppression is the plain double loop,
RoIAlign the definition of its kernels. Where torchvision is installed, that is compared with its Python form, which
knows no border, on the regions that stay within the image.

    boxes      anchors of a 96 x 128 frame and which of them a 64 x 100 image reaches; overlaps; matches of anchors and
               of proposals; changes of boxes both ways; suppression of 1,000 boxes with equal scores and equal boxes
    regions    float64: RoIAlign of two levels and two images, forward and gradient; levels of boxes; mask targets and
               pasted masks, none of whose values is near the threshold
"""

import os

os.environ["TORCH_COMPILE_DISABLE"] = "1"

import torch
import torch.nn.functional as F

from common import (anchors, boxes, decode, draw, encode, iou, level, match, roi_align, suppress, uniform, valid_anchors,
                    write)

SHAPES = [(24, 32), (12, 16), (6, 8), (3, 4), (2, 2)]


def box_goldens():
    every = anchors(SHAPES)
    valid = valid_anchors(SHAPES, 64, 128)
    truths = torch.tensor([[3, 5, 40, 30], [20, 20, 60, 62], [22, 18, 61, 60], [0, 0, 99, 63], [70, 10, 75, 15]]).float()
    assigned = torch.full((len(every),), -3)
    assigned[valid] = match(iou(truths, every[valid]), 0.7, 0.3, 0.3)

    # Proposals around the true boxes; the last ones twice, so that the best overlap is a tie.
    near = truths.repeat(30, 1) + draw(150, 4, scale=4).float()
    near = (torch.cat([torch.minimum(near[:, :2], near[:, 2:] - 1), near[:, 2:]], 1) * 8).round() / 8
    near = torch.cat([near, near[-20:]])

    base, target = boxes(40, 128, 96).float(), boxes(40, 128, 96).float()
    deltas = draw(40, 4, scale=1.5).float()
    deltas[:4, 2:] *= 6  # beyond the limit

    many = boxes(1000, 200, 150, smallest=10, largest=60).float()
    many[500:540] = many[:40]
    scores = (uniform(1000) * 40).floor().float() / 40
    groups = (uniform(1000) * 5).long()
    groups[500:540] = groups[:40]
    write("boxes", {
        "anchors": every, "valid": valid.to(torch.uint8), "truths": truths, "assigned": assigned,
        "proposals": near, "assigned_proposals": match(iou(truths, near), 0.5, 0.5, 0.5), "overlaps": iou(truths, near),
        "base": base, "target": target, "deltas": encode(base, target),
        "deltas_head": encode(base, target, (.1, .1, .2, .2)), "random_deltas": deltas,
        "decoded": decode(base, deltas, 120, 90), "decoded_head": decode(base, deltas, 120, 90, (.1, .1, .2, .2)),
        "many": many, "scores": scores, "groups": groups,
        "kept": torch.tensor(suppress(many, scores, groups, 0.5)),
        "kept_together": torch.tensor(suppress(many, scores, torch.zeros(1000), 0.7))})


def compare_with_torchvision(maps, rois, scale, side, expected):
    try:
        from torchvision.ops import roi_align as theirs
    except ImportError:
        return
    size = torch.tensor([maps.shape[3], maps.shape[2]]).double() / scale
    inside = (rois[:, 1:3] >= 0).all(1) & (rois[:, 3:] <= size).all(1)
    error = (theirs(maps, rois[inside], side, scale, -1, True) - expected[inside]).abs().max().item()
    print(f"torchvision's Python form differs by {error} on {inside.sum().item()} regions")
    assert error < 1e-12


def region_goldens():
    maps = [draw(2, 3, 16, 20).requires_grad_(), draw(2, 3, 8, 10).requires_grad_()]
    scales = [1 / 4, 1 / 8]
    region = torch.cat([
        boxes(8, 80, 64, smallest=3, largest=60), torch.tensor([
            [-20, -12, 30, 25], [60, 50, 95, 80], [10, 10, 10, 30], [30, 30, 20, 20], [200, 200, 240, 240], [0, 0, 80, 64],
            [5, 40, 79, 42], [3.125, 4.5, 3.875, 5]]).double()])
    image = torch.arange(len(region)) % 2
    which = torch.arange(len(region)) // 2 % 2
    output = torch.stack([roi_align(maps[which[i]][image[i]], region[i], 3, scales[which[i]]) for i in range(len(region))])
    for number in range(2):
        chosen = which == number
        rois = torch.cat([image[chosen, None].double(), region[chosen]], 1)
        compare_with_torchvision(maps[number], rois, scales[number], 3, output[chosen])
    upstream = draw(*output.shape)
    gradients = torch.autograd.grad((output * upstream).sum(), maps)

    sizes = boxes(60, 1300, 800, smallest=8, largest=1000)
    sizes = torch.cat([sizes, torch.tensor([[0, 0, 112, 112], [0, 0, 111.875, 112], [0, 0, 224, 224], [0, 0, 448, 448],
                                            [0, 0, 1, 1], [0, 0, 1300, 800]]).double()])

    y, x = torch.meshgrid(torch.arange(40).double(), torch.arange(50).double(), indexing="ij")
    mask = (((x - 24.3) / 15.2) ** 2 + ((y - 18.6) / 12.1) ** 2 < 1) & ((x + y).remainder(11) > 1)
    mask_boxes = torch.tensor([[9.25, 6.5, 39.75, 31], [20, 10, 33.5, 14.25], [-3, 2.125, 52, 45.5]]).double()
    cut = torch.stack([roi_align(mask[None].double(), box, 28, 1.0)[0] for box in mask_boxes])
    near = (cut - 0.5).abs() < 1e-6

    smooth = F.interpolate(uniform(4, 1, 5, 5), (28, 28), mode="bicubic", align_corners=True)
    paste = torch.tensor([[3.3, 5.2, 40.7, 50.1], [-10.4, -3.3, 25.6, 70.9], [50.2, 20.1, 95.5, 90.4],
                          [30.6, 30.3, 31.9, 33.2]]).double()
    pasted = torch.stack([paste_one(*pair, 60, 80) for pair in zip(smooth, paste)])
    doubtful = (pasted - 0.5).abs() < 1e-5
    write("regions", {
        "map0": maps[0], "map1": maps[1], "boxes": region, "image": image, "level": which, "output": output,
        "output_gradient": upstream, "gradient0": gradients[0], "gradient1": gradients[1],
        "sized": sizes, "levels": level(sizes),
        "mask": mask.to(torch.uint8), "mask_boxes": mask_boxes, "mask_targets": (cut >= 0.5).to(torch.uint8),
        "mask_near": near.to(torch.uint8),
        "paste_maps": smooth[:, 0], "paste_boxes": paste, "pasted": (pasted >= 0.5).to(torch.uint8),
        "pasted_near": doubtful.to(torch.uint8)}, torch.float64)
    print("values at the threshold:", near.sum().item(), "of targets,", doubtful.sum().item(), "of pasted pixels")


def paste_one(values, box, height, width):
    left, top, right, bottom = box.tolist()
    y = (torch.arange(height).double() + 0.5 - top) / (bottom - top) * 2 - 1
    x = (torch.arange(width).double() + 0.5 - left) / (right - left) * 2 - 1
    grid = torch.stack(torch.broadcast_tensors(x[None, :], y[:, None]), -1)
    return F.grid_sample(values[None], grid[None], align_corners=False)[0, 0]


box_goldens()
region_goldens()
