"""Whole updates of a method by PyTorch: batches, accumulation, clipping, schedules and AdamW, in float64.

Sixteen images in batches of four, two batches an update, so that an epoch has two updates; five updates.
"""

import math
from pathlib import Path

import torch
from safetensors.torch import save_file

import draws

SEED, IMAGES, BATCH, ACCUMULATE, UPDATES, WARMUP = 3, 16, 4, 2, 5, 2
UPDATES_PER_EPOCH = IMAGES // BATCH // ACCUMULATE
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).double(), torch.tensor([0.229, 0.224, 0.225]).double()


def cosine(step, steps, first, last):
    return last + 0.5 * (first - last) * (1 + math.cos(math.pi * step / steps))


def inclusive(peak, lowest, warmup=WARMUP):
    """BEiT's and DINO's schedule (beit/utils.py, main_dino.py): numpy.linspace(0, peak, warmup), then half a cosine."""
    def rate(step):
        if step < warmup:
            return peak * step / (warmup - 1) if warmup > 1 else peak
        return cosine(step - warmup, UPDATES - warmup, peak, lowest)

    return rate


def fractional(peak, lowest):
    """MAE's schedule (mae/util/lr_sched.py), in updates instead of epochs."""
    return lambda step: peak * step / WARMUP if step < WARMUP else cosine(step - WARMUP, UPDATES - WARMUP, peak, lowest)


class Place:
    """Where in the run a batch is, and its draws."""

    def __init__(self, step, micro_step):
        self.step, self.micro_step, self.epoch = step, micro_step, step // UPDATES_PER_EPOCH
        start = (step % UPDATES_PER_EPOCH * ACCUMULATE + micro_step) * BATCH
        self.images = draws.epoch_order(SEED, self.epoch, IMAGES)[start:start + BATCH]

    def of_image(self, image, purpose):
        return draws.Generator(SEED, self.epoch, image, purpose)

    def of_batch(self, purpose):
        return draws.Generator(SEED, self.micro_step, self.step, purpose)

    def factors(self, rate, depth, *sequences):
        """Stochastic depth for one or several passes through the encoder, `[depth, 2, sequences, 1, 1]` each."""
        generator = self.of_batch("stochasticDepth")
        return [torch.tensor(draws.stochastic_depth(generator, rate, depth, count)).double()[..., None, None]
                for count in sequences]


def normalised(pixels):
    """[B, 3, H, W] of [B, H, W, 3] bytes."""
    return ((pixels.double() / 255 - MEAN) / STD).permute(0, 3, 1, 2)


def words_of(pixels, codebook, patch):
    """[B, n]: the words of [B, H, W, 3] bytes, by cosine; a patch is colour, row, column."""
    count, height, width, _ = pixels.shape
    image = normalised(pixels).reshape(count, 3, height // patch, patch, width // patch, patch)
    patches = image.permute(0, 2, 4, 1, 3, 5).reshape(count, -1, 3 * patch**2)
    scores = patches @ codebook.double().T
    best = scores.topk(2).values
    assert (best[..., 0] - best[..., 1]).min() > 1e-4, "two words are nearly equally near; take another seed"
    return scores.argmax(-1)


def without_decay(name, parameter):
    """BEiT's rule (beit/optim_factory.py)."""
    return parameter.ndim == 1 or name.endswith(("pos_embed", "cls_token"))


def train(parameters, loss_of, rate, *, decay=lambda step: 0.05, exempt=without_decay, beta2=0.999, clip=None,
          scale_of=lambda name: 1.0, before_update=lambda place: None, after_update=lambda place: None):
    """Five updates of `parameters` in place.

    loss_of(place) gives a loss or a dictionary with one; `clip` is called with the parameters and returns the norm before.
    Returns what is logged: the means over an update's batches, and the gradients' norm.
    """
    groups = [{"params": [p], "name": name, "scale": scale_of(name), "decays": not exempt(name, p)}
              for name, p in parameters.items()]
    optimizer = torch.optim.AdamW(groups, betas=(0.9, beta2), eps=1e-8)
    logged = []
    for step in range(UPDATES):
        optimizer.zero_grad()
        rows = []
        for micro_step in range(ACCUMULATE):
            place = Place(step, micro_step)
            terms = loss_of(place)
            terms = terms if isinstance(terms, dict) else {"loss": terms}
            (terms["loss"] / ACCUMULATE).backward()
            rows.append({name: term.item() for name, term in terms.items()})
        before_update(place)
        gradients = [p.grad for p in parameters.values() if p.grad is not None]
        norm = torch.cat([gradient.flatten() for gradient in gradients]).norm().item()
        if clip:
            clip(parameters.values())
        for group in optimizer.param_groups:
            group["lr"] = rate(step) * group["scale"]
            group["weight_decay"] = decay(step) if group["decays"] else 0.0
        optimizer.step()
        after_update(place)
        logged.append({name: sum(row[name] for row in rows) / len(rows) for name in rows[0]}
                      | {"gradient_norm": norm, "learning_rate": rate(step)})
    return logged


def trainable(tensors):
    """Float64 leaves of float32 values."""
    return {name: value.detach().float().double().requires_grad_() for name, value in tensors.items()}


def save(name, tensors, logged):
    tensors = dict(tensors)
    tensors |= {f"logged.{key}": torch.tensor([row[key] for row in logged]) for key in logged[0]}
    kept = {key: value.detach().to(torch.float32 if value.is_floating_point() else value.dtype).contiguous().clone()
            for key, value in tensors.items()}
    path = Path(__file__).with_name(f"{name}.safetensors")
    save_file(kept, path)
    print(f"{path.name}: {path.stat().st_size} bytes; losses {[round(row['loss'], 4) for row in logged]}, "
          f"norms {[round(row['gradient_norm'], 2) for row in logged]}")
