"""Checkpoints as torch.save writes them, whole and foreign, for PyTorchFileTests.

    pip install torch==2.13.0
    python Tests/Goldens/pytorch/make.py
"""

import argparse
import pathlib
import random
from collections import OrderedDict, defaultdict

import torch

HERE = pathlib.Path(__file__).parent


def values(count, dtype=torch.float32):
    return (torch.arange(count, dtype=torch.float64) * 0.5 - 1).to(dtype)


def main():
    base = values(12).reshape(3, 4)
    state = OrderedDict()
    state["cls_token"] = values(4).reshape(1, 1, 4)
    # Views of one storage, one of them transposed, one with an offset.
    state["blocks.0.weight"] = base
    state["blocks.0.transposed"] = base.t()
    state["blocks.0.row"] = base[1]
    state["head.bias"] = torch.nn.Parameter(values(3))
    for dtype in [torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32, torch.uint8, torch.bool]:
        state["types." + str(dtype).removeprefix("torch.")] = values(5, torch.float64).abs().to(dtype)
    state["scalar"] = torch.tensor(7.5)
    state["empty"] = torch.zeros(0, 3)
    state._metadata = OrderedDict([("", {"version": 1})])
    checkpoint = {"model": state, "epoch": 3, "lr": 1e-3, "names": ["a", None, True], "shape": (2, -70000)}
    torch.save(checkpoint, HERE / "state.pth")
    torch.save({"model": state, "args": argparse.Namespace(lr=0.1)}, HERE / "namespace.pth")
    torch.save({"weight": values(2)}, HERE / "legacy.pth", _use_new_zipfile_serialization=False)
    # What a Lightning checkpoint holds beside its weights: optimizer, callbacks under names and types, paths, the torch version.
    lightning = {
        "epoch": 1, "global_step": 2, "pytorch-lightning_version": "2.5.0", "loops": {"fit_loop": {"state_dict": {}}},
        "state_dict": OrderedDict([("model.norm.weight", values(3)), ("criterion.weight", values(2))]),
        "optimizer_states": [{"state": {0: {"step": torch.tensor(2.0), "exp_avg": values(3)}}, "param_groups": [{"lr": 0.1}]}],
        "lr_schedulers": [], "callbacks": {"ModelCheckpoint{'monitor': None}": {"dirpath": pathlib.PosixPath("/tmp"),
                                           "scores": defaultdict(int, {"a": 1})}, set: frozenset({1, 2})},
        "hyper_parameters": argparse.Namespace(betas=(0.9, 0.95), size=torch.Size([2, 3]), dtype=torch.float32),
        "rng": random.Random(0).getstate(), "large": 1 << 90,
    }
    torch.save(lightning, HERE / "lightning.ckpt")
    torch.save(torch.nn.Linear(2, 2), HERE / "module.pth")
    torch.serialization.set_crc32_options(False)
    torch.save({"weight": values(3)}, HERE / "unchecked.pth")


main()
