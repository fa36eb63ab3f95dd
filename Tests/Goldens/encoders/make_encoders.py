#!/usr/bin/env python3
"""Makes encoders.safetensors: small encoders of other programs with random weights, as those programs save them, and their tokens.

By the family's name: `file/NAME` the bytes of each file, `tokens` what the program computes of `image`, `[B, N, D]`, `logits` a
classifier's scores, and `resized.tokens` of `resized.image`, whose positions timm's `resample_abs_pos_embed` makes or, where they are
rotary, the program itself. The tensors `image` and
`resized.image` are of all families. `patches/OLD to NEW` are weights of patches, `…/resized` what timm
makes of them. Needs torch, timm, transformers, safetensors and NumPy; made with timm 1.0.31 and transformers
5.24.0.

    python Tests/Goldens/encoders/make_encoders.py
"""
import functools
import pathlib
import sys
import tempfile

import numpy
import timm
import torch
import transformers
from safetensors.torch import save_file
from timm.layers import resample_abs_pos_embed, resample_patch_embed
from timm.models.eva import Eva
from timm.models.deit import VisionTransformerDistilled
from timm.models.vision_transformer import VisionTransformer

HERE = pathlib.Path(__file__).resolve().parent
SIDE, RESIZED, PATCH, WIDTH, HEADS, DEPTH, RATIO = 16, 24, 4, 16, 2, 2, 2
torch.manual_seed(0)
image, resized = torch.randn(2, 3, SIDE, SIDE), torch.randn(2, 3, RESIZED, RESIZED)
out = {"image": image, "resized.image": resized}


def draw(model):
    """Weights that make every part matter."""
    for name, value in model.state_dict().items():
        if not value.is_floating_point():
            continue
        shift = 1 if "norm" in name and name.endswith("weight") else 0
        value.copy_(torch.randn_like(value) * 0.3 + shift)
    return model.eval()


def add(family, folder, tokens, resized_tokens):
    for path in sorted(pathlib.Path(folder).iterdir()):
        if path.suffix in (".safetensors", ".json", ".pth", ".bin"):
            out[f"{family}/file/{path.name}"] = torch.frombuffer(bytearray(path.read_bytes()), dtype=torch.uint8)
    out[f"{family}/tokens"], out[f"{family}/resized.tokens"] = tokens.contiguous(), resized_tokens.contiguous()
    print(f"{family}: {tuple(tokens.shape)}, {tuple(resized_tokens.shape)}")


def timm_model(kind=VisionTransformer, side=SIDE, **options):
    return kind(img_size=side, patch_size=PATCH, embed_dim=WIDTH, depth=DEPTH, num_heads=HEADS, mlp_ratio=RATIO, num_classes=5,
                **options)


def of_timm(family, change=lambda state: state, **options):
    model = draw(timm_model(**options))
    other = timm_model(side=RESIZED, **options).eval()
    state = dict(model.state_dict())
    positions = state["pos_embed"]
    grid, prefix = [RESIZED // PATCH] * 2, positions.shape[1] - (SIDE // PATCH) ** 2
    other.load_state_dict(state | {"pos_embed": resample_abs_pos_embed(positions, grid, num_prefix_tokens=prefix)})
    norm = torch.nn.LayerNorm(WIDTH, eps=1e-6) if isinstance(model.norm, torch.nn.Identity) else torch.nn.Identity()
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        save_file({name: value.contiguous() for name, value in change(state).items()}, f"{folder}/model.safetensors",
                  metadata={"heads": str(HEADS)})
        add(f"timm {family}", folder, norm(model.forward_features(image)), norm(other.forward_features(resized)))


def of_timm_dinov3(family, bias):
    """As `vit_small_patch16_dinov3` of timm/models/eva.py."""
    model = draw(Eva(img_size=SIDE, patch_size=PATCH, embed_dim=WIDTH, depth=DEPTH, num_heads=HEADS, mlp_ratio=RATIO, num_classes=5,
                     dynamic_img_size=True, qkv_bias=bias, init_values=1e-5, rope_type="dinov3", rope_temperature=100,
                     rope_rotate_half=True, use_rot_pos_emb=True, use_abs_pos_emb=False, num_reg_tokens=4, use_fc_norm=False,
                     norm_layer=functools.partial(timm.layers.LayerNorm, eps=1e-5)))
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        state = {name: value.contiguous() for name, value in model.state_dict().items()}
        save_file(state, f"{folder}/model.safetensors", metadata={"heads": str(HEADS), "image_size": str(SIDE)})
        add(f"timm {family}", folder, model.forward_features(image), model.forward_features(resized))


def positions_of(state):
    return next(name for name in state if name.endswith("embeddings.position_embeddings") and "decoder" not in name)


def of_transformers(family, config, model, run=lambda model, pixels: model(pixels).last_hidden_state, norm=None, base=None,
                    shards=None, dtype=None, original=None, rotary=False):
    """Saves `model`; `base` finds the encoder in it."""
    norm = norm or torch.nn.Identity()
    model = draw(model(config))
    if dtype:
        # The values that are saved are those that are computed with.
        for value in model.state_dict().values():
            value.copy_(value.to(dtype).float())
    encoder = base(model) if base else model
    state = dict(encoder.state_dict())
    absolute = [name for name in state if name == "embeddings.position_embeddings"]
    with tempfile.TemporaryDirectory() as folder, torch.no_grad():
        tokens = norm(run(encoder, image))
        resized_tokens = norm(run(encoder, resized)) if rotary else torch.zeros(0)
        if absolute:
            larger = type(config)(**(config.to_dict() | {"image_size": RESIZED}))
            other = type(encoder)(larger).eval()
            positions = state[absolute[0]]
            prefix = positions.shape[1] - (SIDE // PATCH) ** 2
            larger_table = resample_abs_pos_embed(positions, [RESIZED // PATCH] * 2, num_prefix_tokens=prefix)
            keep = {name: value for name, value in state.items() if "relative_position" not in name and "shared_position" not in name}
            other.load_state_dict(keep | {absolute[0]: larger_table}, strict=False)
            resized_tokens = norm(run(other, resized))
        if original:
            torch.save(original(state), f"{folder}/model.pth")
        else:
            (model.to(dtype) if dtype else model).save_pretrained(folder, **({"max_shard_size": shards} if shards else {}))
            if family == "vit":
                transformers.ViTImageProcessorPil(image_mean=[0.5] * 3, image_std=[0.25] * 3).save_pretrained(folder)
        if family in ("vit", "beit"):
            out[f"transformers {family}/logits"] = model(image).logits
        add(f"transformers {family}", folder, tokens, resized_tokens)


def dinov2_original(state):
    """The names of facebookresearch/dinov2, as transformers' conversion script (dinov2_with_registers) undoes them."""
    result = {}
    for name, value in state.items():
        parts = name.split(".")
        if name.startswith("embeddings."):
            own = {"cls_token": "cls_token", "mask_token": "mask_token", "register_tokens": "register_tokens",
                   "position_embeddings": "pos_embed"}.get(parts[1])
            result[own or name.replace("embeddings.patch_embeddings.projection", "patch_embed.proj")] = value
        elif name.startswith("layernorm."):
            result["norm." + parts[1]] = value
        elif "attention.q_proj" in name:
            joined = torch.cat([state[name.replace("q_proj", part)] for part in ("q_proj", "k_proj", "v_proj")])
            result[f"blocks.{parts[2]}.attn.qkv.{parts[-1]}"] = joined
        elif not any(part in name for part in ("k_proj", "v_proj")):
            own = ".".join(parts[3:]).replace("attention.o_proj", "attn.proj")
            own = own.replace("layer_scale1.lambda1", "ls1.gamma").replace("layer_scale2.lambda1", "ls2.gamma")
            result[f"blocks.{parts[2]}.{own}"] = value
    return {"teacher": {"backbone." + name: value.clone() for name, value in result.items()}, "epoch": 3}


common = dict(hidden_size=WIDTH, num_hidden_layers=DEPTH, num_attention_heads=HEADS, image_size=SIDE, patch_size=PATCH,
              hidden_dropout_prob=0.0)
wide, ratio = dict(common, intermediate_size=RATIO * WIDTH), dict(common, mlp_ratio=RATIO)


def main():
    of_timm("vit")
    of_timm("vit without class token", class_token=False, global_pool="avg", fc_norm=False)
    of_timm("vit of averaged patches", class_token=False, global_pool="avg")
    of_timm("registers", reg_tokens=4)
    of_timm("registers without positions, layer scale", reg_tokens=4, no_embed_class=True, init_values=1e-5)
    of_timm("one register, no class token", reg_tokens=1, class_token=False, no_embed_class=True, global_pool="avg", fc_norm=False)
    of_timm("class token without a position", no_embed_class=True)
    of_timm("distilled", kind=VisionTransformerDistilled)

    t = transformers
    vit = t.ViTConfig(id2label={0: "cat", 1: "dog"}, label2id={"cat": 0, "dog": 1}, **wide)
    of_transformers("vit", vit, t.ViTForImageClassification, base=lambda model: model.vit)
    of_transformers("vit in shards", vit, t.ViTModel, shards="8KB")
    of_transformers("vit of float16", vit, t.ViTModel, dtype=torch.float16)
    of_transformers("vit of bfloat16", vit, t.ViTModel, dtype=torch.bfloat16)
    of_transformers("deit", t.DeiTConfig(**wide), t.DeiTModel)
    fresh = torch.nn.LayerNorm(WIDTH, eps=1e-12)
    of_transformers("beit", t.BeitConfig(use_relative_position_bias=True, **wide), t.BeitForImageClassification,
                    base=lambda model: model.beit, norm=fresh)
    of_transformers(
        "beit of shared positions",
        t.BeitConfig(use_shared_relative_position_bias=True, use_absolute_position_embeddings=False, use_mean_pooling=False, **wide),
        t.BeitModel)
    of_transformers("dinov2", t.Dinov2Config(**ratio), t.Dinov2Model)
    of_transformers("dinov2 with registers", t.Dinov2WithRegistersConfig(**ratio), t.Dinov2WithRegistersModel)
    of_transformers("dinov2 with registers, original names", t.Dinov2WithRegistersConfig(**ratio), t.Dinov2WithRegistersModel,
                    original=dinov2_original)

    def in_order(model, pixels):
        count = (pixels.shape[-1] // PATCH) ** 2
        return model(pixels, noise=torch.arange(count).float().expand(len(pixels), -1)).last_hidden_state

    decoder = dict(decoder_hidden_size=8, decoder_num_hidden_layers=1, decoder_num_attention_heads=2, decoder_intermediate_size=8)
    of_transformers("mae", t.ViTMAEConfig(mask_ratio=0.0, **wide, **decoder), t.ViTMAEForPreTraining,
                    base=lambda model: model.vit, run=in_order)
    for old, new in ((8, 6), (4, 8), (14, 16), (16, 7)):
        weights = torch.randn(3, 2, old, old)
        out[f"patches/{old} to {new}"] = weights
        out[f"patches/{old} to {new}/resized"] = resample_patch_embed(weights, [new, new])
    dinov3 = dict(common, intermediate_size=RATIO * WIDTH, num_register_tokens=4)
    del dinov3["hidden_dropout_prob"]
    of_transformers("dinov3", t.DINOv3ViTConfig(**dinov3), t.DINOv3ViTModel, rotary=True)
    of_timm_dinov3("dinov3", bias=False)
    of_timm_dinov3("dinov3 with biases", bias=True)
    save_file(out, HERE / "encoders.safetensors")
    print(f"{(HERE / 'encoders.safetensors').stat().st_size / 1e6:.2f} MB")


if __name__ == "__main__":
    sys.exit(main())
