#!/usr/bin/env python3
"""Repeats one SplitMask optimiser step written by `splitmask trace` and compares every number of it.

    check_trace.py step.safetensors          exit 0 when all relative errors are at most 1e-4, else 1
    check_trace.py --self-test               the checker against PyTorch modules, and against spoilt traces

Words, logits, descriptors, losses, gradients, the gradient norm and AdamW's update are computed from the parameters and
the images of the file, in float64 and in float32, by formulas written out here: no module, no fused attention.

The clip cannot be judged from a first step: AdamW's first update does not depend on the gradient's scale.

The error of a tensor is its largest absolute deviation divided by the largest absolute value of the reference tensor.
"""

import argparse
import math
import sys
import tempfile
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors import safe_open
from safetensors.torch import save_file

TOLERANCE = 1e-4
ENCODER, DECODER = "encoder.", "decoder."  # key prefixes behind `parameter.`, `gradient.` and `updated.`
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
DEFAULTS = {
    "learning_rate": None, "weight_decay": "0.05", "clip": "3.0", "beta1": "0.9", "beta2": "0.999", "epsilon": "1e-8",
    "patch_size": None, "heads": None, "decoder_heads": None, "temperature": "0.2",
    "negatives": "both",  # both: 2(B - 1) of both branches; opposite: B - 1 of the other branch
    "inpaint_weight": "1", "match_weight": "1", "codebook_order": "chw",  # or hwc: order of values inside a pixel patch
}


class Trace:
    """The file: tensors by name, settings from its metadata."""

    def __init__(self, path):
        with safe_open(path, "pt") as file:
            self.tensors = {name: file.get_tensor(name) for name in file.keys()}
            metadata = file.metadata() or {}
        self.settings = {key: metadata.get(key, default) for key, default in DEFAULTS.items()}
        absent = [key for key in ("learning_rate", "patch_size", "heads") if self.settings[key] is None]
        if absent:
            raise SystemExit(f"{path}: metadata lacks {', '.join(absent)}; it has {sorted(metadata)}")

    def __getitem__(self, name):
        return self.tensors[name]

    def number(self, key):
        return float(self.settings[key].strip('"'))

    def text(self, key):
        return self.settings[key].strip('"')

    def group(self, kind):
        prefix = kind + "."
        return {name[len(prefix):]: value for name, value in self.tensors.items() if name.startswith(prefix)}

    def pixels(self, name, dtype):
        """[B, 3, H, W]; floats are taken as normalised already, 8-bit values are normalised here."""
        value = self[name]
        if value.dtype != torch.uint8:
            return value.to(dtype)
        mean, std = (torch.tensor(v, dtype=dtype).view(3, 1, 1) for v in (MEAN, STD))
        return (value.to(dtype) / 255 - mean) / std


# The model, as formulas over a dictionary of parameters


def layer_norm(p, name, x):
    centred = x - x.mean(-1, keepdim=True)
    variance = centred.square().mean(-1, keepdim=True)
    return centred / torch.sqrt(variance + 1e-6) * p[name + ".weight"] + p[name + ".bias"]


def linear(p, name, x):
    return x @ p[name + ".weight"].T + p[name + ".bias"]


def gelu(x):
    return x * 0.5 * (1 + torch.erf(x / math.sqrt(2)))


def attention(p, name, x, heads):
    batch, count, dimension = x.shape
    width = dimension // heads
    qkv = linear(p, name + ".qkv", x)
    query, key, value = (part.reshape(batch, count, heads, width).transpose(1, 2) for part in qkv.split(dimension, -1))
    weights = torch.softmax(query @ key.transpose(2, 3) / math.sqrt(width), -1)
    return linear(p, name + ".proj", (weights @ value).transpose(1, 2).reshape(batch, count, dimension))


def transformer(p, prefix, x, heads):
    index = 0
    while f"{prefix}blocks.{index}.norm1.weight" in p:
        block = f"{prefix}blocks.{index}."
        x = x + attention(p, block + "attn", layer_norm(p, block + "norm1", x), heads)
        hidden = gelu(linear(p, block + "mlp.fc1", layer_norm(p, block + "norm2", x)))
        x = x + linear(p, block + "mlp.fc2", hidden)
        index += 1
    if index == 0:
        raise SystemExit(f"no parameter named {prefix}blocks.0.norm1.weight")
    return layer_norm(p, prefix + "norm", x)


def unfold(image, size, order="chw"):
    """[B, 3, H, W] to [B, n, 3 * size * size], one row of the grid after the other."""
    batch, channels, height, width = image.shape
    rows, columns = height // size, width // size
    x = image.reshape(batch, channels, rows, size, columns, size)
    x = x.permute(0, 2, 4, 1, 3, 5) if order == "chw" else x.permute(0, 2, 4, 3, 5, 1)
    return x.reshape(batch, rows * columns, -1)


def branch(p, tokens, sees, heads, decoder_heads):
    """One image [n, D], one branch: (logits at its missing positions, mean of all patch outputs)."""
    positions = p[ENCODER + "pos_embed"]
    has_class = ENCODER + "cls_token" in p
    offset = 1 if has_class else 0
    observed = tokens[:, sees]
    if has_class:
        first = (p[ENCODER + "cls_token"] + positions[:, :1]).expand(len(tokens), -1, -1)
        observed = torch.cat([first, observed], 1)
    encoded = transformer(p, ENCODER, observed, heads)
    slots = (p[DECODER + "mask_token"] + positions[:, offset:]).expand(len(tokens), -1, -1).clone()
    slots[:, sees] = encoded[:, offset:]
    decoded = transformer(p, DECODER, torch.cat([encoded[:, :offset], slots], 1), decoder_heads)[:, offset:]
    return linear(p, DECODER + "head", decoded[:, ~sees]), decoded.mean(1)


def info_nce(a, b, temperature, negatives):
    """Mean over images of half of both branches' losses, written as in the definition, term by term."""
    a, b = (x / x.norm(dim=1, keepdim=True) for x in (a, b))
    losses = []
    for own, other in ((a, b), (b, a)):
        across, within = own @ other.T / temperature, own @ own.T / temperature
        for i in range(len(a)):
            others = [j for j in range(len(a)) if j != i]
            terms = [across[i]] if negatives == "opposite" else [across[i], within[i, others]]
            losses.append(torch.logsumexp(torch.cat(terms), 0) - across[i, i])
    return torch.stack(losses).mean()


def repeat_step(trace, dtype):
    """Everything the file holds, computed anew in `dtype` from its parameters, pixels and masks."""
    heads = int(trace.number("heads"))
    decoder_heads = int(trace.number("decoder_heads")) if trace.settings["decoder_heads"] else heads
    p = {name: value.to(dtype).requires_grad_() for name, value in trace.group("parameter").items()}
    kernel = p[ENCODER + "patch_embed.proj.weight"]
    image = trace.pixels("image", dtype)
    patches = unfold(image, int(trace.number("patch_size")))
    tokens = patches @ kernel.flatten(1).T + p[ENCODER + "patch_embed.proj.bias"]
    tokens = tokens + p[ENCODER + "pos_embed"][:, -tokens.shape[1]:]
    in_a = trace["in_a"].bool()
    in_b = trace["in_b"].bool() if "in_b" in trace.tensors else ~in_a
    if (in_a & in_b).any():
        raise SystemExit("in_a and in_b overlap: the two subsets must be disjoint")

    logits, descriptors, losses, count = {}, {}, [], 0
    for name, masks in (("a", in_a), ("b", in_b)):
        rows = []
        for index, sees in enumerate(masks):
            rows.append(branch(p, tokens[index:index + 1], sees, heads, decoder_heads))
            chosen = trace["words"][index].long()[~sees]
            losses.append(F.cross_entropy(rows[-1][0][0], chosen, reduction="sum"))
            count += len(chosen)
        logits[name] = torch.cat([row[0][0] for row in rows])
        descriptors[name] = torch.cat([row[1] for row in rows])
    inpaint = torch.stack(losses).sum() / count
    match = info_nce(descriptors["a"], descriptors["b"], trace.number("temperature"), trace.text("negatives"))
    loss = trace.number("inpaint_weight") * inpaint + trace.number("match_weight") * match
    gradients = torch.autograd.grad(loss, list(p.values()), allow_unused=True)
    unused = [name for name, gradient in zip(p, gradients) if gradient is None]
    if unused:
        raise SystemExit(f"parameters this checker knows no use for: {', '.join(unused)}")
    return {"logits": {f"logits_{k}": v.detach() for k, v in logits.items()},
            "descriptors": {f"descriptor_{k}": v.detach() for k, v in descriptors.items()},
            "losses": {"loss": loss.detach(), "loss_inpaint": inpaint.detach(), "loss_match": match.detach()},
            "gradients": dict(zip(p, gradients)),
            "gradient norm": {"gradient_norm": torch.stack([g.square().sum() for g in gradients]).sum().sqrt()}}


# The comparison


def relative_error(ours, reference, floor=0.0):
    ours, reference = ours.double().reshape(-1), reference.double().reshape(-1)
    if ours.shape != reference.shape:
        return math.inf
    scale = max(reference.abs().max().item(), floor)
    error = (ours - reference).abs().max().item()
    return 0.0 if error == 0 else (error / scale if scale > 0 and math.isfinite(error) else math.inf)


def like(theirs, descriptor):
    """The pooled vectors as they are, or of unit length where the file has them so."""
    unit = (theirs.double().norm(dim=-1) - 1).abs().max() < 1e-3
    return F.normalize(descriptor, dim=-1) if unit else descriptor


def words_error(trace, dtype):
    """Shortfall in cosine of each word of the file against the best word: 0 where they agree, rounding in a tie."""
    view, words, codebook = trace.pixels("tokenizer_view", dtype), trace["words"].long(), trace["codebook"].to(dtype)
    size = math.isqrt(view.shape[2] * view.shape[3] // words.shape[1])
    vectors = unfold(view, size, trace.text("codebook_order"))
    if vectors.shape[:2] != words.shape or vectors.shape[2] != codebook.shape[1]:
        raise SystemExit(f"view {list(view.shape)}, words {list(words.shape)} and codebook {list(codebook.shape)} disagree")
    length = (codebook.norm(dim=1) - 1).abs().max().item()
    worst, disagreeing = length, 0
    for row, chosen in zip(vectors, words):
        cosine = F.normalize(row, dim=1) @ F.normalize(codebook, dim=1).T
        best = cosine.max(1).values
        worst = max(worst, (best - cosine.gather(1, chosen[:, None])[:, 0]).max().item())
        disagreeing += (cosine.argmax(1) != chosen).sum().item()
    return worst, disagreeing


def update_error(trace, gradients, dtype):
    """AdamW's first step from the file's gradients; what float32 cannot resolve next to the weight is allowed for."""
    rate, decay, epsilon = trace.number("learning_rate"), trace.number("weight_decay"), trace.number("epsilon")
    norm = torch.stack([g.to(dtype).square().sum() for g in gradients.values()]).sum().sqrt()
    scale = torch.clamp(trace.number("clip") / (norm + 1e-6), max=1.0) if trace.number("clip") > 0 else 1.0
    worst = (0.0, "")
    beta1, beta2 = trace.number("beta1"), trace.number("beta2")
    for name, old in trace.group("parameter").items():
        old, gradient = old.to(dtype), gradients[name].to(dtype) * scale
        decayed = old.ndim > 1 and name not in (ENCODER + "cls_token", ENCODER + "pos_embed")
        first, second = (1 - beta1) * gradient, (1 - beta2) * gradient.square()
        new = old * (1 - rate * decay) if decayed else old
        new = new - rate * (first / (1 - beta1)) / ((second / (1 - beta2)).sqrt() + epsilon)
        change, reference = trace["updated." + name].to(dtype) - old, new - old
        excess = ((change - reference).abs() - 2.5e-7 * old.abs()).clamp(min=0).max().item()
        error = excess / max(reference.abs().max().item(), 1e-30)
        if not error <= worst[0]:
            worst = (error, name)
    return worst


def compare(trace, dtype):
    """[(group, error, where)] for one precision."""
    step, results = repeat_step(trace, dtype), []
    error, disagreeing = words_error(trace, dtype)
    results.append(("words", error, f"{disagreeing} of {trace['words'].numel()} differ (ties)"))
    gradients = trace.group("gradient")
    for group, references in step.items():
        ours = gradients if group == "gradients" else trace.tensors
        # A tensor whose gradient is all but zero is judged against the largest gradient, not against its own rounding.
        floor = 1e-6 * max(v.abs().max().item() for v in references.values()) if group == "gradients" else 0.0
        absent = [name for name in references if name not in ours]
        if absent:
            raise SystemExit(f"the file lacks {', '.join(absent)} ({group})")
        if group == "descriptors":
            references = {name: like(ours[name], value) for name, value in references.items()}
        worst = max(((relative_error(ours[name], value, floor), name) for name, value in references.items()),
                    key=lambda pair: math.inf if math.isnan(pair[0]) else pair[0])
        results.append((group, *worst))
    results.append(("update", *update_error(trace, gradients, dtype)))
    return results


def check(path, quiet=False):
    trace, accepted = Trace(path), True
    for dtype in (torch.float64, torch.float32):
        for group, error, where in compare(trace, dtype):
            good = error <= TOLERANCE
            accepted &= good
            if not quiet:
                print(f"{str(dtype)[6:]:8} {group:14} {error:10.2e}  {'ok  ' if good else 'FAIL'}  {where}")
    if not quiet:
        print("accepted" if accepted else f"rejected: an error is above {TOLERANCE}")
    return accepted


# The self-test: traces written from the benchmark's modules, which share no code with the formulas above


def write_trace(path, quarter):
    """A tiny model's step; `quarter`: each branch sees a quarter of the patches instead of half."""
    sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "Benchmarks" / "pytorch"))
    import splitmask_step as peer

    torch.manual_seed(3)
    batch, rate = 5, 1e-3
    config = peer.ModelConfig(24, 3, 3, 32, 8, 50, stochastic_depth=0, patch_embedding="conv")
    model = peer.SplitMask(config).train()
    with torch.no_grad():  # away from the flat start, so that every tensor has a gradient that matters
        for parameter in model.parameters():
            parameter.add_(0.15 * torch.randn_like(parameter))
    image = torch.randn(batch, 3, 32, 32)
    codebook = F.normalize(torch.rand(50, 3 * 64), dim=1)
    words = (peer.patches(image, 8) @ codebook.T).argmax(2)
    order = torch.rand(batch, 16).argsort(1)
    part = 4 if quarter else 8
    sets = [order[:, :part].sort(1).values, order[:, part:2 * part].sort(1).values]
    masks = [torch.zeros(batch, 16, dtype=torch.uint8).scatter(1, s, 1) for s in sets]
    missing = [(1 - m).nonzero()[:, 1].view(batch, -1) for m in masks]
    before = {name: value.detach().clone() for name, value in model.named_parameters()}
    result = model(image, words, torch.cat(sets), torch.cat(missing))
    result["loss"].backward()
    gradients = {name: value.grad.clone() for name, value in model.named_parameters()}
    norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 3.0)
    torch.optim.AdamW(peer.parameter_groups(model, 0.05), lr=rate, fused=True).step()
    logits, descriptor = result["logits"].detach(), result["descriptor"].detach()
    tensors = {"image": image, "tokenizer_view": image.clone(), "codebook": codebook, "words": words, "in_a": masks[0],
               "logits_a": logits[:batch].clone(), "logits_b": logits[batch:].clone(),
               "descriptor_a": descriptor[:batch].clone(), "descriptor_b": descriptor[batch:].clone(),
               "gradient_norm": norm.detach(), **{k: result[k].detach() for k in ("loss", "loss_inpaint", "loss_match")},
               **{f"parameter.{k}": v for k, v in before.items()}, **{f"gradient.{k}": v for k, v in gradients.items()},
               **{f"updated.{k}": v.detach().clone() for k, v in model.named_parameters()}}
    if quarter:
        tensors["in_b"] = masks[1]
    metadata = {"learning_rate": str(rate), "weight_decay": "0.05", "patch_size": "8", "temperature": "0.2", "clip": "3.0",
                "heads": "3"}
    save_file(tensors, path, metadata)
    return tensors, metadata


def self_test():
    failures = 0
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "step.safetensors")
        for quarter in (False, True):
            tensors, metadata = write_trace(path, quarter)
            print(f"honest trace, {'a quarter' if quarter else 'half'} each")
            failures += not check(path)
        spoilt = ["words", "in_a", "logits_a", "logits_b", "descriptor_b", "loss", "loss_match", "gradient_norm",
                  "gradient.encoder.pos_embed", "gradient.decoder.mask_token", "gradient.encoder.blocks.0.attn.qkv.weight",
                  "updated.encoder.cls_token", "updated.decoder.head.weight", "updated.encoder.norm.weight"]
        for name in spoilt:
            changed = dict(tensors)
            value = tensors[name].clone()
            flat = value.view(-1)
            if name in ("words", "in_a"):
                flat[0] = (flat[0] + 1) % (50 if name == "words" else 2)
            elif name.startswith("updated."):
                flat[0] -= 1e-3 * (value - tensors["parameter" + name[7:]]).view(-1)[0].item() + 5e-7
            else:
                flat[flat.abs().argmax()] *= 1.0005
            changed[name] = value
            save_file(changed, path, metadata)
            try:
                accepted = check(path, quiet=True)
            except SystemExit:
                accepted = False
            failures += accepted
            print(f"spoilt {name}: {'ACCEPTED' if accepted else 'rejected'}")
        for key, value in (("temperature", "0.201"), ("learning_rate", "0.00101"), ("weight_decay", "0.06"),
                           ("negatives", "opposite"), ("heads", "6"), ("match_weight", "0.5")):
            save_file(tensors, path, {**metadata, key: value})
            accepted = check(path, quiet=True)
            failures += accepted
            print(f"wrong {key}: {'ACCEPTED' if accepted else 'rejected'}")
    print("self-test passed" if failures == 0 else f"self-test FAILED: {failures}")
    return failures == 0


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("file", nargs="?", help="step.safetensors")
    parser.add_argument("--self-test", action="store_true")
    arguments = parser.parse_args()
    if not arguments.self_test and not arguments.file:
        parser.error("name a step.safetensors, or pass --self-test")
    return 0 if (self_test() if arguments.self_test else check(arguments.file)) else 1


if __name__ == "__main__":
    sys.exit(main())
