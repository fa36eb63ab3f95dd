#!/usr/bin/env python3
"""Turns OpenAI's published encoder of DALL-E's words into a safetensors file for `splitmask --tokenizer dall-e`.

    convert_dalle.py ENCODER.pkl OUT.safetensors

ENCODER.pkl is the file `encoder.pkl` at the address that the README of https://github.com/openai/DALL-E gives; download it
yourself. OpenAI publishes no checksum for it, so this script prints the SHA-256 of what it read: compare it with others'.

The file is a pickled PyTorch module. Nothing of it is run: classes of `dall_e` and `torch.nn` become empty shells, tensors are
rebuilt, and any other name ends the conversion. The package `dall-e` is not needed.

    pip install torch safetensors numpy
"""

import argparse
import collections
import hashlib
import pickle
import sys
import types
from pathlib import Path

import torch
from safetensors.torch import save_file

PARAMETERS = 53_786_240
REBUILDERS = {"_rebuild_tensor_v2", "_rebuild_tensor", "_rebuild_parameter"}


class Shell:
    """A module without its code: what was pickled of it."""

    dump_patches = False  # what torch.load asks of a class in files of before 2020

    def __setstate__(self, state):
        self.__dict__.update(state)


class TensorUnpickler(pickle.Unpickler):
    def find_class(self, module, name):
        if (module, name) == ("collections", "OrderedDict"):
            return collections.OrderedDict
        if (module, name) in {("builtins", "set"), ("__builtin__", "set")}:
            return set
        if module == "torch._utils" and name in REBUILDERS:
            return getattr(torch._utils, name)
        if module == "torch" and (name.endswith("Storage") or name == "device" or isinstance(getattr(torch, name, None), torch.dtype)):
            return getattr(torch, name)
        if module.split(".")[0] == "dall_e" or module.startswith("torch.nn.modules."):
            return Shell
        raise pickle.UnpicklingError(f"the file names {module}.{name}, which is no part of DALL-E's encoder")


def reader():
    """A stand-in for the module `pickle` that only builds tensors and shells."""
    module = types.ModuleType("tensor_pickle")
    module.Unpickler = TensorUnpickler
    module.load = lambda file, **options: TensorUnpickler(file, **options).load()
    return module


def tensors_of(shell, prefix=""):
    found = {prefix + name: value.detach() for name, value in shell.__dict__.get("_parameters", {}).items() if value is not None}
    for name, child in shell.__dict__.get("_modules", {}).items():
        if child is not None:
            found |= tensors_of(child, prefix + name + ".")
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("encoder", type=Path, help="OpenAI's encoder.pkl")
    parser.add_argument("out", type=Path, help="the safetensors file to write")
    arguments = parser.parse_args()
    digest = hashlib.sha256(arguments.encoder.read_bytes()).hexdigest()
    print(f"{arguments.encoder}: SHA-256 {digest} (no published checksum exists to compare it with)")
    try:
        module = torch.load(arguments.encoder, map_location="cpu", pickle_module=reader(), weights_only=False)
    except pickle.UnpicklingError as error:
        sys.exit(f"{arguments.encoder}: {error}")
    if not isinstance(module, Shell):
        sys.exit(f"{arguments.encoder}: holds no pickled encoder but a {type(module).__name__}")
    tensors = {name: value.float().contiguous() for name, value in tensors_of(module).items()}
    count = sum(value.numel() for value in tensors.values())
    if "blocks.input.w" not in tensors or "blocks.output.conv.w" not in tensors:
        sys.exit(f"{arguments.encoder}: these are not the weights of DALL-E's encoder (found {sorted(tensors)[:4]} ...)")
    if count != PARAMETERS:
        print(f"warning: {count:,} parameters; the published encoder has {PARAMETERS:,}", file=sys.stderr)
    # Written aside first, so that a conversion that is cut short leaves nothing that looks whole.
    aside = arguments.out.with_name(arguments.out.name + ".partial")
    save_file(tensors, aside)
    aside.replace(arguments.out)
    print(f"{arguments.out}: {len(tensors)} tensors, {count:,} parameters")


if __name__ == "__main__":
    main()
