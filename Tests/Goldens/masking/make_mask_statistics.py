#!/usr/bin/env python3
"""Writes block_mask_statistics.json: what BEiT's block masks look like over 20,000 draws on a 14 x 14 grid.

The generator places blocks of 16 to 75 patches (aspect 0.3 to 1/0.3, log-uniform) until N are masked or ten attempts in a
row fail, so it often falls short of N. `frequency` is how often each position is masked, over all draws; with 20,000 draws
its standard error is 0.0035. `topped_up` is the same after uniformly chosen patches fill the mask up to exactly N.
"""

import json
import math
import random
import statistics
from pathlib import Path

SIDE, MINIMUM, MAXIMUM, ASPECT, DRAWS = 14, 16, 75, 0.3, 20_000


def place_block(mask, limit, rng):
    """Marks one block of at most `limit` new patches; how many it added, 0 when ten attempts fail."""
    for _ in range(10):
        area = rng.uniform(MINIMUM, limit)  # runs downwards when fewer than the minimum are left
        aspect = math.exp(rng.uniform(math.log(ASPECT), math.log(1 / ASPECT)))
        height, width = round(math.sqrt(area * aspect)), round(math.sqrt(area / aspect))
        if height >= SIDE or width >= SIDE:
            continue
        top, left = rng.randint(0, SIDE - height), rng.randint(0, SIDE - width)
        block = {row * SIDE + column for row in range(top, top + height) for column in range(left, left + width)}
        new = block - mask
        if 0 < len(new) <= limit:
            mask |= new
            return len(new)
    return 0


def draw_mask(target, rng):
    mask, blocks = set(), 0
    while len(mask) < target:
        if place_block(mask, min(target - len(mask), MAXIMUM), rng) == 0:
            break
        blocks += 1
    return mask, blocks


def percentile(ordered, percent):
    return ordered[min(len(ordered) - 1, int(percent / 100 * len(ordered)))]


def boundary(mask):
    """Pairs of neighbouring patches of which one is masked: small for blocks, large for scattered patches."""
    right = sum((i in mask) != (i + 1 in mask) for i in range(SIDE * SIDE) if i % SIDE < SIDE - 1)
    down = sum((i in mask) != (i + SIDE in mask) for i in range(SIDE * (SIDE - 1)))
    return right + down


def describe(target):
    rng = random.Random(target)
    counts, blocks, edges, topped_edges = [], [], [], []
    frequency, topped_frequency = [0] * (SIDE * SIDE), [0] * (SIDE * SIDE)
    for _ in range(DRAWS):
        mask, placed = draw_mask(target, rng)
        counts.append(len(mask))
        blocks.append(placed)
        edges.append(boundary(mask))
        for index in mask:
            frequency[index] += 1
        mask |= set(rng.sample([i for i in range(SIDE * SIDE) if i not in mask], target - len(mask)))
        topped_edges.append(boundary(mask))
        for index in mask:
            topped_frequency[index] += 1
    ordered = sorted(counts)
    return {
        "target": target, "maximum_block": MAXIMUM, "minimum_block": MINIMUM, "draws": DRAWS,
        "mean": round(statistics.fmean(counts), 3), "minimum": ordered[0], "maximum": ordered[-1],
        "percentiles": {str(p): percentile(ordered, p) for p in (1, 5, 10, 25, 50, 75)},
        "exact_fraction": round(counts.count(target) / DRAWS, 4), "mean_blocks": round(statistics.fmean(blocks), 3),
        "mean_boundary": round(statistics.fmean(edges), 2),
        "frequency": [round(value / DRAWS, 4) for value in frequency],
        "topped_up": {"mean_boundary": round(statistics.fmean(topped_edges), 2),
                      "frequency": [round(value / DRAWS, 4) for value in topped_frequency]},
    }


if __name__ == "__main__":
    table = {f"n{target}": describe(target) for target in (75, 98)}
    path = Path(__file__).with_name("block_mask_statistics.json")
    path.write_text(json.dumps(table) + "\n")
    for name, row in table.items():
        print(name, {key: value for key, value in row.items() if key not in ("frequency", "topped_up")})
