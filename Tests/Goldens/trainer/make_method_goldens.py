#!/usr/bin/env python3
"""Writes splitmask, beit, dino, mae, supervised and finetuning.safetensors beside this script: five whole updates of each.

The networks and losses are those of the other scripts (Benchmarks/pytorch, Tests/Goldens/beit, dino, mae), updates.py has the
loop, draws.py repeats the program's masks, stochastic depth, mixing and order of images from the seed. So nothing here comes
from the program; the published numbers (schedules, weight decay, betas, clipping) are written out again.

    pixels          [16, H, W, 3] bytes; image i is of class 3 i / 16, rounded down
    codebook        unit vectors, where there are words
    initial.<name>  the weights before, final.<name> after; teacher.<name> and center for DINO
    logged.<name>   loss and its parts, learning rate and gradient norm of each update

Needs torch, numpy, safetensors and Pillow 13.
"""

import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageOps

import draws
import updates
from updates import BATCH, UPDATES, cosine, fractional, inclusive, normalised, save, train, trainable, words_of

ROOT = Path(__file__).resolve().parents[3]
sys.path += [str(ROOT / path) for path in ("Benchmarks/pytorch", "Tests/Goldens/beit", "Tests/Goldens/dino", "Tests/Goldens/mae")]

import make_beit_goldens as vit  # noqa: E402
import make_dino_goldens as dino  # noqa: E402
import make_mae_golden as mae  # noqa: E402
import splitmask_step as peer  # noqa: E402

# Three classes of sixteen images: were they of one size, gradients could cancel, which AdamW makes steps of rounding of.
RATE, DROP_RATE, WORDS, CLASSES = 2e-3, 0.5, 64, 3


def pictures(generator, height, width):
    """Smooth images, so that words and classes are not all alike."""
    coarse = torch.rand(updates.IMAGES, 3, 3, 3, generator=generator)
    smooth = F.interpolate(coarse, (height, width), mode="bilinear", align_corners=True).permute(0, 2, 3, 1)
    noise = 0.3 * torch.rand(smooth.shape, generator=generator)
    return ((0.7 * smooth + noise) * 255).to(torch.uint8)


def codebook(generator):
    return F.normalize(torch.rand(WORDS, 3 * vit.PATCH**2, generator=generator), dim=1)


def global_norm(maximum):
    return lambda parameters: torch.nn.utils.clip_grad_norm_(list(parameters), maximum)


def behind(prefix, tensors):
    return {prefix + name: value.detach().clone() for name, value in tensors.items()}


def splitmask():
    generator = torch.Generator().manual_seed(31)
    pixels, words = pictures(generator, 16, 16), codebook(generator)
    model = peer.SplitMask(peer.ModelConfig(16, 2, 2, 16, 4, WORDS, stochastic_depth=0)).double()
    with torch.no_grad():  # away from the flat start, so that every tensor has a gradient that matters
        for parameter in model.parameters():
            noise = 0.2 * torch.randn(parameter.shape, generator=generator)
            parameter.copy_((noise + (parameter == 1)).double())
    branch_factors = []
    peer.Block.residual = lambda block, x, branch: x + branch * (branch_factors.pop(0) if branch_factors else 1)
    parameters = dict(model.named_parameters())
    initial = behind("initial.", parameters)

    def loss_of(place):
        images = pixels[place.images]
        split = [draws.halves(place.of_image(image, "mask"), 4, 4) for image in place.images]
        seen = torch.tensor([a for a, _ in split] + [b for _, b in split])
        missing = torch.tensor([b for _, b in split] + [a for a, _ in split])
        # The encoder's residual branches come first; the decoder keeps all of its own.
        branch_factors.extend(place.factors(DROP_RATE, 2, 2 * BATCH)[0].flatten(0, 1))
        result = model(normalised(images), words_of(images, words, 4), seen, missing)
        return {name: result[name] for name in ("loss", "loss_inpaint", "loss_match")}

    logged = train(parameters, loss_of, inclusive(RATE, 1e-5), clip=global_norm(1.5))
    assert all(row["gradient_norm"] > 1.5 for row in logged)
    save("splitmask", {"pixels": pixels, "codebook": words} | initial | behind("final.", parameters), logged)


def beit():
    generator = torch.Generator().manual_seed(32)
    pixels, words = pictures(generator, 16, 24), codebook(generator)
    encoder = vit.make_parameters(generator, original=False)
    parameters = trainable({f"encoder.{name}": value for name, value in encoder.items()} | {
        "mask_token": vit.draw(generator, 1, 1, vit.WIDTH, scale=0.5),
        "head.weight": vit.draw(generator, WORDS, vit.WIDTH, scale=0.3), "head.bias": vit.draw(generator, WORDS, scale=0.1)})
    initial = behind("initial.", parameters)

    def loss_of(place):
        images = pixels[place.images]
        hidden = torch.zeros(BATCH, vit.COUNT, dtype=torch.bool)
        for row, image in zip(hidden, place.images):
            covered = draws.blocks(place.of_image(image, "mask"), vit.ROWS, vit.COLUMNS, 9)  # 75 / 196 of 24
            row[list(covered)] = True
        own = {name.removeprefix("encoder."): value for name, value in parameters.items()}
        tokens = vit.encode(own, normalised(images), hidden, place.factors(DROP_RATE, 2, BATCH)[0])[:, 1:][hidden]
        return F.cross_entropy(vit.linear(parameters, "head", tokens), words_of(images, words, vit.PATCH)[hidden])

    logged = train(parameters, loss_of, inclusive(RATE, 1e-5), clip=global_norm(1.5))
    assert all(row["gradient_norm"] > 1.5 for row in logged)
    save("beit", {"pixels": pixels, "codebook": words} | initial | behind("final.", parameters), logged)


def dino_views(pixels):
    """Two global crops, the second one solarized, and two local ones, of whole images."""
    small = [np.asarray(Image.fromarray(image.numpy()).resize((dino.LOCAL,) * 2, Image.BICUBIC)) for image in pixels]
    solarized = [np.asarray(ImageOps.solarize(Image.fromarray(image.numpy()))) for image in pixels]
    stacked = [torch.from_numpy(np.stack(images)) for images in (solarized, small)]
    return [pixels, stacked[0], stacked[1], stacked[1]]


def make_dino():
    outputs, clip, momentum = 32, 0.3, 0.7
    generator = torch.Generator().manual_seed(33)
    dino.GENERATOR.manual_seed(33)
    pixels = pictures(generator, dino.SIDE, dino.SIDE)
    views = dino_views(pixels)
    start = {"encoder." + name: value for name, value in dino.encoder_parameters().items()}
    start |= {"head." + name: value for name, value in dino.head_parameters(dino.WIDTH, 24, 8, outputs).items()}
    lengths = {name: value for name, value in start.items() if name.endswith("weight_g")}
    parameters = trainable({name: value for name, value in start.items() if name not in lengths})
    teacher = {name: value.clone() for name, value in start.items()}
    state = {"center": torch.zeros(1, outputs).double(), "means": []}

    def loss_of(place):
        crops = [view[place.images] for view in views]
        with torch.no_grad():
            target = dino.network(teacher, [crops[:2]])
            state["means"].append(target.mean(0, keepdim=True))
        student = dino.network(parameters | lengths, [crops[:2], crops[2:]], place.factors(DROP_RATE, 2, 2 * BATCH, 2 * BATCH))
        temperature = (0.04, 0.055, 0.07)[min(place.epoch, 2)]
        return dino.loss_of(student, target, state["center"], 0.1, temperature, len(crops))

    def rest_last_layer(place):
        if place.epoch < 1:
            parameters["head.last_layer.weight_v"].grad = None

    def clip_each(trained):
        for parameter in trained:
            if parameter.grad is not None:
                parameter.grad *= min(1, clip / (parameter.grad.norm().item() + 1e-6))

    def follow(place):
        m = cosine(place.step, UPDATES, momentum, 1)
        with torch.no_grad():
            for name, value in (parameters | lengths).items():
                teacher[name] = m * teacher[name] + (1 - m) * value
            state["center"] = 0.9 * state["center"] + 0.1 * sum(state["means"]) / len(state["means"])
        state["means"] = []

    logged = train(parameters, loss_of, inclusive(RATE, 1e-6), decay=lambda step: cosine(step, UPDATES, 0.04, 0.4),
                   exempt=lambda name, parameter: parameter.ndim == 1, clip=clip_each,
                   before_update=rest_last_layer, after_update=follow)
    save("dino", {"pixels": pixels, "center": state["center"]} | behind("initial.", start)
         | behind("final.", parameters | lengths) | behind("teacher.", teacher), logged)


def make_mae():
    generator = torch.Generator().manual_seed(34)
    pixels = pictures(generator, 16, 24)
    parameters = trainable(mae.make_parameters(generator))
    initial = behind("initial.", parameters)

    def loss_of(place):
        image = normalised(pixels[place.images])
        noise = torch.ones(BATCH, mae.COUNT)
        for row, index in zip(noise, place.images):
            row[draws.uniform_mask(place.of_image(index, "mask"), mae.COUNT, mae.SEEN)] = 0
        painted, hidden = mae.forward(parameters, image, noise)
        return mae.loss_of(painted, hidden, image, True)

    # timm's add_weight_decay without a list of exceptions (mae/main_pretrain.py): the class token decays too.
    logged = train(parameters, loss_of, fractional(RATE, 0), beta2=0.95,
                   exempt=lambda name, parameter: parameter.ndim == 1)
    fixed = {"encoder.pos_embed": mae.positions(mae.WIDTH)}
    save("mae", {"pixels": pixels} | initial | behind("final.", parameters) | behind("initial.", fixed) | behind("final.", fixed),
         logged)


def mixed(place, images):
    """A batch of [B, 3, H, W] and its targets [B, K], by mixup or CutMix with the batch in reverse, smoothed by 0.1."""
    labels = F.one_hot(torch.tensor(place.images) * CLASSES // updates.IMAGES, CLASSES).double() * 0.9 + 0.1 / CLASSES
    share, box = draws.mixing(place.of_batch("mixing"), *images.shape[2:])
    if box is None:
        images = share * images + (1 - share) * images.flip(0)
    else:
        top, bottom, left, right = box
        partners, images = images.flip(0), images.clone()
        images[:, :, top:bottom, left:right] = partners[:, :, top:bottom, left:right]
    return images, share * labels + (1 - share) * labels.flip(0), box is None


def classify(name, seed, head, token_of, rate, scale_of=lambda name: 1.0, unused=()):
    """DeiT's and BEiT's supervised updates; `head` are the weights after the encoder, token_of makes its input."""
    generator = torch.Generator().manual_seed(seed)
    pixels = pictures(generator, 16, 24)
    encoder = vit.make_parameters(generator, original=False)
    start = encoder | head(generator)
    parameters = trainable({key: value for key, value in start.items() if key not in unused})
    kinds = set()

    def loss_of(place):
        images, targets, is_mixup = mixed(place, normalised(pixels[place.images]))
        kinds.add(is_mixup)
        tokens = vit.run_blocks(parameters, images, factors=place.factors(DROP_RATE, 2, BATCH)[0])
        logits = vit.linear(parameters, "head", token_of(parameters, tokens))
        return -(targets * logits.log_softmax(-1)).sum(-1).mean()

    initial = {key: start[key] for key in unused} | {key: value.detach().clone() for key, value in parameters.items()}
    logged = train(parameters, loss_of, rate, scale_of=scale_of)
    assert kinds == {True, False}
    save(name, {"pixels": pixels} | behind("initial.", initial) | behind("final.", parameters), logged)


def supervised():
    def head(generator):
        return {"head.weight": vit.draw(generator, CLASSES, vit.WIDTH, scale=0.3), "head.bias": torch.zeros(CLASSES)}

    classify("supervised", 35, head, lambda p, tokens: vit.layer_norm(p, "norm", tokens)[:, 0], inclusive(RATE, 1e-5))


def finetuning():
    def head(generator):
        return {"fc_norm.weight": torch.ones(vit.WIDTH), "fc_norm.bias": torch.zeros(vit.WIDTH),
                "head.weight": torch.zeros(CLASSES, vit.WIDTH), "head.bias": torch.zeros(CLASSES)}

    def layer_scale(name):
        """beit/optim_factory.py: 0 for what comes before the blocks, depth + 1 for what comes after them."""
        before = name.startswith(("cls_token", "pos_embed", "patch_embed"))
        layer = 0 if before else int(name.split(".")[1]) + 1 if name.startswith("blocks.") else vit.DEPTH + 1
        return 0.65 ** (vit.DEPTH + 1 - layer)

    classify("finetuning", 36, head, lambda p, tokens: vit.layer_norm(p, "fc_norm", tokens[:, 1:].mean(1)),
             inclusive(RATE, 1e-6, warmup=1), layer_scale, unused=("norm.weight", "norm.bias"))


if __name__ == "__main__":
    for make in (splitmask, beit, make_dino, make_mae, supervised, finetuning):
        make()
