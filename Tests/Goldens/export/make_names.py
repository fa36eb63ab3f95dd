#!/usr/bin/env python3
"""What transformers and timm save of small networks: the tensors' names and shapes, and the configuration.

    python Tests/Goldens/export/make_names.py       # writes networks.json beside itself; needs transformers and timm
"""
import json, pathlib, tempfile

import timm
import transformers
from safetensors import safe_open

BASE = dict(hidden_size=32, num_hidden_layers=2, num_attention_heads=2, hidden_act="gelu", layer_norm_eps=1e-6, image_size=16,
            patch_size=4, num_channels=3)
NAMES = {index: name for index, name in enumerate(["cat", "dog", "owl"])}
CLASSES = dict(id2label=NAMES, label2id={name: index for index, name in NAMES.items()})
BEIT = dict(intermediate_size=128, use_mask_token=False, drop_path_rate=0, layer_scale_init_value=0.1,
            use_absolute_position_embeddings=False, use_relative_position_bias=False, use_shared_relative_position_bias=False,
            use_mean_pooling=False)
VIT = dict(intermediate_size=128, qkv_bias=True, pooler_act="linear")
DINO = dict(mlp_ratio=4, qkv_bias=True, num_register_tokens=2, layerscale_value=1.0, use_swiglu_ffn=False, drop_path_rate=0)

HUGGING_FACE = {
    "vit": ("ViTModel", VIT), "vit-classifier": ("ViTForImageClassification", VIT | CLASSES),
    "beit-shared": ("BeitModel", BEIT | dict(use_shared_relative_position_bias=True)),
    "beit-per-block": ("BeitModel", BEIT | dict(use_relative_position_bias=True)),
    "beit-mean-classifier": ("BeitForImageClassification", BEIT | CLASSES | dict(
        use_mean_pooling=True, use_absolute_position_embeddings=True, layer_scale_init_value=0.0)),
    "registers": ("Dinov2WithRegistersModel", DINO),
    "registers-classifier": ("Dinov2WithRegistersForImageClassification", DINO | CLASSES),
    "no-class-token": ("SiglipVisionModel", dict(intermediate_size=128, vision_use_head=False)),
}
SHAPE = dict(img_size=[16, 16], patch_size=4, in_chans=3, embed_dim=32, depth=2, num_heads=2, mlp_ratio=4)
RELATIVE = dict(global_pool="avg", use_fc_norm=False, use_abs_pos_emb=False, init_values=0.1)
TIMM = {
    "vit": ("vit_tiny_patch16_224", dict(num_classes=0, global_pool="avg", fc_norm=False)),
    "vit-classifier": ("vit_tiny_patch16_224", dict(num_classes=3, global_pool="token", fc_norm=False)),
    "beit-mean-classifier": ("vit_tiny_patch16_224", dict(num_classes=3, global_pool="avg", fc_norm=True)),
    "registers": ("vit_tiny_patch16_224", dict(num_classes=0, global_pool="avg", fc_norm=False, reg_tokens=2)),
    "no-class-token": ("vit_tiny_patch16_224", dict(num_classes=0, global_pool="avg", fc_norm=False, class_token=False)),
    "beit-shared": ("beit_base_patch16_224", RELATIVE | dict(
        num_classes=0, use_rel_pos_bias=False, use_shared_rel_pos_bias=True)),
    "beit-per-block": ("beit_base_patch16_224", RELATIVE | dict(num_classes=0, use_rel_pos_bias=True)),
}


def hugging_face(name, values):
    kind = getattr(transformers, name)
    config = kind.config_class(**BASE, **values)
    with tempfile.TemporaryDirectory() as folder:
        kind(config).save_pretrained(folder)
        with safe_open(f"{folder}/model.safetensors", "pt") as file:
            tensors = {key: file.get_slice(key).get_shape() for key in file.keys()}
        saved = json.loads(pathlib.Path(folder, "config.json").read_text())
    # What is left out of the file is as the class has it.
    return {"tensors": tensors, "config": config.to_dict() | saved}


def timms(name, arguments):
    state = timm.create_model(name, **SHAPE, **arguments).state_dict()
    return {key: list(value.shape) for key, value in state.items() if not key.endswith("relative_position_index")}


found = {"huggingface": {key: hugging_face(*value) for key, value in HUGGING_FACE.items()},
         "timm": {key: timms(*value) for key, value in TIMM.items()}}
text = json.dumps(found, sort_keys=True, separators=(",", ":"), default=str)
pathlib.Path(__file__).with_name("networks.json").write_text(text.replace('"tensors"', '\n"tensors"') + "\n")
