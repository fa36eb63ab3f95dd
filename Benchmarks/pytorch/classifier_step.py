#!/usr/bin/env python3
"""One step of fine-tuning, or one batch of embedding, in PyTorch: the peer of StepBenchmark --task finetune | embed.

The vision transformer is that of splitmask_step.py on all patches, its tokens' mean the description of an image. Fine-tuning
adds a normalisation, a head of 1,000 classes and the cross-entropy; clipping and fused AdamW are as in pretraining.

Prints one line of JSON.
"""

import argparse
import json
import resource
import statistics

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from splitmask_step import (IMAGENET_MEAN, IMAGENET_STD, SHAPES, Encoder, ModelConfig, SplitMask, keep_freed_memory,
                            matmul_gflops, normalised, now, shared_arguments)

CLASSES = 1000


class Classifier(nn.Module):
    def __init__(self, config: ModelConfig):
        super().__init__()
        self.encoder = Encoder(config)
        self.encoder.norm = nn.Identity()
        self.norm = nn.LayerNorm(config.dimension, eps=1e-6)
        self.head = nn.Linear(config.dimension, CLASSES)
        self.apply(SplitMask.initialise)

    def features(self, image: Tensor) -> Tensor:
        encoder = self.encoder
        tokens = encoder.embed(image) + encoder.pos_embed[:, 1:]
        cls = (encoder.cls_token + encoder.pos_embed[:, :1]).expand(tokens.shape[0], -1, -1)
        return self.norm(encoder.blocks(torch.cat([cls, tokens], 1))[:, 1:].mean(1))

    def forward(self, image: Tensor, labels: Tensor) -> Tensor:
        return F.cross_entropy(self.head(self.features(image)), labels)


def step_gflop(config: ModelConfig, batch: int, task: str) -> float:
    """Multiply-adds (as two operations) of all matrix products."""
    n, d = config.patch_count, config.dimension
    length = n + 1
    blocks = config.depth * (24 * length * d * d + 4 * length * length * d)
    patch_embedding = 2 * n * 3 * config.patch_size**2 * d
    if task == "embed":
        return batch * (blocks + patch_embedding) / 1e9
    return batch * (3 * blocks + 2 * patch_embedding + 3 * 2 * d * CLASSES) / 1e9


class Work:
    def __init__(self, config: ModelConfig, arguments: argparse.Namespace):
        self.finetunes = arguments.task == "finetune"
        self.model = Classifier(config).train(self.finetunes)
        self.parameters = list(self.model.parameters())
        groups = [[p for p in self.parameters if p.ndim > 1], [p for p in self.parameters if p.ndim <= 1]]
        self.optimizer = torch.optim.AdamW(
            [{"params": groups[0], "weight_decay": 0.05}, {"params": groups[1], "weight_decay": 0.0}], lr=1e-4, fused=True)
        deviation = torch.tensor(IMAGENET_STD).view(1, 3, 1, 1)
        self.scale, self.shift = 1 / (255 * deviation), -torch.tensor(IMAGENET_MEAN).view(1, 3, 1, 1) / deviation
        compiled = arguments.mode == "compile"
        self.prepare = torch.compile(normalised, dynamic=False) if compiled else normalised
        self.forward = torch.compile(self.model, dynamic=False) if compiled else self.model
        self.features = torch.compile(self.model.features, dynamic=False) if compiled else self.model.features

    def __call__(self, pixels: Tensor, labels: Tensor) -> float:
        image = self.prepare(pixels, self.shift, self.scale)
        if not self.finetunes:
            with torch.no_grad():
                return self.features(image).sum().item()
        loss = self.forward(image, labels)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 3.0)
        self.optimizer.step()
        return loss.item()


def parse() -> argparse.Namespace:
    parser = shared_arguments(__doc__)
    parser.add_argument("--task", choices=("finetune", "embed"), default="finetune")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    if arguments.malloc == "tuned":
        keep_freed_memory()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    config = ModelConfig(*SHAPES[arguments.model], arguments.image_size, arguments.patch_size, 0)
    device = torch.device("cpu")
    gflops = matmul_gflops(device)
    work = Work(config, arguments)
    size, batch = arguments.image_size, arguments.batch
    pixels = torch.randint(0, 256, (batch, size, size, 3), dtype=torch.uint8)
    labels = torch.randint(0, CLASSES, (batch,))
    seconds = []
    for index in range(arguments.warmup + arguments.steps):
        start = now(device)
        work(pixels, labels)
        if index >= arguments.warmup:
            seconds.append(now(device) - start)
    print(json.dumps({
        "framework": f"torch {torch.__version__}", **vars(arguments),
        "images_per_second": round(batch / statistics.median(seconds), 3),
        "seconds": [round(value, 5) for value in seconds],
        "peak_rss_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1),
        "matmul_gflops": round(gflops, 1), "step_gflop": step_gflop(config, batch, arguments.task),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
