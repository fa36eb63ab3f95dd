#!/usr/bin/env python3
"""Writes the goldens of layers, losses, the optimiser and position tables, each a safetensors file beside this script.

Every value is computed in float64 from inputs that are exact in float32. `gradient_<input>` is the gradient of
sum(output * output_gradient), or of the loss.

    layer_norm        input, weight, bias, eps 1e-6; one row nearly constant, where 1e-5 would show
    gelu              input, output: the exact form
    attention         input [2, 5, 8], 2 heads, qkv and proj of timm's layout
    adamw             three steps, two parameter groups, learning rate changing each step, gradients clipped at 1 globally
    sgd               three steps of momentum .9, two parameter groups, rates changing, gradients clipped at 1 globally
    lars              three steps of MAE's LARS: trust .001, momentum .9; a matrix with decay, a zero matrix, a vector
    batch_norm        input [6, 4], no scale or shift, eps 1e-6, momentum .1: two training passes, then evaluation
    info_nce          a, b [6, 8], temperature 0.2; `both`: 2(B - 1) negatives, `opposite`: B - 1; stored in float64
    position_table    a class row and a grid, resampled bicubically without and with antialiasing
"""

import json
import math
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

GENERATOR = torch.Generator().manual_seed(11)


def draw(*shape, scale=1.0, centre=0.0):
    """Float64 values that float32 holds exactly."""
    return (centre + scale * torch.randn(*shape, generator=GENERATOR)).double()


def write(name, tensors, metadata=None, dtype=torch.float32):
    path = Path(__file__).with_name(f"{name}.safetensors")
    kept = {key: value.detach().to(dtype if value.is_floating_point() else value.dtype).contiguous().clone()
            for key, value in tensors.items()}
    save_file(kept, path, {key: str(value) for key, value in (metadata or {}).items()})
    print(f"{path.name}: {path.stat().st_size} bytes")


def with_gradients(function, inputs):
    inputs = {name: value.requires_grad_() for name, value in inputs.items()}
    output = function(**inputs)
    upstream = draw(*output.shape)
    gradients = torch.autograd.grad((output * upstream).sum(), list(inputs.values()))
    return inputs | {"output": output, "output_gradient": upstream} | {
        f"gradient_{name}": gradient for name, gradient in zip(inputs, gradients)}


def layer_norm():
    def function(input, weight, bias):
        centred = input - input.mean(-1, keepdim=True)
        return centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt() * weight + bias

    inputs = draw(4, 3, 16, centre=0.5)
    inputs[0, 0] *= 2.0**-9  # variance near 4e-6: the epsilon decides
    write("layer_norm", with_gradients(function, {"input": inputs, "weight": draw(16, scale=0.3, centre=1.0),
                                                  "bias": draw(16, scale=0.2)}), {"eps": 1e-6})


def gelu():
    points = torch.cat([torch.linspace(-8, 8, 65), torch.tensor([-1e-4, 1e-4, -20.0, 20.0])]).double()
    write("gelu", with_gradients(lambda input: input * 0.5 * (1 + torch.erf(input / math.sqrt(2))), {"input": points}))


def attention():
    heads, width, count = 2, 8, 5

    def function(**p):
        x = p["input"]
        qkv = x @ p["qkv.weight"].T + p["qkv.bias"]
        query, key, value = qkv.reshape(2, count, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(2, 3) / math.sqrt(width // heads)).softmax(-1)
        out = (weights @ value).transpose(1, 2).reshape(2, count, width)
        return out @ p["proj.weight"].T + p["proj.bias"]

    write("attention", with_gradients(function, {
        "input": draw(2, count, width), "qkv.weight": draw(3 * width, width, scale=0.6), "qkv.bias": draw(3 * width, scale=0.3),
        "proj.weight": draw(width, width, scale=0.4), "proj.bias": draw(width, scale=0.3)}), {"heads": heads})


def adamw():
    """Written out from the definition: decoupled decay, bias correction, epsilon outside the root."""
    beta1, beta2, epsilon, clip, decay = 0.9, 0.999, 1e-8, 1.0, 0.05
    rates = [0.0078125, 0.015625, 0.00390625]
    p = {"weight": draw(4, 3), "bias": draw(4), "pos_embed": draw(1, 3, 2)}
    decays = {"weight": decay, "bias": 0.0, "pos_embed": 0.0}
    moments = {name: [torch.zeros_like(value), torch.zeros_like(value)] for name, value in p.items()}
    peer = {name: value.clone().requires_grad_() for name, value in p.items()}
    optimizer = torch.optim.AdamW([{"params": [peer[name]], "weight_decay": decays[name]} for name in p],
                                  betas=(beta1, beta2), eps=epsilon)
    tensors = {f"start.{name}": value.clone() for name, value in p.items()}
    for step, rate in enumerate(rates, 1):
        # The second step's gradient is short, so that one step is not clipped.
        gradients = {name: draw(*value.shape, scale=0.1 if step == 2 else 2.0) for name, value in p.items()}
        norm = torch.cat([g.flatten() for g in gradients.values()]).norm()
        factor = torch.clamp(clip / (norm + 1e-6), max=1.0)
        tensors[f"norm.{step}"] = norm.reshape(1)
        for name, gradient in gradients.items():
            tensors[f"gradient.{step}.{name}"] = gradient
            clipped, (first, second) = gradient * factor, moments[name]
            first.mul_(beta1).add_((1 - beta1) * clipped)
            second.mul_(beta2).add_((1 - beta2) * clipped**2)
            p[name] = p[name] * (1 - rate * decays[name])
            p[name] = p[name] - rate * (first / (1 - beta1**step)) / ((second / (1 - beta2**step)).sqrt() + epsilon)
            tensors[f"after.{step}.{name}"] = p[name].clone()
            peer[name].grad = gradient.clone()
        torch.nn.utils.clip_grad_norm_(peer.values(), clip)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        assert max((peer[name] - p[name]).abs().max().item() for name in p) < 1e-12
    write("adamw", tensors, {"learning_rates": json.dumps(rates), "weight_decay": json.dumps(decays), "clip": clip,
                             "beta1": beta1, "beta2": beta2, "epsilon": epsilon})


def sgd():
    """torch.optim.SGD in float64; weight decay is added to the gradient."""
    rates, decays = [0.125, 0.0625, 0.25], {"weight": 0.05, "bias": 0.0}
    p = {"weight": draw(4, 3).requires_grad_(), "bias": draw(4).requires_grad_()}
    optimizer = torch.optim.SGD([{"params": [p[name]], "weight_decay": decays[name]} for name in p], lr=1, momentum=0.9)
    tensors = {f"start.{name}": value.detach().clone() for name, value in p.items()}
    for step, rate in enumerate(rates, 1):
        for name, value in p.items():
            value.grad = draw(*value.shape, scale=0.1 if step == 2 else 2.0)
            tensors[f"gradient.{step}.{name}"] = value.grad.clone()
        torch.nn.utils.clip_grad_norm_(p.values(), 1.0)
        for group in optimizer.param_groups:
            group["lr"] = rate
        optimizer.step()
        tensors |= {f"after.{step}.{name}": value.detach().clone() for name, value in p.items()}
    write("sgd", tensors)


def lars():
    """MAE's util/lars.py: no decay and no scaling for one dimension, a factor of 1 where a norm is zero."""
    rates, decay, trust, momentum = [2.0, 0.5, 4.0], 0.0625, 0.001, 0.9
    p = {"weight": draw(4, 3), "fresh": torch.zeros(2, 3).double(), "bias": draw(4)}
    velocity = {name: torch.zeros_like(value) for name, value in p.items()}
    tensors = {f"start.{name}": value.clone() for name, value in p.items()}
    for step, rate in enumerate(rates, 1):
        for name, value in p.items():
            gradient = draw(*value.shape)
            tensors[f"gradient.{step}.{name}"] = gradient.clone()
            if value.ndim > 1:
                gradient = gradient + decay * value
                if value.norm() > 0 and gradient.norm() > 0:
                    gradient = gradient * trust * value.norm() / gradient.norm()
            velocity[name] = momentum * velocity[name] + gradient
            p[name] = value - rate * velocity[name]
            tensors[f"after.{step}.{name}"] = p[name].clone()
    write("lars", tensors)


def batch_norm():
    layer = torch.nn.BatchNorm1d(4, eps=1e-6, affine=False).double()
    tensors = {}
    for step in (1, 2):
        input = draw(6, 4, scale=2.0, centre=1.0).requires_grad_()
        output = layer(input)
        upstream = draw(6, 4)
        tensors |= {f"{step}.input": input, f"{step}.output": output, f"{step}.output_gradient": upstream,
                    f"{step}.gradient_input": torch.autograd.grad((output * upstream).sum(), input)[0],
                    f"{step}.running_mean": layer.running_mean.clone(), f"{step}.running_var": layer.running_var.clone()}
    layer.eval()
    input = draw(3, 4)
    write("batch_norm", tensors | {"evaluation.input": input, "evaluation.output": layer(input)})


def info_nce():
    temperature = 0.2
    tensors = {"a": draw(6, 8), "b": draw(6, 8)}
    tensors["b"] = (tensors["b"] + tensors["a"]).float().double()  # positives resemble each other, as in training
    for variant in ("both", "opposite"):
        a, b = (tensors[name].clone().requires_grad_() for name in "ab")
        unit = [x / x.norm(dim=1, keepdim=True) for x in (a, b)]
        losses = []
        for own, other in (unit, unit[::-1]):
            for i in range(6):
                positive = torch.exp(own[i] @ other[i] / temperature)
                negative = sum(torch.exp(own[i] @ other[j] / temperature) for j in range(6) if j != i)
                if variant == "both":
                    negative = negative + sum(torch.exp(own[i] @ own[j] / temperature) for j in range(6) if j != i)
                losses.append(-torch.log(positive / (positive + negative)))
        loss = torch.stack(losses).mean()  # the mean over images of half the sum of both branches
        tensors[f"{variant}.loss"] = loss.reshape(1)
        tensors[f"{variant}.gradient_a"], tensors[f"{variant}.gradient_b"] = torch.autograd.grad(loss, [a, b])
        if variant == "opposite":
            similarity = unit[0] @ unit[1].T / temperature
            target = torch.arange(6)
            check = (F.cross_entropy(similarity, target) + F.cross_entropy(similarity.T, target)) / 2
            assert abs(check.item() - loss.item()) < 1e-12
    write("info_nce", tensors, {"temperature": temperature}, torch.float64)


def position_table():
    tensors = {}
    for name, source, target in (("halved", (14, 14), (7, 7)), ("oblong", (4, 3), (8, 5)), ("squeezed", (6, 10), (9, 4))):
        table = draw(1, 1 + source[0] * source[1], 3)
        tensors[f"{name}.input"] = table
        grid = table[:, 1:].reshape(1, *source, 3).permute(0, 3, 1, 2)
        for suffix, antialias in (("plain", False), ("antialiased", True)):
            resized = F.interpolate(grid, size=target, mode="bicubic", align_corners=False, antialias=antialias)
            tensors[f"{name}.{suffix}"] = torch.cat([table[:, :1], resized.permute(0, 2, 3, 1).reshape(1, -1, 3)], 1)
        tensors[f"{name}.grids"] = torch.tensor([*source, *target])
    write("position_table", tensors)


if __name__ == "__main__":
    for make in (layer_norm, gelu, attention, adamw, info_nce, position_table, sgd, lars, batch_norm):
        make()
