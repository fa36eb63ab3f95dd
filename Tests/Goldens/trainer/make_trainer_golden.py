#!/usr/bin/env python3
"""Writes trainer.safetensors beside this script: five whole updates of a small network, by PyTorch alone.

Each update sees all eight rows of `inputs` once, in two halves whose gradients are averaged, so that the order of the rows does not matter.
The loss is the mean over rows of half the squared distance to `targets`. Everything is computed in float64 from values that float32 holds.

    network       first.weight, first.bias (6 -> 5), GELU, second.weight, second.bias (5 -> 3)
    learning rate BEiT's schedule (beit/utils.py, cosine_scheduler): two updates of warm-up to 0.05, half a cosine to 0.001
    weight decay  DINO's (main_dino.py): half a cosine from 0.2 to 0.4, for matrices; biases have none
    AdamW         betas 0.9 and 0.95, eps 1e-8; gradients clipped to a norm of 0.5, which all five exceed
    losses, norms of each update before clipping; `final.<name>` are the weights after the fifth
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

UPDATES, WARMUP, PEAK, LOWEST = 5, 2, 0.05, 0.001
DECAY, LAST_DECAY, CLIP = 0.2, 0.4, 0.5


def cosine(step, steps, first, last):
    return last + 0.5 * (first - last) * (1 + math.cos(math.pi * step / steps))


def rate(step):
    return PEAK * step / (WARMUP - 1) if step < WARMUP else cosine(step - WARMUP, UPDATES - WARMUP, PEAK, LOWEST)


def main():
    generator = torch.Generator().manual_seed(5)

    def draw(*shape, scale=1.0):
        return (scale * torch.randn(*shape, generator=generator)).double()

    inputs, targets = draw(8, 6), 2 * draw(8, 3)
    weights = {
        "first.weight": draw(5, 6, scale=0.5), "first.bias": draw(5, scale=0.1),
        "second.weight": draw(3, 5, scale=0.5), "second.bias": draw(3, scale=0.1),
    }
    kept = {"inputs": inputs, "targets": targets} | {name: value.clone() for name, value in weights.items()}
    for value in weights.values():
        value.requires_grad_()
    matrices = [weights["first.weight"], weights["second.weight"]]
    vectors = [weights["first.bias"], weights["second.bias"]]
    optimizer = torch.optim.AdamW([{"params": matrices}, {"params": vectors}], betas=(0.9, 0.95), eps=1e-8)
    losses, norms = [], []
    for step in range(UPDATES):
        optimizer.zero_grad()
        parts = []
        for half in (slice(0, 4), slice(4, 8)):
            hidden = torch.nn.functional.gelu(inputs[half] @ weights["first.weight"].T + weights["first.bias"])
            output = hidden @ weights["second.weight"].T + weights["second.bias"]
            loss = 0.5 * (output - targets[half]).square().sum(1).mean()
            (loss / 2).backward()
            parts.append(loss.item())
        losses.append(sum(parts) / 2)
        norms.append(torch.nn.utils.clip_grad_norm_(matrices + vectors, CLIP).item())
        assert norms[-1] > CLIP
        for group, decay in zip(optimizer.param_groups, (cosine(step, UPDATES, DECAY, LAST_DECAY), 0.0)):
            group["lr"], group["weight_decay"] = rate(step), decay
        optimizer.step()
    kept |= {f"final.{name}": value.detach() for name, value in weights.items()}
    kept |= {"losses": torch.tensor(losses), "norms": torch.tensor(norms)}
    save_file({name: value.float().contiguous() for name, value in kept.items()}, Path(__file__).with_name("trainer.safetensors"))


main()
