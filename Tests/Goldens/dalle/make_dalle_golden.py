#!/usr/bin/env python3
"""Writes dalle.safetensors: logits and words of the `dall-e` package's own encoder with random weights.

A narrow encoder (width 8, two blocks a group, 32 words), its range checks switched off. `image` [2, 16, 24, 3] are bytes,
`logits` [2, 32, 2, 3] those of the package's map of pixels, `words` [2, 6] the largest. The number of parameters of the
published shape is counted and printed: 53,786,240.
"""

from pathlib import Path

import attr
import torch
from dall_e.encoder import Encoder
from dall_e.utils import map_pixels
from safetensors.torch import save_file


def main():
    print(f"published shape: {sum(value.numel() for value in Encoder().parameters()):,} parameters")
    attr.validators.set_disabled(True)
    torch.manual_seed(1)
    encoder = Encoder(n_hid=8, vocab_size=32)
    for name, value in encoder.named_parameters():
        with torch.no_grad():
            # Larger than fresh ones in the residual paths, which are divided by 64.
            value.mul_(4) if "res_path" in name and name.endswith(".w") else None
            if name.endswith(".b"):
                value.normal_(std=0.3)
    image = torch.randint(0, 256, (2, 16, 24, 3), dtype=torch.uint8)
    with torch.no_grad():
        logits = encoder(map_pixels(image.permute(0, 3, 1, 2).float() / 255))
    best = logits.topk(2, 1).values
    assert (best[:, 0] - best[:, 1]).min() > 1e-3, "two words are nearly equal; take another seed"
    tensors = {"image": image, "logits": logits, "words": logits.argmax(1).flatten(1)}
    tensors |= {f"parameter.{name}": value.detach() for name, value in encoder.named_parameters()}
    path = Path(__file__).with_name("dalle.safetensors")
    save_file({name: value.contiguous() for name, value in tensors.items()}, path)
    print(f"{path.name}: {path.stat().st_size} bytes, {len(set(tensors['words'].flatten().tolist()))} different words")


if __name__ == "__main__":
    main()
