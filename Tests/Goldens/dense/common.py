"""What the scripts of this folder share: draws, files, and the definitions that the goldens are made from."""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

GENERATOR = torch.Generator().manual_seed(29)


def draw(*shape, scale=1.0, centre=0.0):
    """Float64 normal values that float32 holds exactly."""
    return (centre + scale * torch.randn(*shape, generator=GENERATOR)).double()


def uniform(*shape, low=0.0, high=1.0):
    return (low + (high - low) * torch.rand(*shape, generator=GENERATOR)).double()


def write(name, tensors, dtype=torch.float32):
    path = Path(__file__).with_name(f"{name}.safetensors")
    kept = {key: value.detach().to(dtype if value.dtype in (torch.float32, torch.float64) else value.dtype).contiguous().clone()
            for key, value in tensors.items()}
    save_file(kept, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


def boxes(count, width, height, smallest=4.0, largest=40.0):
    """Boxes inside an image, edges on eighths of a pixel so that every precision agrees on them."""
    size = uniform(count, 2, low=smallest, high=largest)
    size = torch.minimum(size, torch.tensor([width, height]).double())
    corner = uniform(count, 2) * (torch.tensor([width, height]).double() - size)
    return (torch.cat([corner, corner + size], 1) * 8).round() / 8


def iou(a, b):
    """[A, B], in the boxes' own precision, in the order of operations that detection code has."""
    corner = torch.maximum(a[:, None, :2], b[None, :, :2])
    size = (torch.minimum(a[:, None, 2:], b[None, :, 2:]) - corner).clamp(min=0)
    both = size[..., 0] * size[..., 1]
    area = [(x[:, 2] - x[:, 0]) * (x[:, 3] - x[:, 1]) for x in (a, b)]
    return both / (area[0][:, None] + area[1][None] - both).clamp(min=1e-6)


def anchors(shapes, strides=(4, 8, 16, 32, 64), scale=8, ratios=(0.5, 1.0, 2.0)):
    """Float32, location-major, then ratio; height over width is the ratio."""
    result = []
    for (rows, columns), stride in zip(shapes, strides):
        root = torch.tensor(ratios).sqrt()
        width, height = stride * scale / root, stride * scale * root
        base = torch.stack([-width / 2, -height / 2, width / 2, height / 2], 1)
        y, x = torch.meshgrid(torch.arange(rows) * stride, torch.arange(columns) * stride, indexing="ij")
        shift = torch.stack([x, y, x, y], -1).reshape(-1, 1, 4).float()
        result.append((shift + base).reshape(-1, 4))
    return torch.cat(result)


def valid_anchors(shapes, height, width, strides=(4, 8, 16, 32, 64)):
    flags = []
    for (rows, columns), stride in zip(shapes, strides):
        y = torch.arange(rows) < math.ceil(height / stride)
        x = torch.arange(columns) < math.ceil(width / stride)
        flags.append((y[:, None] & x[None]).reshape(-1, 1).expand(-1, 3).reshape(-1))
    return torch.cat(flags)


NEGATIVE, IGNORED = -1, -2


def match(overlaps, positive, negative, lowest):
    """[truths, candidates] to each candidate's truth, NEGATIVE or IGNORED: highest overlap, then every truth's best."""
    truths, candidates = overlaps.shape
    assigned = torch.full((candidates,), IGNORED)
    if truths == 0:
        return torch.full((candidates,), NEGATIVE)
    highest, first = overlaps.max(0)
    assigned[highest < negative] = NEGATIVE
    assigned[highest >= positive] = first[highest >= positive]
    for truth in range(truths):
        best = overlaps[truth].max()
        if best >= lowest:
            assigned[overlaps[truth] == best] = truth
    return assigned


def encode(base, target, deviations=(1, 1, 1, 1)):
    size, wanted = base[:, 2:] - base[:, :2], target[:, 2:] - target[:, :2]
    shift = ((target[:, :2] + target[:, 2:]) / 2 - (base[:, :2] + base[:, 2:]) / 2) / size
    return torch.cat([shift, (wanted / size).log()], 1) / torch.tensor(deviations).to(base.dtype)


def decode(base, deltas, width, height, deviations=(1, 1, 1, 1)):
    change = deltas * torch.tensor(deviations).to(base.dtype)
    limit = abs(math.log(16 / 1000))
    size = base[:, 2:] - base[:, :2]
    wanted = size * change[:, 2:].clamp(-limit, limit).exp()
    centre = (base[:, :2] + base[:, 2:]) / 2 + size * change[:, :2]
    box = torch.cat([centre - wanted / 2, centre + wanted / 2], 1)
    return torch.minimum(box.clamp(min=0), torch.tensor([width, height, width, height]).to(box.dtype))


def suppress(box, score, group, threshold):
    """Indices kept, by falling score; of equal scores the first comes first."""
    order = sorted(range(len(score)), key=lambda i: (-score[i].item(), i))
    overlaps, kept = iou(box, box), []
    for i in order:
        if all(group[i] != group[j] or overlaps[i, j] <= threshold for j in kept):
            kept.append(i)
    return kept


def roi_align(feature, box, side, scale):
    """One region [C, side, side] of one map [C, H, W] by the definition: aligned, a sample a cell rounded up, means."""
    _, height, width = feature.shape
    left, top, right, bottom = (box * scale - 0.5).tolist()
    bin_h, bin_w = (bottom - top) / side, (right - left) / side
    rows, columns = max(0, math.ceil(bin_h)), max(0, math.ceil(bin_w))

    def sample(y, x):
        if y < -1 or y > height or x < -1 or x > width:
            return torch.zeros_like(feature[:, 0, 0])
        y, x = max(y, 0.0), max(x, 0.0)
        y0, x0 = min(int(y), height - 1), min(int(x), width - 1)
        y1, x1 = min(y0 + 1, height - 1), min(x0 + 1, width - 1)
        fy, fx = (y - y0 if y0 < y1 else 0.0), (x - x0 if x0 < x1 else 0.0)
        upper = feature[:, y0, x0] * (1 - fx) + feature[:, y0, x1] * fx
        lower = feature[:, y1, x0] * (1 - fx) + feature[:, y1, x1] * fx
        return upper * (1 - fy) + lower * fy

    result = []
    for i in range(side):
        for j in range(side):
            values = [sample(top + i * bin_h + (k + 0.5) * bin_h / rows, left + j * bin_w + (l + 0.5) * bin_w / columns)
                      for k in range(rows) for l in range(columns)]
            result.append(torch.stack(values).mean(0) if values else torch.zeros_like(feature[:, 0, 0]))
    return torch.stack(result, 1).reshape(-1, side, side)


def level(box):
    root = ((box[:, 2] - box[:, 0]) * (box[:, 3] - box[:, 1])).sqrt()
    return (root / 56 + 1e-6).log2().floor().clamp(0, 3).long()
