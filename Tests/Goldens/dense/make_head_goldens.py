#!/usr/bin/env python3
"""Writes the goldens of networks and losses, each a safetensors file beside this script. Everything is computed in float64
from values that float32 holds, by the definitions of facebookresearch/xcit (detection/), mmdetection 2.11 and
mmsegmentation 0.11. Weights carry the program's own keys.

    detection     positions; the adapter in both modes; the feature pyramid; the region proposal network's head; the
                  other heads, their losses and detections. Losses count every region, so that nothing is drawn
    proposals     the region proposal network's losses of every anchor, and its proposals
    segmentation  UPerNet's heads on the adapter's maps: logits in evaluation; losses, running statistics and some
                  gradients in training, without dropout
"""

import math

import torch
import torch.nn.functional as F

from common import (IGNORED, NEGATIVE, anchors, boxes, decode, draw, encode, iou, match, roi_align, suppress, uniform,
                    valid_anchors, write)


def weights(shapes, scale=0.3):
    return {name: draw(*shape, scale=scale).requires_grad_() for name, shape in shapes.items()}


def norm_shapes(name, channels):
    return {f"{name}.{part}": [channels] for part in ("weight", "bias", "running_mean", "running_var")}


def prepare(parameters):
    """Variances above zero, statistics without gradients."""
    for name in parameters:
        if name.endswith("running_var"):
            parameters[name] = parameters[name].detach().abs() + 0.5
        if name.endswith("running_mean"):
            parameters[name] = parameters[name].detach()
    return parameters


def norm(x, w, name, training):
    return F.batch_norm(x, w[f"{name}.running_mean"], w[f"{name}.running_var"], w[f"{name}.weight"], w[f"{name}.bias"],
                        training, 0.1, 1e-5)


def conv(x, w, name, padding=0):
    return F.conv2d(x, w[f"{name}.weight"], w.get(f"{name}.bias"), padding=padding)


def prefixed(prefix, tensors):
    return {f"{prefix}.{key}": value for key, value in tensors.items()}


def positions(rows, columns, w):
    """XCiT's module: cumulative indices over the last one, 32 features an axis, sines and cosines by turns, y first."""
    y = torch.arange(1, rows + 1).double()[:, None].expand(rows, columns)
    x = torch.arange(1, columns + 1).double()[None].expand(rows, columns)
    y, x = y / (y[-1:] + 1e-6) * 2 * math.pi, x / (x[:, -1:] + 1e-6) * 2 * math.pi
    frequency = 10000 ** (2 * (torch.arange(32) // 2) / 32).double()
    features = []
    for axis in (y, x):
        angle = axis[..., None] / frequency
        features.append(torch.stack((angle[..., 0::2].sin(), angle[..., 1::2].cos()), -1).flatten(-2))
    pixels = torch.cat(features, -1).permute(2, 0, 1)[None]
    return conv(pixels, w, "token_projection")[0].flatten(1).T


def adapter_weights(width):
    up = {"weight": [width, width, 2, 2], "bias": [width]}
    return prepare(weights(prefixed("fpn1.0", up) | norm_shapes("fpn1.1", width) | prefixed("fpn1.3", up)
                           | prefixed("fpn2.0", up)))


def adapter(maps, w, training):
    def up(x, name):
        return F.conv_transpose2d(x, w[f"{name}.weight"], w[f"{name}.bias"], stride=2)
    first = up(F.gelu(norm(up(maps[0], "fpn1.0"), w, "fpn1.1", training)), "fpn1.3")
    return [first, up(maps[1], "fpn2.0"), maps[2], F.max_pool2d(maps[3], 2)]


def pyramid(maps, w):
    sums = [conv(x, w, f"lateral_convs.{i}") for i, x in enumerate(maps)]
    for i in range(3, 0, -1):
        sums[i - 1] = sums[i - 1] + F.interpolate(sums[i], sums[i - 1].shape[2:], mode="nearest")
    levels = [conv(x, w, f"fpn_convs.{i}", 1) for i, x in enumerate(sums)]
    return levels + [levels[-1][:, :, ::2, ::2]]


def detection():
    result = {}
    w = weights({"token_projection.weight": [8, 64, 1, 1], "token_projection.bias": [8]})
    result |= prefixed("positions", w | {"output": positions(3, 5, w)})

    w = adapter_weights(4)
    maps = [draw(2, 4, 4, 6) for _ in range(4)]
    result |= prefixed("adapter", {f"input{i}": x for i, x in enumerate(maps)}) | prefixed("adapter", {
        key: value.clone() for key, value in w.items()})
    result["adapter.evaluation"] = adapter(maps, w, False)[0]
    outputs = adapter(maps, w, True)
    result |= prefixed("adapter", {f"output{i}": x for i, x in enumerate(outputs)})
    result["adapter.mean_after"] = w["fpn1.1.running_mean"]
    result["adapter.variance_after"] = w["fpn1.1.running_var"]

    shapes = {}
    for i in range(4):
        shapes |= {f"lateral_convs.{i}.weight": [5, 4, 1, 1], f"lateral_convs.{i}.bias": [5],
                   f"fpn_convs.{i}.weight": [5, 5, 3, 3], f"fpn_convs.{i}.bias": [5]}
    w = weights(shapes)
    maps = [draw(1, 4, *size) for size in [(16, 12), (8, 6), (4, 3), (2, 2)]]
    levels = pyramid(maps, w)
    result |= prefixed("pyramid", w | {f"input{i}": x for i, x in enumerate(maps)}
                       | {f"output{i}": x for i, x in enumerate(levels)})

    w = weights({"rpn_conv.weight": [5, 5, 3, 3], "rpn_conv.bias": [5], "rpn_cls.weight": [3, 5, 1, 1],
                 "rpn_cls.bias": [3], "rpn_reg.weight": [12, 5, 1, 1], "rpn_reg.bias": [12]})
    logits, deltas = [], []
    for x in levels:
        hidden = conv(x, w, "rpn_conv", 1).relu()
        logits.append(conv(hidden, w, "rpn_cls").permute(0, 2, 3, 1).reshape(1, -1))
        deltas.append(conv(hidden, w, "rpn_reg").permute(0, 2, 3, 1).reshape(1, -1, 4))
    result |= prefixed("rpn", w | {"logits": torch.cat(logits, 1), "deltas": torch.cat(deltas, 1)})
    write("detection", result | heads())
    write("proposals", proposals())


def proposals():
    """Two images in a frame of 64 x 96, every anchor sampled; the second image has no object and is smaller."""
    shapes = [(16, 24), (8, 12), (4, 6), (2, 3), (1, 2)]
    every = anchors(shapes)
    logits, deltas = draw(2, len(every), scale=2), draw(2, len(every), 4, scale=0.3)
    logits.requires_grad_(), deltas.requires_grad_()
    truths = [torch.tensor([[5, 6, 60, 50], [50, 20, 90, 60], [10, 40, 20, 52]]).float(), torch.zeros(0, 4)]
    sizes, padded = [(60, 90), (40, 64)], [(64, 96), (64, 64)]
    classification, box, divisor = 0, 0, 0
    for image in range(2):
        valid = valid_anchors(shapes, *padded[image])
        assigned = match(iou(truths[image], every[valid]), 0.7, 0.3, 0.3)
        kept, chosen = assigned != IGNORED, assigned >= 0
        own = logits[image][valid]
        classification = classification + F.binary_cross_entropy_with_logits(
            own[kept], chosen[kept].double(), reduction="sum")
        base = every[valid][chosen].double()
        wanted = encode(base, truths[image][assigned[chosen]].double())
        box = box + (deltas[image][valid][chosen] - wanted).abs().sum()
        divisor += max(1, chosen.sum().item()) + max(1, (assigned == NEGATIVE).sum().item())
    losses = [classification / divisor, box / divisor]
    result = {"logits": logits, "deltas": deltas, "truths": truths[0], "loss_cls": losses[0], "loss_bbox": losses[1],
              "gradient_logits": torch.autograd.grad(losses[0], logits)[0],
              "gradient_deltas": torch.autograd.grad(losses[1], deltas)[0]}

    # Proposals: the best 60 of a level, suppression within a level, the best 40 of an image.
    for image, (height, width) in enumerate(sizes):
        box, score, group, start = [], [], [], 0
        for number, (rows, columns) in enumerate(shapes):
            count = rows * columns * 3
            order = logits[image, start:start + count].detach().argsort(descending=True)[:60] + start
            box.append(decode(every[order].double(), deltas[image, order].detach(), width, height))
            score.append(logits[image, order].detach())
            group += [number] * len(order)
            start += count
        box, score = torch.cat(box), torch.cat(score)
        result[f"proposals{image}"] = box[suppress(box, score, group, 0.7)[:40]]
    return result


def heads():
    classes = 3
    w = weights({"shared_fcs.0.weight": [6, 4 * 49], "shared_fcs.0.bias": [6], "shared_fcs.1.weight": [6, 6],
                 "shared_fcs.1.bias": [6], "fc_cls.weight": [classes + 1, 6], "fc_cls.bias": [classes + 1],
                 "fc_reg.weight": [4 * classes, 6], "fc_reg.bias": [4 * classes]})
    features = draw(5, 4, 7, 7)
    hidden = features.flatten(1)
    for i in range(2):
        hidden = F.linear(hidden, w[f"shared_fcs.{i}.weight"], w[f"shared_fcs.{i}.bias"]).relu()
    logits = F.linear(hidden, w["fc_cls.weight"], w["fc_cls.bias"])
    deltas = F.linear(hidden, w["fc_reg.weight"], w["fc_reg.bias"]).reshape(5, classes, 4)
    result = prefixed("bbox_head", w | {"features": features, "logits": logits, "deltas": deltas})

    shapes = {f"convs.{i}.{part}": size for i in range(4) for part, size in (("weight", [4, 4, 3, 3]), ("bias", [4]))}
    w = weights(shapes | {"upsample.weight": [4, 4, 2, 2], "upsample.bias": [4],
                          "conv_logits.weight": [classes, 4, 1, 1], "conv_logits.bias": [classes]})
    features = draw(2, 4, 14, 14)
    hidden = features
    for i in range(4):
        hidden = conv(hidden, w, f"convs.{i}", 1).relu()
    hidden = F.conv_transpose2d(hidden, w["upsample.weight"], w["upsample.bias"], stride=2).relu()
    result |= prefixed("mask_head", w | {"features": features, "logits": conv(hidden, w, "conv_logits")})
    return result | head_losses(classes) | detections(classes)


def head_losses(classes):
    """Two images, six proposals each, every region sampled: positives first, then negatives, true boxes last of each."""
    truths = [torch.tensor([[4, 6, 30, 28], [20, 10, 44, 40]]).double(), torch.tensor([[8, 8, 24, 36]]).double()]
    labels = [[2, 0], [1]]
    proposals = [torch.tensor([[5, 6, 31, 27], [2, 2, 12, 12], [21, 11, 40, 41], [18, 8, 46, 41], [30, 30, 47, 47],
                               [4, 5, 29, 30]]).double(),
                 torch.tensor([[0, 0, 10, 10], [9, 7, 25, 35], [40, 2, 46, 9], [8, 20, 24, 36], [6, 6, 28, 40],
                               [30, 5, 44, 30]]).double()]
    y, x = torch.meshgrid(torch.arange(48), torch.arange(48), indexing="ij")
    masks = [torch.stack([((x - 17.0) ** 2 + (y - 17.0) ** 2 < 110), (x + y > 45) & (x < 41) & (y < 37)]),
             torch.stack([(x > 10) & (x < 22) & (y > 9) & (y < 33) & ((x - y).abs() > 2)])]
    wanted_label, wanted_delta, own, targets, region = [], [], [], [], []
    for image in range(2):
        assigned = match(iou(truths[image].float(), proposals[image].float()), 0.5, 0.5, 0.5)
        every = torch.cat([proposals[image], truths[image]])
        assigned = torch.cat([assigned, torch.arange(len(truths[image]))])
        chosen = torch.cat([(assigned >= 0).nonzero()[:, 0], (assigned < 0).nonzero()[:, 0]])
        for i in chosen.tolist():
            truth = assigned[i].item()
            wanted_label.append(labels[image][truth] if truth >= 0 else classes)
            if truth >= 0:
                own.append(len(wanted_label) - 1)
                wanted_delta.append(encode(every[i:i + 1], truths[image][truth:truth + 1], (.1, .1, .2, .2)))
                targets.append((roi_align(masks[image][truth][None].double(), every[i], 28, 1.0)[0] >= 0.5).double())
            region.append(torch.cat([torch.tensor([image]).double(), every[i]]))
    wanted = torch.tensor(wanted_label)
    logits, deltas = draw(len(wanted), classes + 1).requires_grad_(), draw(len(wanted), classes, 4).requires_grad_()
    mask_logits = draw(len(own), classes, 28, 28, scale=2).half().double()
    classification = F.cross_entropy(logits, wanted, reduction="sum") / len(wanted)
    box = (deltas[own, wanted[own]] - torch.cat(wanted_delta)).abs().sum() / len(wanted)
    mask = F.binary_cross_entropy_with_logits(mask_logits[range(len(own)), wanted[own]], torch.stack(targets))
    gradients = torch.autograd.grad(classification + box, [logits, deltas])
    return prefixed("loss", {
        "truths0": truths[0], "truths1": truths[1], "proposals0": proposals[0], "proposals1": proposals[1],
        "masks0": masks[0].to(torch.uint8), "masks1": masks[1].to(torch.uint8), "regions": torch.stack(region),
        "labels": wanted, "logits": logits, "deltas": deltas, "loss_cls": classification,
        "loss_bbox": box, "loss_mask": mask, "gradient_logits": gradients[0], "gradient_deltas": gradients[1],
        "mask_logits": mask_logits.half()})


def detections(classes):
    """Two images, 20 regions each; probabilities above .05, suppression by class at .5, the best 12."""
    region = [boxes(20, 90, 60, smallest=10), boxes(20, 64, 40, smallest=10)]
    logits, deltas = draw(40, classes + 1, scale=2), draw(40, classes, 4)
    result = {"regions": torch.cat(region), "logits": logits, "deltas": deltas}
    for image, (height, width) in enumerate([(60, 90), (40, 64)]):
        score = logits[image * 20:image * 20 + 20].softmax(1)[:, :classes]
        found = []
        for i in range(20):
            for label in range(classes):
                if score[i, label] > 0.05:
                    box = decode(region[image][i:i + 1], deltas[image * 20 + i, label:label + 1], width, height,
                                 (.1, .1, .2, .2))
                    found.append((box, score[i, label], label))
        box, score, label = torch.cat([f[0] for f in found]), torch.stack([f[1] for f in found]), [f[2] for f in found]
        kept = suppress(box, score, label, 0.5)[:12]
        result |= {f"boxes{image}": box[kept], f"scores{image}": score[kept],
                   f"labels{image}": torch.tensor(label)[kept]}
    return prefixed("detections", result)


def segmentation():
    width, channels, middle, classes = 8, 6, 5, 4

    def block(name, inputs, outputs, kernel):
        return {f"{name}.conv.weight": [outputs, inputs, kernel, kernel]} | norm_shapes(f"{name}.bn", outputs)

    shapes = {}
    for i in range(4):
        shapes |= block(f"decode_head.psp_modules.{i}", width, channels, 1)
    shapes |= block("decode_head.bottleneck", width + 4 * channels, channels, 3)
    for i in range(3):
        shapes |= block(f"decode_head.lateral_convs.{i}", width, channels, 1)
        shapes |= block(f"decode_head.fpn_convs.{i}", channels, channels, 3)
    shapes |= block("decode_head.fpn_bottleneck", 4 * channels, channels, 3)
    shapes |= {"decode_head.conv_seg.weight": [classes, channels, 1, 1], "decode_head.conv_seg.bias": [classes]}
    shapes |= block("auxiliary_head.convs.0", width, middle, 3)
    shapes |= {"auxiliary_head.conv_seg.weight": [classes, middle, 1, 1], "auxiliary_head.conv_seg.bias": [classes]}
    w = prepare(weights(shapes))
    maps = [draw(2, width, *size) for size in [(24, 16), (12, 8), (6, 4), (3, 2)]]

    def apply(x, name, training, padding=0):
        return norm(conv(x, w, f"{name}.conv", padding), w, f"{name}.bn", training).relu()

    def resize(x, size):
        return F.interpolate(x, size, mode="bilinear", align_corners=False)

    def head(training):
        parts = [maps[3]]
        for i, scale in enumerate((1, 2, 3, 6)):
            pooled = apply(F.adaptive_avg_pool2d(maps[3], scale), f"decode_head.psp_modules.{i}", training)
            parts.append(resize(pooled, maps[3].shape[2:]))
        sums = [apply(maps[i], f"decode_head.lateral_convs.{i}", training) for i in range(3)]
        sums.append(apply(torch.cat(parts, 1), "decode_head.bottleneck", training, 1))
        for i in range(3, 0, -1):
            sums[i - 1] = sums[i - 1] + resize(sums[i], sums[i - 1].shape[2:])
        levels = [apply(sums[i], f"decode_head.fpn_convs.{i}", training, 1) for i in range(3)] + [sums[3]]
        fused = torch.cat([resize(x, levels[0].shape[2:]) for x in levels], 1)
        return conv(apply(fused, "decode_head.fpn_bottleneck", training, 1), w, "decode_head.conv_seg")

    result = {key: value.clone() for key, value in w.items()} | {f"input{i}": x for i, x in enumerate(maps)}
    result["evaluation"] = head(False)
    labels = torch.randint(0, classes, (2, 48, 32), generator=torch.Generator().manual_seed(3))
    labels[0, :20] = 255
    logits = head(True)
    auxiliary = conv(apply(maps[2], "auxiliary_head.convs.0", True, 1), w, "auxiliary_head.conv_seg")
    losses = []
    for x, weight in ((logits, 1.0), (auxiliary, 0.4)):
        total = F.cross_entropy(resize(x, labels.shape[1:]), labels, ignore_index=255, reduction="sum")
        losses.append(weight * total / labels.numel())
    named = ["decode_head.psp_modules.0.conv.weight", "decode_head.lateral_convs.1.bn.weight",
             "auxiliary_head.convs.0.conv.weight"]
    gradients = torch.autograd.grad(sum(losses), [w[name] for name in named])
    result |= {f"gradient.{name}": gradient for name, gradient in zip(named, gradients)}
    result |= {"labels": labels, "logits": logits, "loss_seg": losses[0], "loss_aux": losses[1],
               "mean_after": w["decode_head.fpn_bottleneck.bn.running_mean"],
               "variance_after": w["decode_head.fpn_bottleneck.bn.running_var"]}
    write("segmentation", result)


detection()
segmentation()
