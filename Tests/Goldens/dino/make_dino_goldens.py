#!/usr/bin/env python3
"""Writes DINO's goldens, safetensors files beside this script, from the formulas of the paper (arXiv 2104.14294) and of its
published code, in float64 from inputs that float32 holds exactly.

    head        the head forward and backward, lengths of the last layer's rows learned
    loss        the loss and its gradient, pair by pair, and the entropy of the targets
    positions   position tables for other grids with the scale factor (target + 0.1) / source, and their gradients
    step        one whole update: losses, student, teacher and centre after it; gradients clipped tensor by tensor
    clip        gradients before and after clipping tensor by tensor
    crops       crops of one picture by PIL, two large and two small, with blur and solarization

Needs torch, numpy, safetensors and Pillow 13.
"""

import json
import math
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image, ImageFilter, ImageOps
from safetensors.torch import save_file

GENERATOR = torch.Generator().manual_seed(23)


def draw(*shape, scale=1.0, centre=0.0):
    """Float64 values that float32 holds exactly."""
    return (centre + scale * torch.randn(*shape, generator=GENERATOR)).double()


def write(name, tensors, metadata=None):
    path = Path(__file__).with_name(f"{name}.safetensors")
    kept = {key: value.detach().to(torch.float32 if value.is_floating_point() else value.dtype).contiguous().clone()
            for key, value in tensors.items()}
    save_file(kept, path, {key: str(value) for key, value in (metadata or {}).items()})
    print(f"{path.name}: {path.stat().st_size} bytes")


def head_forward(p, x):
    for layer in (0, 2, 4):
        x = x @ p[f"mlp.{layer}.weight"].T + p[f"mlp.{layer}.bias"]
        if layer < 4:
            x = 0.5 * x * (1 + torch.erf(x / math.sqrt(2)))
    x = x / x.norm(dim=-1, keepdim=True).clamp_min(1e-12)
    v = p["last_layer.weight_v"]
    return x @ (p["last_layer.weight_g"] * v / v.norm(dim=1, keepdim=True)).T


def head_parameters(width, hidden, bottleneck, outputs, scale=0.3):
    return {"mlp.0.weight": draw(hidden, width, scale=scale), "mlp.0.bias": draw(hidden, scale=0.1),
            "mlp.2.weight": draw(hidden, hidden, scale=scale), "mlp.2.bias": draw(hidden, scale=0.1),
            "mlp.4.weight": draw(bottleneck, hidden, scale=scale), "mlp.4.bias": draw(bottleneck, scale=0.1),
            "last_layer.weight_g": torch.ones(outputs, 1).double(),
            "last_layer.weight_v": draw(outputs, bottleneck, scale=0.1)}


def head():
    p = head_parameters(12, 20, 8, 24)
    p["last_layer.weight_g"] = draw(24, 1, scale=0.2, centre=1.0)
    p = {name: value.requires_grad_() for name, value in p.items()}
    x = draw(6, 12).requires_grad_()
    output, upstream = head_forward(p, x), draw(6, 24)
    # The library's own weight norm must agree with the formula.
    peer = torch.nn.utils.weight_norm(torch.nn.Linear(8, 24, bias=False).double())
    peer.weight_g.data, peer.weight_v.data = p["last_layer.weight_g"].data, p["last_layer.weight_v"].data
    probe = draw(3, 8)
    assert (peer(probe) - probe @ (p["last_layer.weight_g"] * p["last_layer.weight_v"] / p["last_layer.weight_v"].norm(
        dim=1, keepdim=True)).T).abs().max() < 1e-12
    gradients = torch.autograd.grad((output * upstream).sum(), [x, *p.values()])
    write("head", {**p, "input": x, "output": output, "output_gradient": upstream} | {
        f"gradient.{name}": value for name, value in zip(["input", *p], gradients)})


def loss_of(student, teacher, centre, student_temperature, teacher_temperature, crops):
    """The published loop over pairs."""
    students = (student / student_temperature).chunk(crops)
    targets = F.softmax((teacher - centre) / teacher_temperature, dim=-1).detach().chunk(2)
    total, pairs = 0, 0
    for i, target in enumerate(targets):
        for j, prediction in enumerate(students):
            if i != j:
                total, pairs = total + (-target * F.log_softmax(prediction, dim=-1)).sum(-1).mean(), pairs + 1
    assert pairs == 2 * (crops - 1)
    return total / pairs


def loss():
    tensors = {}
    for name, crops in (("multi", 5), ("globals", 2)):
        student = draw(crops * 3, 16, scale=0.3).requires_grad_()
        teacher, centre = draw(6, 16, scale=0.3), draw(1, 16, scale=0.1)
        value = loss_of(student, teacher, centre, 0.1, 0.05, crops)
        target = F.softmax((teacher - centre) / 0.05, dim=-1)
        tensors |= {f"{name}.student": student, f"{name}.teacher": teacher, f"{name}.center": centre,
                    f"{name}.loss": value.reshape(1), f"{name}.gradient": torch.autograd.grad(value, student)[0],
                    f"{name}.entropy": -(target * target.log()).sum(-1).mean().reshape(1)}
    write("loss", tensors, {"student_temperature": 0.1, "teacher_temperature": 0.05})


def resize(positions, source, target):
    """DINO's interpolation of `[n, D]`."""
    if source == target:
        return positions
    grid = positions.reshape(1, *source, -1).permute(0, 3, 1, 2)
    factors = tuple((t + 0.1) / s for s, t in zip(source, target))
    resized = F.interpolate(grid, scale_factor=factors, mode="bicubic")
    assert resized.shape[2:] == target
    return resized.permute(0, 2, 3, 1).reshape(target[0] * target[1], -1)


def positions():
    tensors = {}
    for name, source, target in (("published", (14, 14), (6, 6)), ("small", (8, 8), (3, 3)), ("oblong", (6, 9), (3, 4)),
                                 ("larger", (4, 4), (7, 5))):
        table = draw(source[0] * source[1], 3).requires_grad_()
        output = resize(table, source, target)
        upstream = draw(*output.shape)
        tensors |= {f"{name}.input": table, f"{name}.output": output, f"{name}.output_gradient": upstream,
                    f"{name}.gradient": torch.autograd.grad((output * upstream).sum(), table)[0],
                    f"{name}.grids": torch.tensor([*source, *target])}
    write("positions", tensors)


WIDTH, HEADS, DEPTH, PATCH, SIDE, LOCAL = 16, 2, 2, 4, 16, 8
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


def encoder_parameters():
    p = {"cls_token": draw(1, 1, WIDTH, scale=0.5), "pos_embed": draw(1, 1 + (SIDE // PATCH) ** 2, WIDTH, scale=0.5),
         "patch_embed.proj.weight": draw(WIDTH, 3, PATCH, PATCH, scale=0.15), "patch_embed.proj.bias": draw(WIDTH, scale=0.1)}
    for block in range(DEPTH):
        q = f"blocks.{block}."
        for norm in ("norm1", "norm2"):
            p |= {q + norm + ".weight": draw(WIDTH, scale=0.1, centre=1.0), q + norm + ".bias": draw(WIDTH, scale=0.1)}
        for layer, rows, columns in (("attn.qkv", 3 * WIDTH, WIDTH), ("attn.proj", WIDTH, WIDTH),
                                     ("mlp.fc1", 4 * WIDTH, WIDTH), ("mlp.fc2", WIDTH, 4 * WIDTH)):
            p |= {q + layer + ".weight": draw(rows, columns, scale=0.2), q + layer + ".bias": draw(rows, scale=0.1)}
    return p | {"norm.weight": draw(WIDTH, scale=0.1, centre=1.0), "norm.bias": draw(WIDTH, scale=0.1)}


def class_tokens(p, images, factors=None):
    """A vision transformer's class token after the last normalisation, `[B, H, W, 3]` bytes in.

    Stochastic depth's `factors` [depth, 2, B, 1, 1] multiply the residual branches.
    """
    factors = torch.ones(DEPTH, 2, 1, 1, 1) if factors is None else factors
    x = (images.double() / 255 - torch.tensor(MEAN).double()) / torch.tensor(DEVIATION).double()
    x = F.conv2d(x.permute(0, 3, 1, 2), p["patch_embed.proj.weight"], p["patch_embed.proj.bias"], stride=PATCH)
    grid = tuple(x.shape[2:])
    x = x.flatten(2).transpose(1, 2)
    table = p["pos_embed"][0]
    places = torch.cat([table[:1], resize(table[1:], (SIDE // PATCH,) * 2, grid)])
    x = torch.cat([p["cls_token"].expand(len(x), 1, WIDTH), x], 1) + places
    for block in range(DEPTH):
        q = f"blocks.{block}."

        def norm(name, x):
            return F.layer_norm(x, (WIDTH,), p[q + name + ".weight"], p[q + name + ".bias"], 1e-6)

        def linear(name, x):
            return F.linear(x, p[q + name + ".weight"], p[q + name + ".bias"])

        b, n, _ = x.shape
        query, key, value = linear("attn.qkv", norm("norm1", x)).reshape(b, n, 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(2, 3) / math.sqrt(WIDTH // HEADS)).softmax(-1)
        x = x + factors[block, 0] * linear("attn.proj", (weights @ value).transpose(1, 2).reshape(b, n, WIDTH))
        x = x + factors[block, 1] * linear("mlp.fc2", F.gelu(linear("mlp.fc1", norm("norm2", x))))
    return F.layer_norm(x, (WIDTH,), p["norm.weight"], p["norm.bias"], 1e-6)[:, 0]


def network(p, groups, factors=(None, None)):
    """One forward pass for each size, the head once on everything."""
    part = lambda prefix: {key[len(prefix):]: value for key, value in p.items() if key.startswith(prefix)}
    encoder = part("encoder.")
    tokens = [class_tokens(encoder, torch.cat(group), own) for group, own in zip(groups, factors)]
    return head_forward(part("head."), torch.cat(tokens))


def step():
    images, outputs = 3, 24
    settings = {"learning_rate": 2**-7, "weight_decay": 0.0625, "clip": 1.5, "student_temperature": 0.1,
                "teacher_temperature": 0.05, "center_momentum": 0.9, "momentum": 0.75, "beta1": 0.9, "beta2": 0.999,
                # Large, so that the size of a gradient shows in Adam's first step, and rounding in gradients that are
                # zero (those of the keys' biases) does not.
                "epsilon": 2**-13}
    student = {"encoder." + key: value for key, value in encoder_parameters().items()}
    student |= {"head." + key: value for key, value in head_parameters(WIDTH, 24, 8, outputs).items()}
    teacher = {key: (value + draw(*value.shape, scale=0.02)).float().double() for key, value in student.items()}
    teacher["head.last_layer.weight_g"] = student["head.last_layer.weight_g"].clone()
    centre = draw(1, outputs, scale=0.05)
    views = [torch.randint(0, 256, (images, side, side, 3), generator=GENERATOR, dtype=torch.uint8)
             for side in (SIDE, SIDE, LOCAL, LOCAL)]
    tensors = {f"view.{index}": view for index, view in enumerate(views)} | {"center": centre}
    tensors |= {"student." + key: value for key, value in student.items()}
    tensors |= {"teacher." + key: value for key, value in teacher.items()}

    trained = {key: value.clone().requires_grad_() for key, value in student.items() if not key.endswith("weight_g")}
    frozen = {key: value for key, value in student.items() if key.endswith("weight_g")}
    with torch.no_grad():
        outputs_of_teacher = network(teacher, [views[:2]])
    outputs_of_student = network(trained | frozen, [views[:2], views[2:]])
    value = loss_of(outputs_of_student, outputs_of_teacher, centre, settings["student_temperature"],
                    settings["teacher_temperature"], len(views))
    globals_alone = loss_of(outputs_of_student[:2 * images].detach(), outputs_of_teacher, centre, settings["student_temperature"],
                            settings["teacher_temperature"], 2)
    value.backward()
    target = F.softmax((outputs_of_teacher - centre) / settings["teacher_temperature"], dim=-1)
    entropy = -(target * target.log()).sum(-1).mean()
    tensors |= {"loss": value.reshape(1), "loss_globals": globals_alone.reshape(1), "entropy": entropy.reshape(1), "kl": (value - entropy).reshape(1),
                "spread": (outputs_of_teacher.std(0).mean() * math.sqrt(8)).reshape(1),
                "center_norm": centre.norm().reshape(1)}

    clipped = 0
    for parameter in trained.values():
        factor = settings["clip"] / (parameter.grad.norm() + 1e-6)
        if factor < 1:
            parameter.grad.mul_(factor)
            clipped += 1
    assert 0 < clipped < len(trained), (clipped, len(trained))
    decayed = [value for value in trained.values() if value.ndim > 1]
    others = [value for value in trained.values() if value.ndim == 1]
    torch.optim.AdamW([{"params": decayed, "weight_decay": settings["weight_decay"]}, {"params": others, "weight_decay": 0.0}],
                      lr=settings["learning_rate"], eps=settings["epsilon"]).step()
    after = {key: value.detach() for key, value in (trained | frozen).items()}
    tensors |= {"after.student." + key: value for key, value in after.items()}
    m = settings["momentum"]
    tensors |= {"after.teacher." + key: m * teacher[key] + (1 - m) * after[key] for key in teacher}
    c = settings["center_momentum"]
    tensors["after.center"] = c * centre + (1 - c) * outputs_of_teacher.mean(0, keepdim=True)
    write("step", tensors, settings)


def clip():
    gradients = [draw(4, 3, scale=2.0), draw(5, scale=0.05), draw(2, 2, 2, scale=1.0), torch.zeros(3).double()]
    tensors = {f"before.{index}": value for index, value in enumerate(gradients)}
    for index, gradient in enumerate(gradients):
        factor = 0.5 / (gradient.norm() + 1e-6)
        tensors[f"after.{index}"] = gradient * factor if factor < 1 else gradient
        parameter = torch.zeros_like(gradient).requires_grad_()
        parameter.grad = gradient.clone()
        torch.nn.utils.clip_grad_norm_([parameter], 0.5)
        assert (parameter.grad - tensors[f"after.{index}"]).abs().max() < 1e-12
    tensors["norm"] = torch.cat([value.flatten() for value in gradients]).norm().reshape(1)
    write("clip", tensors, {"clip": 0.5})


def crops():
    y, x = np.mgrid[0:51, 0:67]
    picture = np.stack([x * 3, y * 4, 128 + 100 * np.sin(x / 5 + y / 7)], 2)
    picture[(x // 9 + y // 11) % 3 == 0] = [230, 40, 90]
    picture = Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8))
    # left, top, width, height, size, flipped, blur, solarized
    drawn = [(0, 3, 50, 46, 32, 0, 1.25, 0), (9, 0, 58, 51, 32, 1, 0, 1), (21, 17, 14, 18, 12, 1, 0.5, 0), (50, 40, 17, 11, 12, 0, 0, 0)]
    tensors = {"source": torch.from_numpy(np.asarray(picture).copy()), "crops": torch.tensor(
        [[*crop[:6], round(crop[6] * 100), crop[7]] for crop in drawn])}
    for index, (left, top, width, height, size, flipped, blur, solarized) in enumerate(drawn):
        view = picture.crop((left, top, left + width, top + height)).resize((size, size), Image.BICUBIC)
        if flipped:
            view = ImageOps.mirror(view)
        if blur:
            view = view.filter(ImageFilter.GaussianBlur(blur))
        if solarized:
            view = ImageOps.solarize(view)
        tensors[f"view.{index}"] = torch.from_numpy(np.asarray(view).copy())
    write("crops", tensors)


if __name__ == "__main__":
    for make in (head, loss, positions, step, clip, crops):
        make()
