#!/usr/bin/env python3
"""Writes mae.safetensors: MAE's loss and painted pixels for fixed masks, from formulas written out here, in float64.

Encoder of width 24, depth 2, 2 heads, patch 4, on 16 x 24 pixels (6 of 24 patches seen); decoder of width 16, depth 2, 2
heads. Shuffling and un-shuffling, positions on a mesh grid and the order of the pixels in a patch (row, column, colour) are
as in MAE's models_mae.py. `parameter.` are the weights under MAE's names, the encoder's behind `encoder.`;
`noise` [B, n] decides what is seen: the smallest 6. `loss` is that of normalised targets, `loss_raw` of plain ones,
`painted` [B, n, 48] what the decoder paints at all places, `gradient_norm` that of `loss` over all parameters.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

WIDTH, DEPTH, HEADS, DECODER, PATCH, ROWS, COLUMNS, SEEN = 24, 2, 2, 16, 4, 4, 6, 6
COUNT = ROWS * COLUMNS
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).double(), torch.tensor([0.229, 0.224, 0.225]).double()


def positions(width):
    """[1, 1 + n, width]: x first, then y; of each sines, then cosines; zeros for the class token."""
    rows, columns = torch.meshgrid(torch.arange(ROWS).double(), torch.arange(COLUMNS).double(), indexing="ij")
    frequencies = 10000.0 ** (-torch.arange(width // 4).double() / (width / 4))
    halves = []
    for coordinate in (columns.reshape(-1), rows.reshape(-1)):
        angles = coordinate[:, None] * frequencies[None]
        halves += [angles.sin(), angles.cos()]
    return torch.cat([torch.zeros(1, width).double(), torch.cat(halves, 1)])[None]


def make_parameters(generator):
    def draw(*shape, scale, centre=0.0):
        return centre + scale * torch.randn(*shape, generator=generator)

    p = {"encoder.cls_token": draw(1, 1, WIDTH, scale=0.5), "mask_token": draw(1, 1, DECODER, scale=0.5),
         "encoder.patch_embed.proj.weight": draw(WIDTH, 3, PATCH, PATCH, scale=0.15),
         "encoder.patch_embed.proj.bias": draw(WIDTH, scale=0.1)}
    for prefix, width in (("encoder.blocks", WIDTH), ("decoder_blocks", DECODER)):
        for index in range(DEPTH):
            block = f"{prefix}.{index}."
            for norm in ("norm1", "norm2"):
                p[block + norm + ".weight"] = draw(width, scale=0.2, centre=1.0)
                p[block + norm + ".bias"] = draw(width, scale=0.1)
            for name, rows, columns in (("attn.qkv", 3 * width, width), ("attn.proj", width, width),
                                        ("mlp.fc1", 4 * width, width), ("mlp.fc2", width, 4 * width)):
                p[block + name + ".weight"] = draw(rows, columns, scale=columns**-0.5)
                p[block + name + ".bias"] = draw(rows, scale=0.1)
    for name, width in (("encoder.norm", WIDTH), ("decoder_norm", DECODER)):
        p[name + ".weight"], p[name + ".bias"] = draw(width, scale=0.2, centre=1.0), draw(width, scale=0.1)
    for name, rows, columns in (("decoder_embed", DECODER, WIDTH), ("decoder_pred", 3 * PATCH**2, DECODER)):
        p[name + ".weight"], p[name + ".bias"] = draw(rows, columns, scale=columns**-0.5), draw(rows, scale=0.1)
    return p


def layer_norm(p, name, x):
    return F.layer_norm(x, x.shape[-1:], p[name + ".weight"], p[name + ".bias"], 1e-6)


def linear(p, name, x):
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def blocks(p, prefix, x):
    for index in range(DEPTH):
        block = f"{prefix}.{index}."
        qkv = linear(p, block + "attn.qkv", layer_norm(p, block + "norm1", x))
        query, key, value = qkv.reshape(*x.shape[:2], 3, HEADS, x.shape[2] // HEADS).permute(2, 0, 3, 1, 4)
        weights = (query @ key.transpose(2, 3) / (x.shape[2] // HEADS) ** 0.5).softmax(-1)
        x = x + linear(p, block + "attn.proj", (weights @ value).transpose(1, 2).reshape(x.shape))
        hidden = linear(p, block + "mlp.fc1", layer_norm(p, block + "norm2", x))
        x = x + linear(p, block + "mlp.fc2", F.gelu(hidden))
    return x


def forward(p, image, noise):
    x = F.conv2d(image, p["encoder.patch_embed.proj.weight"], p["encoder.patch_embed.proj.bias"], stride=PATCH)
    x = x.flatten(2).transpose(1, 2) + positions(WIDTH)[:, 1:]
    shuffle = noise.argsort(1)
    restore = shuffle.argsort(1)
    x = x.gather(1, shuffle[:, :SEEN, None].expand(-1, -1, WIDTH))
    token = p["encoder.cls_token"] + positions(WIDTH)[:, :1]
    x = layer_norm(p, "encoder.norm", blocks(p, "encoder.blocks", torch.cat([token.expand(len(x), -1, -1), x], 1)))
    x = linear(p, "decoder_embed", x)
    patches = torch.cat([x[:, 1:], p["mask_token"].expand(len(x), COUNT - SEEN, -1)], 1)
    patches = patches.gather(1, restore[:, :, None].expand(-1, -1, DECODER))
    x = torch.cat([x[:, :1], patches], 1) + positions(DECODER)
    x = linear(p, "decoder_pred", layer_norm(p, "decoder_norm", blocks(p, "decoder_blocks", x)))
    return x[:, 1:], restore >= SEEN


def loss_of(painted, hidden, image, normalized):
    target = image.reshape(len(image), 3, ROWS, PATCH, COLUMNS, PATCH).permute(0, 2, 4, 3, 5, 1).reshape(len(image), COUNT, -1)
    if normalized:
        target = (target - target.mean(-1, keepdim=True)) / (target.var(-1, keepdim=True) + 1e-6).sqrt()
    return ((painted - target).square().mean(-1) * hidden).sum() / hidden.sum()


def main():
    generator = torch.Generator().manual_seed(11)
    parameters = make_parameters(generator)
    pixels = torch.randint(0, 256, (2, ROWS * PATCH, COLUMNS * PATCH, 3), generator=generator, dtype=torch.uint8)
    noise = torch.rand(2, COUNT, generator=generator)
    exact = {name: value.double().requires_grad_() for name, value in parameters.items()}
    image = ((pixels.double() / 255 - MEAN) / STD).permute(0, 3, 1, 2)
    painted, hidden = forward(exact, image, noise)
    loss, raw = loss_of(painted, hidden, image, True), loss_of(painted, hidden, image, False)
    gradients = torch.autograd.grad(loss, list(exact.values()))
    norm = torch.stack([gradient.norm() for gradient in gradients]).norm()
    tensors = {"pixels": pixels, "noise": noise, "painted": painted.detach().float(), "loss": loss.detach().float(),
               "loss_raw": raw.detach().float(), "gradient_norm": norm.float(), "positions": positions(WIDTH).float()}
    tensors |= {f"parameter.{name}": value for name, value in parameters.items()}
    path = Path(__file__).with_name("mae.safetensors")
    save_file(tensors, path)
    print(f"{path.name}: {path.stat().st_size} bytes; loss {loss.item():.4f}, raw {raw.item():.4f}, gradient {norm.item():.3f}")


if __name__ == "__main__":
    main()
