"""A checkpoint as a training script in PyTorch leaves it, of timm's vision transformer with averaged patches, and its scores.

    pip install torch==2.13.0 timm==1.0.31 safetensors
    python Tests/Goldens/pytorch/make_classifier.py
"""

import pathlib

import torch
from safetensors.torch import save_file
from timm.models.vision_transformer import VisionTransformer

HERE = pathlib.Path(__file__).parent


def main():
    torch.manual_seed(11)
    model = VisionTransformer(
        img_size=16, patch_size=4, embed_dim=64, depth=1, num_heads=1, mlp_ratio=1, num_classes=3, global_pool="avg")
    optimizer = torch.optim.SGD(model.head.parameters(), lr=0.1, momentum=0.9)
    images = torch.randn(2, 3, 16, 16)
    model(images).square().sum().backward()
    optimizer.step()
    with torch.no_grad():
        patches = images.unfold(2, 4, 4).unfold(3, 4, 4).permute(0, 2, 3, 1, 4, 5).reshape(2, 16, 48)
        tokens = model.blocks(model.norm_pre(model._pos_embed(model.patch_embed(images))))
        expected = {"patches": patches, "tokens": tokens, "scores": model(images)}
    checkpoint = {"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3, "args": {"lr": 0.1}}
    torch.save(checkpoint, HERE / "classifier.pth")
    save_file({name: value.contiguous() for name, value in expected.items()}, HERE / "classifier.safetensors")


main()
