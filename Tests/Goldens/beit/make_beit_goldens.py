#!/usr/bin/env python3
"""Writes timm_beit.safetensors, beit_step_original.safetensors and beit_step_plain.safetensors.

timm_beit: timm's own Beit (width 24, depth 2, 2 heads, patch 4, 16 x 24 pixels) with random weights under BEiT's names
(`parameter.`), once with a shared table of relative positions and once with one a block (`per_block.`); `tokens` and
`per_block_tokens` are all tokens after the final norm. `table` and `resampled_table` are a table of a 4 x 4 grid and what
timm's simple bicubic rule makes of it for 6 x 6.

beit_step_*: one optimiser step of BEiT from images to updated weights, from formulas written out here, in float64: words by
cosine, mask token in the place of hidden embeddings, cross-entropy over all hidden patches of the batch (5, 9 and 7 of the
three images), clipping at `clip`, AdamW with decay 0.05 on all but vectors, class token and positions. `original` is BEiT's
network, `plain` the plain vision transformer.
"""

from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file

WIDTH, DEPTH, HEADS, PATCH, ROWS, COLUMNS, WORDS = 24, 2, 2, 4, 4, 6, 64
COUNT, RATE, DECAY, CLIP = ROWS * COLUMNS, 1e-3, 0.05, 3.0
MEAN, STD = torch.tensor([0.485, 0.456, 0.406]).double(), torch.tensor([0.229, 0.224, 0.225]).double()


def draw(generator, *shape, scale, centre=0.0):
    return centre + scale * torch.randn(*shape, generator=generator)


def make_parameters(generator, original):
    table_rows = (2 * ROWS - 1) * (2 * COLUMNS - 1) + 3
    p = {"cls_token": draw(generator, 1, 1, WIDTH, scale=0.5)}
    if original:
        p["rel_pos_bias.relative_position_bias_table"] = draw(generator, table_rows, HEADS, scale=1.0)
    else:
        p["pos_embed"] = draw(generator, 1, 1 + COUNT, WIDTH, scale=0.5)
    p["patch_embed.proj.weight"] = draw(generator, WIDTH, 3, PATCH, PATCH, scale=0.15)
    p["patch_embed.proj.bias"] = draw(generator, WIDTH, scale=0.1)
    for index in range(DEPTH):
        block = f"blocks.{index}."
        if original:
            p[block + "gamma_1"] = draw(generator, WIDTH, scale=0.2, centre=0.7)
            p[block + "gamma_2"] = draw(generator, WIDTH, scale=0.2, centre=0.7)
            p[block + "attn.q_bias"] = draw(generator, WIDTH, scale=0.3)
            p[block + "attn.v_bias"] = draw(generator, WIDTH, scale=0.3)
        else:
            p[block + "attn.qkv.bias"] = draw(generator, 3 * WIDTH, scale=0.3)
        p[block + "attn.qkv.weight"] = draw(generator, 3 * WIDTH, WIDTH, scale=1.5 * WIDTH**-0.5)
        for norm in ("norm1", "norm2"):
            p[block + norm + ".weight"] = draw(generator, WIDTH, scale=0.2, centre=1.0)
            p[block + norm + ".bias"] = draw(generator, WIDTH, scale=0.1)
        for name, rows, columns in (("attn.proj", WIDTH, WIDTH), ("mlp.fc1", 4 * WIDTH, WIDTH), ("mlp.fc2", WIDTH, 4 * WIDTH)):
            p[block + name + ".weight"] = draw(generator, rows, columns, scale=columns**-0.5)
            p[block + name + ".bias"] = draw(generator, rows, scale=0.1)
    p["norm.weight"], p["norm.bias"] = draw(generator, WIDTH, scale=0.2, centre=1.0), draw(generator, WIDTH, scale=0.1)
    return p


def relative_index():
    """[1 + n, 1 + n]: the row of the table for query and key (microsoft/unilm, beit/modeling_finetune.py)."""
    pairs = (2 * ROWS - 1) * (2 * COLUMNS - 1)
    index = torch.empty(1 + COUNT, 1 + COUNT, dtype=torch.long)
    for query in range(COUNT):
        for key in range(COUNT):
            down = query // COLUMNS - key // COLUMNS + ROWS - 1
            right = query % COLUMNS - key % COLUMNS + COLUMNS - 1
            index[1 + query, 1 + key] = down * (2 * COLUMNS - 1) + right
    index[0, :], index[:, 0], index[0, 0] = pairs, pairs + 1, pairs + 2
    return index


def layer_norm(p, name, x):
    centred = x - x.mean(-1, keepdim=True)
    return centred / (centred.square().mean(-1, keepdim=True) + 1e-6).sqrt() * p[name + ".weight"] + p[name + ".bias"]


def linear(p, name, x):
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def encode(p, image, hidden=None, factors=None):
    """Tokens of [B, 3, H, W] after the last norm; embeddings of `hidden` [B, n] are the mask token."""
    return layer_norm(p, "norm", run_blocks(p, image, hidden, factors))


def run_blocks(p, image, hidden=None, factors=None):
    """Tokens before the last norm; stochastic depth's `factors` [depth, 2, B, 1, 1] multiply the residual branches."""
    factors = torch.ones(DEPTH, 2, 1, 1, 1) if factors is None else factors
    x = F.conv2d(image, p["patch_embed.proj.weight"], p["patch_embed.proj.bias"], stride=PATCH).flatten(2).transpose(1, 2)
    if hidden is not None:
        x = torch.where(hidden[:, :, None], p["mask_token"], x)
    x = torch.cat([p["cls_token"].expand(len(x), -1, -1), x], 1)
    if "pos_embed" in p:
        x = x + p["pos_embed"]
    table = p.get("rel_pos_bias.relative_position_bias_table")
    for index in range(DEPTH):
        block = f"blocks.{index}."
        bias = p.get(block + "attn.qkv.bias")
        if bias is None:
            queries, values = p[block + "attn.q_bias"], p[block + "attn.v_bias"]
            bias = torch.cat([queries, torch.zeros_like(queries), values])
        qkv = layer_norm(p, block + "norm1", x) @ p[block + "attn.qkv.weight"].T + bias
        query, key, value = qkv.reshape(*x.shape[:2], 3, HEADS, WIDTH // HEADS).permute(2, 0, 3, 1, 4)
        scores = query @ key.transpose(2, 3) / (WIDTH // HEADS) ** 0.5
        own = p.get(block + "attn.relative_position_bias_table", table)
        if own is not None:
            scores = scores + own[relative_index()].permute(2, 0, 1)
        attended = linear(p, block + "attn.proj", (scores.softmax(-1) @ value).transpose(1, 2).reshape(x.shape))
        x = x + factors[index, 0] * p.get(block + "gamma_1", 1.0) * attended
        widened = linear(p, block + "mlp.fc1", layer_norm(p, block + "norm2", x))
        widened = widened * 0.5 * (1 + torch.erf(widened / 2**0.5))
        x = x + factors[index, 1] * p.get(block + "gamma_2", 1.0) * linear(p, block + "mlp.fc2", widened)
    return x


def make_timm_golden():
    from timm.layers.pos_embed_rel import resize_rel_pos_bias_table_simple
    from timm.models.beit import Beit

    generator = torch.Generator().manual_seed(3)
    parameters = make_parameters(generator, original=True)
    shared = parameters["rel_pos_bias.relative_position_bias_table"]
    image = torch.randn(2, 3, ROWS * PATCH, COLUMNS * PATCH, generator=generator)
    tensors = {"image": image} | {f"parameter.{name}": value for name, value in parameters.items()}

    def tokens(state, shared):
        model = Beit(img_size=(ROWS * PATCH, COLUMNS * PATCH), patch_size=PATCH, num_classes=0, global_pool="token",
                     embed_dim=WIDTH, depth=DEPTH, num_heads=HEADS, init_values=0.1, use_abs_pos_emb=False,
                     use_rel_pos_bias=not shared, use_shared_rel_pos_bias=shared).eval()
        model.load_state_dict(state, strict=True)
        with torch.no_grad():
            found = model.double().forward_features(image.double())
            ours = encode({name: value.double() for name, value in state.items()}, image.double())
        difference = (found - ours).abs().max().item()
        print(f"timm and the formulas differ by {difference:.1e}")
        assert difference < 1e-10
        return found.float()

    tensors["tokens"] = tokens(parameters, True)
    per_block = {name: value for name, value in parameters.items() if not name.startswith("rel_pos_bias")}
    for index in range(DEPTH):
        table = shared + draw(generator, *shared.shape, scale=0.5)
        per_block[f"blocks.{index}.attn.relative_position_bias_table"] = table
        tensors[f"per_block.blocks.{index}.attn.relative_position_bias_table"] = table
    tensors["per_block_tokens"] = tokens(per_block, False)
    table = draw(generator, 7 * 7 + 3, HEADS, scale=1.0)
    tensors["table"] = table
    tensors["resampled_table"] = resize_rel_pos_bias_table_simple(table, (6, 6), (11 * 11 + 3, HEADS)).contiguous()
    save("timm_beit", tensors)


def words_of(pixels, codebook):
    """[B, n] words of [B, H, W, 3] bytes."""
    values = (pixels.double() / 255 - MEAN) / STD
    patches = values.reshape(-1, ROWS, PATCH, COLUMNS, PATCH, 3).permute(0, 1, 3, 5, 2, 4).reshape(-1, COUNT, 3 * PATCH**2)
    best = (patches @ codebook.double().T).topk(2).values
    assert (best[..., 0] - best[..., 1]).min() > 1e-4, "two words are nearly equally near; take another seed"
    return (patches @ codebook.double().T).argmax(-1)


def make_step(name, seed):
    generator = torch.Generator().manual_seed(seed)
    encoder = make_parameters(generator, original=name == "original")
    p = {f"encoder.{key}": value for key, value in encoder.items()}
    p["mask_token"] = draw(generator, 1, 1, WIDTH, scale=0.5)
    p["head.weight"], p["head.bias"] = draw(generator, WORDS, WIDTH, scale=0.3), draw(generator, WORDS, scale=0.1)
    pixels = torch.randint(0, 256, (3, ROWS * PATCH, COLUMNS * PATCH, 3), generator=generator, dtype=torch.uint8)
    codebook = F.normalize(torch.rand(WORDS, 3 * PATCH**2, generator=generator), dim=1)
    hidden = torch.zeros(3, COUNT, dtype=torch.bool)
    for image, count in enumerate((5, 9, 7)):
        hidden[image, torch.randperm(COUNT, generator=generator)[:count]] = True
    exact = {key: value.double().requires_grad_() for key, value in p.items()}
    inner = {key.removeprefix("encoder."): value for key, value in exact.items()}
    image = ((pixels.double() / 255 - MEAN) / STD).permute(0, 3, 1, 2)
    tokens = encode(inner, image, hidden)[:, 1:][hidden]
    loss = F.cross_entropy(linear(exact, "head", tokens), words_of(pixels, codebook)[hidden])
    loss.backward()
    norm = torch.nn.utils.clip_grad_norm_(exact.values(), CLIP)
    plain = [v for k, v in exact.items() if v.ndim == 1 or k.endswith("pos_embed") or k.endswith("cls_token")]
    decayed = [v for v in exact.values() if not any(v is other for other in plain)]
    groups = [{"params": decayed, "weight_decay": DECAY}, {"params": plain, "weight_decay": 0.0}]
    torch.optim.AdamW(groups, lr=RATE, betas=(0.9, 0.999), eps=1e-8).step()
    print(f"{name}: loss {loss.item():.4f}, gradient norm {norm.item():.3f}")
    tensors = {"pixels": pixels, "codebook": codebook, "hidden": hidden.to(torch.uint8),
               "loss": loss.detach().float(), "gradient_norm": norm.float()}
    tensors |= {f"parameter.{key}": value for key, value in p.items()}
    tensors |= {f"updated.{key}": value.detach().float() for key, value in exact.items()}
    save(f"beit_step_{name}", tensors)


def save(name, tensors):
    path = Path(__file__).with_name(name + ".safetensors")
    save_file({key: value.contiguous() for key, value in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes")


if __name__ == "__main__":
    make_timm_golden()
    make_step("original", seed=5)
    make_step("plain", seed=6)
