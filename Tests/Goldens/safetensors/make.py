#!/usr/bin/env python3
"""Writes the files that the safetensors tests read, and checks files that Swift wrote.

    make.py              mixed.safetensors (torch 2.13.0, safetensors 0.8.0): types of every width, a scalar, an empty tensor,
                         a name that JSON must escape, metadata
    make.py check FILE   FILE, which SafetensorsWriterTests writes where SPLITMASK_KEEP_SAFETENSORS says, holds the
                         same tensors and metadata
"""

import sys
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

TENSORS = {
    "blocks.0.attn.qkv.weight": torch.arange(12, dtype=torch.float32).reshape(3, 4) / 8,
    "half": torch.tensor([[1.5, -2.0]], dtype=torch.bfloat16),
    "step": torch.tensor(1 << 40, dtype=torch.int64),
    "mask": torch.tensor([True, False, True]),
    "bytes": torch.arange(5, dtype=torch.uint8),
    "none": torch.zeros(0, 7, dtype=torch.float64),
    'odd "name"/\u00e9\n': torch.tensor([0.1], dtype=torch.float64),
}
METADATA = {"model": "vit-tiny", "note": 'quote " slash / line\n\u00fc'}


def check(path):
    found = load_file(path)
    assert found.keys() == TENSORS.keys(), (sorted(found), sorted(TENSORS))
    for name, tensor in TENSORS.items():
        assert found[name].dtype == tensor.dtype and torch.equal(found[name], tensor), name
    with safe_open(path, "pt") as file:
        assert file.metadata() == METADATA, file.metadata()
    print(f"{path}: {len(found)} tensors and the metadata are the same")


if sys.argv[1:2] == ["check"]:
    check(sys.argv[2])
else:
    target = Path(__file__).with_name("mixed.safetensors")
    save_file(TENSORS, target, METADATA)
    print(f"{target.name}: {target.stat().st_size} bytes")
