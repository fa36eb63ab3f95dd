#!/usr/bin/env python3
"""One SplitMask training step in PyTorch, the peer against which the Swift program is timed.

It is written as a PyTorch user would write it for speed: both halves of every image go through the encoder and the decoder
as one batch, attention is scaled_dot_product_attention, the optimiser is the fused AdamW, the vocabulary head sees the
missing positions only. The decoder treats its input as a set (observed outputs carry their position already, mask tokens
get theirs here), so the sequence stays in the order class token, observed, missing and nothing is shuffled back.

Prints one line of JSON.
"""

import argparse
import ctypes
import json
import platform
import resource
import statistics
import time
from dataclasses import asdict, dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IMAGENET_MEAN = (0.485, 0.456, 0.406)
IMAGENET_STD = (0.229, 0.224, 0.225)

# name: (embedding dimension, depth, heads)
SHAPES = {
    "vit-tiny": (192, 12, 3),
    "vit-small": (384, 12, 6),
    "vit-base": (768, 12, 12),
    "vit-large": (1024, 24, 16),
    "width-96": (96, 4, 3),
}


@dataclass
class ModelConfig:
    dimension: int
    depth: int
    heads: int
    image_size: int
    patch_size: int
    vocabulary: int
    decoder_depth: int = 2
    stochastic_depth: float = 0.1
    temperature: float = 0.2
    patch_embedding: str = "linear"

    @property
    def grid(self) -> int:
        return self.image_size // self.patch_size

    @property
    def patch_count(self) -> int:
        return self.grid**2


class Attention(nn.Module):
    def __init__(self, dimension: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(dimension, 3 * dimension)
        self.proj = nn.Linear(dimension, dimension)

    def forward(self, x: Tensor) -> Tensor:
        batch, count, dimension = x.shape
        qkv = self.qkv(x).reshape(batch, count, 3, self.heads, dimension // self.heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        out = F.scaled_dot_product_attention(query, key, value)
        return self.proj(out.transpose(1, 2).reshape(batch, count, dimension))


class Mlp(nn.Module):
    def __init__(self, dimension: int):
        super().__init__()
        self.fc1 = nn.Linear(dimension, 4 * dimension)
        self.fc2 = nn.Linear(4 * dimension, dimension)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc2(F.gelu(self.fc1(x)))


class Block(nn.Module):
    def __init__(self, dimension: int, heads: int, drop_rate: float = 0.0):
        super().__init__()
        self.norm1 = nn.LayerNorm(dimension, eps=1e-6)
        self.attn = Attention(dimension, heads)
        self.norm2 = nn.LayerNorm(dimension, eps=1e-6)
        self.mlp = Mlp(dimension)
        self.drop_rate = drop_rate

    def forward(self, x: Tensor) -> Tensor:
        x = self.residual(x, self.attn(self.norm1(x)))
        return self.residual(x, self.mlp(self.norm2(x)))

    def residual(self, x: Tensor, branch: Tensor) -> Tensor:
        if not self.training or self.drop_rate == 0:
            return x + branch
        keep = 1 - self.drop_rate
        scale = (torch.rand(x.shape[0], 1, 1, device=x.device) < keep).to(branch.dtype) / keep
        return torch.addcmul(x, branch, scale)  # one pass over memory instead of two


class Encoder(nn.Module):
    """A vision transformer with timm's parameter names that sees the chosen patches only."""

    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.cls_token = nn.Parameter(torch.zeros(1, 1, config.dimension))
        self.pos_embed = nn.Parameter(torch.zeros(1, 1 + config.patch_count, config.dimension))
        self.patch_embed = nn.Module()
        self.patch_embed.proj = nn.Conv2d(3, config.dimension, config.patch_size, config.patch_size)
        rates = torch.linspace(0, config.stochastic_depth, config.depth).tolist()
        self.blocks = nn.Sequential(*(Block(config.dimension, config.heads, rate) for rate in rates))
        self.norm = nn.LayerNorm(config.dimension, eps=1e-6)

    def embed(self, image: Tensor) -> Tensor:
        """`image` [B, 3, H, W] to patch tokens [B, n, D]."""
        projection = self.patch_embed.proj
        if self.config.patch_embedding == "conv":
            return projection(image).flatten(2).transpose(1, 2)
        return F.linear(patches(image, self.config.patch_size), projection.weight.flatten(1), projection.bias)

    def forward(self, image: Tensor, seen: Tensor) -> Tensor:
        """`seen` [2B, k]: what the first branch sees of every image, then what the second sees."""
        tokens = self.embed(image) + self.pos_embed[:, 1:]
        index = seen.unsqueeze(-1).expand(-1, -1, tokens.shape[-1])
        tokens = torch.cat([tokens, tokens]).gather(1, index)
        cls = (self.cls_token + self.pos_embed[:, :1]).expand(tokens.shape[0], -1, -1)
        return self.norm(self.blocks(torch.cat([cls, tokens], 1)))


class Decoder(nn.Module):
    def __init__(self, config: ModelConfig):
        super().__init__()
        self.mask_token = nn.Parameter(torch.zeros(1, 1, config.dimension))
        self.blocks = nn.Sequential(*(Block(config.dimension, config.heads) for _ in range(config.decoder_depth)))
        self.norm = nn.LayerNorm(config.dimension, eps=1e-6)
        self.head = nn.Linear(config.dimension, config.vocabulary)

    def forward(self, observed: Tensor, positions: Tensor, missing: Tensor) -> tuple[Tensor, Tensor]:
        """Logits at the missing positions [2B, m, V] and the mean of all patch outputs [2B, D]."""
        masked = self.mask_token + positions[missing]
        output = self.norm(self.blocks(torch.cat([observed, masked.to(observed.dtype)], 1)))
        return self.head(output[:, observed.shape[1] :]), output[:, 1:].mean(1)


class SplitMask(nn.Module):
    def __init__(self, config: ModelConfig):
        super().__init__()
        self.config = config
        self.encoder = Encoder(config)
        self.decoder = Decoder(config)
        self.apply(self.initialise)
        for parameter in (self.encoder.cls_token, self.encoder.pos_embed, self.decoder.mask_token):
            nn.init.trunc_normal_(parameter, std=0.02)

    @staticmethod
    def initialise(module: nn.Module) -> None:
        if isinstance(module, nn.Linear):
            nn.init.trunc_normal_(module.weight, std=0.02)
            nn.init.zeros_(module.bias)

    def forward(self, image: Tensor, words: Tensor, seen: Tensor, missing: Tensor) -> dict[str, Tensor]:
        """`image` [B, 3, H, W], `words` [B, n]; `seen` [2B, k] and `missing` [2B, n - k] hold branch A, then branch B."""
        observed = self.encoder(image, seen)
        logits, descriptor = self.decoder(observed, self.encoder.pos_embed[0, 1:], missing)
        targets = torch.cat([words, words]).gather(1, missing)
        inpaint = F.cross_entropy(logits.flatten(0, 1), targets.flatten())
        match = info_nce(descriptor, self.config.temperature)
        return {"loss": inpaint + match, "loss_inpaint": inpaint, "loss_match": match, "logits": logits,
                "descriptor": descriptor}


def info_nce(descriptor: Tensor, temperature: float) -> Tensor:
    """NT-Xent over [2B, D]: the other branch of the image against both branches of all other images."""
    unit = F.normalize(descriptor.float(), dim=1)
    similarity = unit @ unit.T / temperature
    similarity = similarity.masked_fill(torch.eye(len(unit), dtype=torch.bool, device=unit.device), float("-inf"))
    partner = torch.arange(len(unit), device=unit.device).roll(len(unit) // 2)
    return F.cross_entropy(similarity, partner)


def patches(image: Tensor, size: int) -> Tensor:
    """[B, 3, H, W] to [B, n, 3 * size * size], row-major over patches; channel, row, column inside a patch."""
    batch, channels, height, width = image.shape
    x = image.reshape(batch, channels, height // size, size, width // size, size)
    return x.permute(0, 2, 4, 1, 3, 5).reshape(batch, -1, channels * size * size)


def normalised(pixels: Tensor, shift: Tensor, scale: Tensor) -> Tensor:
    """[B, H, W, 3] UInt8 to float [B, 3, H, W], ImageNet statistics."""
    return pixels.permute(0, 3, 1, 2).float() * scale + shift


def draw_halves(batch: int, count: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Which patches branch A sees and which branch B sees: a random half and its complement, each in ascending order."""
    order = torch.rand(batch, count, device=device).argsort(1)
    half = count // 2
    a, b = order[:, :half].sort(1).values, order[:, half:].sort(1).values
    return torch.cat([a, b]), torch.cat([b, a])


def parameter_groups(model: nn.Module, weight_decay: float) -> list[dict]:
    """BEiT's exclusions: no decay for vectors, biases, the position table and the class token."""
    excluded = {"encoder.pos_embed", "encoder.cls_token"}
    decayed, plain = [], []
    for name, parameter in model.named_parameters():
        (plain if parameter.ndim == 1 or name in excluded else decayed).append(parameter)
    return [{"params": decayed, "weight_decay": weight_decay}, {"params": plain, "weight_decay": 0.0}]


def keep_freed_memory() -> None:
    """Tells glibc to keep freed blocks. By default each large block is mapped anew, and the kernel zeroes every page of it."""
    trim_threshold, mmap_threshold, mmap_max = -1, -3, -4
    libc = ctypes.CDLL(None)
    for option, value in ((mmap_threshold, 32 << 20), (mmap_max, 0), (trim_threshold, -1)):
        if libc.mallopt(option, value) != 1:
            raise SystemExit(f"mallopt({option}, {value}) was refused")


def matmul_gflops(device: torch.device, size: int = 2048) -> float:
    """The machine's float32 matrix-multiply rate, best of several."""
    a, b = torch.randn(size, size, device=device), torch.randn(size, size, device=device)
    best = float("inf")
    for _ in range(6):
        start = now(device)
        torch.mm(a, b)
        best = min(best, now(device) - start)
    return 2 * size**3 / best / 1e9


def step_gflop(config: ModelConfig, batch: int, token_dimension: int) -> float:
    """Multiply-adds (as two operations) of all matrix products of a step: forward, and twice that backward."""
    n, d = config.patch_count, config.dimension

    def block(length: int) -> int:
        return 24 * length * d * d + 4 * length * length * d

    forward = 2 * config.depth * block(1 + n // 2) + 2 * config.decoder_depth * block(1 + n) + 2 * n * d * config.vocabulary
    patch_embedding = 2 * n * 3 * config.patch_size**2 * d  # no gradient towards the image
    tokenizer = 2 * n * token_dimension * config.vocabulary  # no backward
    return batch * (3 * forward + 2 * patch_embedding + tokenizer) / 1e9


def now(device: torch.device) -> float:
    if device.type == "cuda":
        torch.cuda.synchronize()
    return time.perf_counter()


class Step:
    """Everything between a batch of 8-bit pixels and changed weights."""

    def __init__(self, config: ModelConfig, arguments: argparse.Namespace):
        device = self.device = torch.device(arguments.device)
        self.batch = arguments.batch
        self.autocast = arguments.precision == "bfloat16"
        self.token_patch = config.patch_size // 2 if config.patch_size >= 16 else config.patch_size
        self.model = SplitMask(config).to(device).train()
        self.optimizer = torch.optim.AdamW(
            parameter_groups(self.model, 0.05), lr=1.5e-3 * arguments.batch / 2048, betas=(0.9, 0.999), eps=1e-8, fused=True)
        self.parameters = list(self.model.parameters())
        self.codebook = F.normalize(torch.rand(config.vocabulary, 3 * self.token_patch**2, device=device), dim=1)
        deviation = torch.tensor(IMAGENET_STD, device=device).view(1, 3, 1, 1)
        self.scale = 1 / (255 * deviation)
        self.shift = -torch.tensor(IMAGENET_MEAN, device=device).view(1, 3, 1, 1) / deviation
        compiled = arguments.mode == "compile"
        self.words = torch.compile(self.find_words, dynamic=False) if compiled else self.find_words
        self.prepare = torch.compile(normalised, dynamic=False) if compiled else normalised
        self.forward = torch.compile(self.losses, dynamic=False) if compiled else self.losses

    @torch.no_grad()
    def find_words(self, view: Tensor) -> Tensor:
        """The unit vector of the codebook closest in angle to each patch; the patch's own length does not matter."""
        return (patches(view, self.token_patch).flatten(0, 1) @ self.codebook.T).argmax(1).view(view.shape[0], -1)

    def losses(self, image: Tensor, words: Tensor, seen: Tensor, missing: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        result = self.model(image, words, seen, missing)
        return result["loss"], result["loss_inpaint"], result["loss_match"]

    def __call__(self, pixels: Tensor, token_pixels: Tensor | None) -> tuple[Tensor, Tensor, Tensor]:
        image = self.prepare(pixels, self.shift, self.scale)
        view = image if token_pixels is None else self.prepare(token_pixels, self.shift, self.scale)
        words = self.words(view)
        seen, missing = draw_halves(self.batch, self.model.config.patch_count, self.device)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.autocast):
            loss, inpaint, match = self.forward(image, words, seen, missing)
        self.optimizer.zero_grad(set_to_none=True)
        loss.backward()
        nn.utils.clip_grad_norm_(self.parameters, 3.0)
        self.optimizer.step()
        return loss.detach(), inpaint.detach(), match.detach()


def shared_arguments(description: str) -> argparse.ArgumentParser:
    """What every peer can be told."""
    parser = argparse.ArgumentParser(description=description.split("\n")[0])
    parser.add_argument("--model", choices=SHAPES, default="vit-small")
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--patch-size", type=int, default=16)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--vocabulary", type=int, default=8192)
    parser.add_argument("--mode", choices=("eager", "compile"), default="eager")
    parser.add_argument("--threads", type=int, help="default: torch's own choice")
    parser.add_argument("--warmup", type=int, default=3)
    parser.add_argument("--steps", type=int, default=10)
    parser.add_argument("--malloc", choices=("default", "tuned"), default="default")
    return parser


def parse() -> argparse.Namespace:
    parser = shared_arguments(__doc__)
    parser.add_argument("--patch-embedding", choices=("conv", "linear"), default="linear")
    parser.add_argument("--device", choices=("cpu", "cuda"), default="cpu")
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    return parser.parse_args()


def main() -> None:
    arguments = parse()
    if arguments.malloc == "tuned":
        keep_freed_memory()
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    torch.manual_seed(0)
    device = torch.device(arguments.device)
    dimension, depth, heads = SHAPES[arguments.model]
    config = ModelConfig(dimension, depth, heads, arguments.image_size, arguments.patch_size, arguments.vocabulary,
                         patch_embedding=arguments.patch_embedding)
    gflops = matmul_gflops(device)
    step = Step(config, arguments)

    size, batch = arguments.image_size, arguments.batch
    pixels = torch.randint(0, 256, (batch, size, size, 3), dtype=torch.uint8, device=device)
    token_pixels = None
    if step.token_patch != config.patch_size:
        token_pixels = torch.randint(0, 256, (batch, size // 2, size // 2, 3), dtype=torch.uint8, device=device)

    seconds, losses = [], []
    for index in range(arguments.warmup + arguments.steps):
        if index == arguments.warmup:
            before = resource.getrusage(resource.RUSAGE_SELF)
        start = now(device)
        values = step(pixels, token_pixels)
        losses.append([round(value.item(), 5) for value in values])
        if index >= arguments.warmup:
            seconds.append(now(device) - start)
    median = statistics.median(seconds)
    after = resource.getrusage(resource.RUSAGE_SELF)
    work = step_gflop(config, batch, 3 * step.token_patch**2)
    report = {
        "framework": f"torch {torch.__version__}", "python": platform.python_version(), **vars(arguments),
        "threads": torch.get_num_threads(), "images_per_second": round(batch / median, 3),
        "seconds": [round(value, 5) for value in seconds], "losses": losses,
        "user_seconds_per_step": round((after.ru_utime - before.ru_utime) / arguments.steps, 4),
        "system_seconds_per_step": round((after.ru_stime - before.ru_stime) / arguments.steps, 4),
        "page_faults_per_step": (after.ru_minflt - before.ru_minflt) // arguments.steps,
        "peak_rss_mib": round(after.ru_maxrss / 1024, 1),
        "matmul_gflops": round(gflops, 1), "step_gflop": round(work, 2),
        "matmul_share": round(work / median / gflops, 4), "config": asdict(config),
    }
    if device.type == "cuda":
        report["peak_device_mib"] = round(torch.cuda.max_memory_allocated() / 2**20, 1)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
