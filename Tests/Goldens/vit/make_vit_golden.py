#!/usr/bin/env python3
"""Writes vit_tiny_golden.safetensors: a small vision transformer, its tokens and its gradients.

Width 32, depth 2, 2 heads, patch 4, 16 x 16 pixels, 3 images. Parameters carry timm's names under `parameter.`;
`tokens` [3, 17, 32] are all tokens after the final norm; `gradient.<name>` and `gradient_image` are those of
sum(tokens * projection). Computed in float64 from float32 inputs by explicit formulas, stored in float32. timm's own
model, where timm is installed, must give the same tokens.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

WIDTH, DEPTH, HEADS, PATCH, SIZE, IMAGES = 32, 2, 2, 4, 16, 3


def make_parameters(generator):
    def draw(*shape, scale, centre=0.0):
        return centre + scale * torch.randn(*shape, generator=generator)

    count = (SIZE // PATCH) ** 2
    p = {"cls_token": draw(1, 1, WIDTH, scale=0.5), "pos_embed": draw(1, 1 + count, WIDTH, scale=0.5),
         "patch_embed.proj.weight": draw(WIDTH, 3, PATCH, PATCH, scale=0.15), "patch_embed.proj.bias": draw(WIDTH, scale=0.1)}
    for index in range(DEPTH):
        block = f"blocks.{index}."
        for norm in ("norm1", "norm2"):
            p[block + norm + ".weight"] = draw(WIDTH, scale=0.2, centre=1.0)
            p[block + norm + ".bias"] = draw(WIDTH, scale=0.1)
        for name, rows, columns in (("attn.qkv", 3 * WIDTH, WIDTH), ("attn.proj", WIDTH, WIDTH),
                                    ("mlp.fc1", 4 * WIDTH, WIDTH), ("mlp.fc2", WIDTH, 4 * WIDTH)):
            p[block + name + ".weight"] = draw(rows, columns, scale=columns**-0.5)
            p[block + name + ".bias"] = draw(rows, scale=0.1)
    p["norm.weight"], p["norm.bias"] = draw(WIDTH, scale=0.2, centre=1.0), draw(WIDTH, scale=0.1)
    return p


def layer_norm(p, name, x):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt() * p[name + ".weight"] + p[name + ".bias"]


def linear(p, name, x):
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def forward(p, image):
    kernel = p["patch_embed.proj.weight"]
    x = F.conv2d(image, kernel, p["patch_embed.proj.bias"], stride=PATCH).flatten(2).transpose(1, 2)
    x = torch.cat([p["cls_token"].expand(len(x), -1, -1), x], 1) + p["pos_embed"]
    for index in range(DEPTH):
        block = f"blocks.{index}."
        qkv = linear(p, block + "attn.qkv", layer_norm(p, block + "norm1", x))
        query, key, value = qkv.reshape(*x.shape[:2], 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(2, 3) / (WIDTH // HEADS) ** 0.5).softmax(-1)
        x = x + linear(p, block + "attn.proj", (weights @ value).transpose(1, 2).reshape(x.shape))
        hidden = linear(p, block + "mlp.fc1", layer_norm(p, block + "norm2", x))
        hidden = hidden * 0.5 * (1 + torch.erf(hidden / 2**0.5))
        x = x + linear(p, block + "mlp.fc2", hidden)
    return layer_norm(p, "norm", x)


def compare_with_timm(parameters, image, tokens):
    try:
        import timm
    except (ImportError, RuntimeError) as error:
        print(f"timm not asked: {error}")
        return
    model = timm.models.vision_transformer.VisionTransformer(
        img_size=SIZE, patch_size=PATCH, embed_dim=WIDTH, depth=DEPTH, num_heads=HEADS, num_classes=0).eval()
    model.load_state_dict(parameters, strict=True)
    with torch.no_grad():
        difference = (model.double().forward_features(image.double()) - tokens).abs().max().item()
    print(f"timm differs by {difference:.1e}")
    assert difference < 1e-12


def main():
    generator = torch.Generator().manual_seed(7)
    parameters = make_parameters(generator)
    image = torch.randn(IMAGES, 3, SIZE, SIZE, generator=generator)
    exact = {name: value.double().requires_grad_() for name, value in parameters.items()}
    exact_image = image.double().requires_grad_()
    tokens = forward(exact, exact_image)
    projection = torch.randn(tokens.shape, generator=generator)
    loss = (tokens * projection.double()).sum()
    *gradients, image_gradient = torch.autograd.grad(loss, [*exact.values(), exact_image])
    compare_with_timm(parameters, image, tokens.detach())
    tensors = {"image": image, "tokens": tokens.detach().float(), "projection": projection,
               "gradient_image": image_gradient.float()}
    tensors |= {f"parameter.{name}": value for name, value in parameters.items()}
    tensors |= {f"gradient.{name}": value.float() for name, value in zip(parameters, gradients)}
    path = Path(__file__).with_name("vit_tiny_golden.safetensors")
    save_file(tensors, path, {"heads": str(HEADS), "patch_size": str(PATCH), "image_size": str(SIZE), "loss": repr(loss.item())})
    print(f"{path.name}: {path.stat().st_size} bytes, {len(tensors)} tensors")


if __name__ == "__main__":
    main()
