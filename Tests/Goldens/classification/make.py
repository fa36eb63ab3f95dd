"""Makes the goldens of Classification with timm: mixed batches and targets, losses, the distribution of erased rectangles, learning
rates by layer, and two small vision transformers with heads. Needs torch, timm, numpy and safetensors.

    python make.py
"""
import json
import math
import pathlib

import numpy as np
import torch
from safetensors.torch import save_file
from timm.data.mixup import Mixup, mixup_target
from timm.data.random_erasing import RandomErasing
from timm.loss import LabelSmoothingCrossEntropy, SoftTargetCrossEntropy
from timm.models.vision_transformer import VisionTransformer
from timm.optim import param_groups_layer_decay

HERE = pathlib.Path(__file__).parent
torch.manual_seed(5)
tensors, facts = {}, {}


def rows(images):
    return images.permute(0, 2, 3, 1).contiguous()


def add_mixing():
    images, labels = torch.randn(4, 3, 7, 9), torch.tensor([2, 0, 4, 2])
    tensors["mixing/images"], tensors["mixing/labels"] = rows(images), labels
    facts["mixing"] = []
    uniform, integer, beta = np.random.rand, np.random.randint, np.random.beta
    cases = [("mixup", 0.3, 0, 0), ("cutmix", 0.6, 3, 4), ("cutmix", 0.45, 0, 8), ("cutmix", 0.999, 6, 1)]
    for number, (kind, share, row, column) in enumerate(cases):
        np.random.rand = lambda: 0.0 if kind == "cutmix" else 0.9
        np.random.beta = lambda *_: share
        places = iter([row, column])
        np.random.randint = lambda *_, **__: next(places)
        mixup = Mixup(mixup_alpha=0.8, cutmix_alpha=1.0, switch_prob=0.5, label_smoothing=0.1, num_classes=5)
        mixed, targets = mixup(images.clone(), labels)
        tensors[f"mixing/{number}/images"], tensors[f"mixing/{number}/targets"] = rows(mixed), targets
        facts["mixing"].append({"kind": kind, "share": share, "row": row, "column": column})
    np.random.rand, np.random.randint, np.random.beta = uniform, integer, beta
    tensors["mixing/unmixed targets"] = mixup_target(labels, 5, 1.0, 0.1)


def add_losses():
    logits = torch.randn(6, 5, requires_grad=True)
    labels, targets = torch.tensor([0, 1, 4, 3, 2, 2]), torch.rand(6, 5).softmax(1)
    tensors.update({"loss/logits": logits.detach(), "loss/labels": labels, "loss/targets": targets})
    soft = SoftTargetCrossEntropy()(logits, targets)
    soft.backward()
    tensors.update({"loss/soft": soft.detach(), "loss/soft gradient": logits.grad.clone()})
    tensors["loss/smoothed"] = LabelSmoothingCrossEntropy(0.1)(logits, labels).detach()


def add_erasing():
    """Rectangles of 40,000 images of 24 x 32, found again as what differs from a constant."""
    erasing, size = RandomErasing(0.25, mode="pixel", device="cpu"), (24, 32)
    areas, aspects, count = [], [], 40_000
    for _ in range(count):
        erased = erasing(torch.full((1, *size), 99.0))[0] != 99
        if not erased.any():
            continue
        y, x = erased.nonzero(as_tuple=True)
        height, width = int(y.max() - y.min()) + 1, int(x.max() - x.min()) + 1
        areas.append(height * width / (size[0] * size[1]))
        aspects.append(math.log(height / width))
    facts["erasing"] = {
        "height": size[0], "width": size[1], "share": len(areas) / count, "area_mean": float(np.mean(areas)),
        "area_deviation": float(np.std(areas)), "log_aspect_mean": float(np.mean(aspects)),
        "log_aspect_deviation": float(np.std(aspects)),
    }


def network(pool):
    model = VisionTransformer(
        img_size=16, patch_size=4, embed_dim=16, depth=2, num_heads=2, num_classes=5, global_pool=pool)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.2)
    return model.eval()


def add_networks():
    image = torch.randn(3, 3, 16, 16)
    tensors["network/patches"] = image.reshape(3, 3, 4, 4, 4, 4).permute(0, 2, 4, 1, 3, 5).reshape(3, 16, 48).contiguous()
    for pool in ("avg", "token"):
        model = network(pool)
        with torch.no_grad():
            tensors[f"network/{pool}"] = model(image)
        save_file(model.state_dict(), HERE / f"timm_{pool}.safetensors", metadata={"heads": "2"})


def add_layer_decay():
    model = network("avg")
    groups = param_groups_layer_decay(
        model, weight_decay=0.05, no_weight_decay_list=model.no_weight_decay(), layer_decay=0.65)
    names = {id(parameter): name for name, parameter in model.named_parameters()}
    facts["layer_decay"] = {
        names[id(parameter)]: [group["lr_scale"], group["weight_decay"]] for group in groups for parameter in group["params"]}


for step in (add_mixing, add_losses, add_erasing, add_networks, add_layer_decay):
    step()
save_file(tensors, HERE / "classification.safetensors")
(HERE / "facts.json").write_text(json.dumps(facts, indent=1) + "\n")
