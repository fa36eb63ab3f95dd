#!/usr/bin/env python3
"""Do onnxruntime, transformers and timm compute what splitmask computes of encoders that it exports?

    python Tests/Goldens/export/export_check.py .build/release/splitmask [tiny small base]

Writes random encoders and classifiers in timm's names, lets `splitmask export` write each for every format, and holds what
the others make of the same pictures against the features of `splitmask embed` (mean of the patch tokens, class token) and the
probabilities of `splitmask predict`. Prints a line for each with the largest difference, or the sentence that refuses it.
Exits 0 when all differences are at most 1e-4 (of float16: 0.02). Needs timm, transformers, onnx, onnxruntime and Pillow.
"""
import json, os, subprocess, sys, tempfile

os.environ["HF_HUB_OFFLINE"] = "1"

import numpy as np
import onnx
import onnxruntime
import timm
import torch
import transformers
from PIL import Image
from safetensors.numpy import load_file, save_file

transformers.logging.set_verbosity_error()
transformers.utils.logging.disable_progress_bar()
SHAPES = {"micro": (32, 2, 2), "tiny": (192, 12, 3), "small": (384, 12, 6), "base": (768, 12, 12)}
MEAN, STD = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
LIMIT, HALF_LIMIT = 1e-4, 0.02


def tensors(spec, rng):
    """Random weights by the names of splitmask's files, scaled so that every part counts."""
    width, depth, heads = SHAPES[spec["size"]]
    rows, columns = (side // spec["patch"] for side in spec["image"])
    prefix = int(spec["class_token"]) + spec["registers"]
    draw = lambda *shape, scale=1.0: (rng.standard_normal(shape) * scale).astype(np.float32)
    linear = lambda out, inside: draw(out, inside, scale=inside**-0.5)
    state = {"patch_embed.proj.weight": draw(width, spec["channels"], spec["patch"], spec["patch"],
                                             scale=(spec["channels"] * spec["patch"] ** 2) ** -0.5),
             "patch_embed.proj.bias": draw(width, scale=0.1)}
    if spec["class_token"]:
        state["cls_token"] = draw(1, 1, width)
    if spec["registers"]:
        state["reg_token"] = draw(1, spec["registers"], width)
    if spec["absolute"]:
        state["pos_embed"] = draw(1, prefix + rows * columns, width, scale=0.5)
    table = lambda: draw((2 * rows - 1) * (2 * columns - 1) + (3 if prefix else 0), heads)
    norm = lambda name: {name + ".weight": 1 + draw(width, scale=0.2), name + ".bias": draw(width, scale=0.2)}
    if spec["relative"] == "shared":
        state["rel_pos_bias.relative_position_bias_table"] = table()
    for index in range(depth):
        name = f"blocks.{index}."
        state |= norm(name + "norm1") | norm(name + "norm2")
        state[name + "attn.qkv.weight"] = linear(3 * width, width)
        if spec["key_bias"]:
            state[name + "attn.qkv.bias"] = draw(3 * width, scale=0.3)
        else:
            state |= {name + "attn.q_bias": draw(width, scale=0.3), name + "attn.v_bias": draw(width, scale=0.3)}
        if spec["relative"] == "per-block":
            state[name + "attn.relative_position_bias_table"] = table()
        for layer, out, inside in [("attn.proj", width, width), ("mlp.fc1", 4 * width, width), ("mlp.fc2", width, 4 * width)]:
            state |= {f"{name}{layer}.weight": linear(out, inside), f"{name}{layer}.bias": draw(out, scale=0.1)}
        if spec["layer_scale"]:
            # The file's names of BEiT's where keys have no bias.
            for scale, gamma in [("ls1.gamma", "gamma_1"), ("ls2.gamma", "gamma_2")]:
                state[name + (scale if spec["key_bias"] else gamma)] = draw(width, scale=0.5)
    state |= norm("fc_norm" if spec["head"] == "mean" else "norm")
    if spec["head"]:
        state |= {"head.weight": linear(7, width), "head.bias": draw(7, scale=0.1)}
    return state


def metadata(spec):
    values = {"format_version": 1, "image_size": list(spec["image"]), "patch_size": spec["patch"],
              "heads": SHAPES[spec["size"]][2], "class_token": spec["class_token"], "mean": MEAN, "std": STD}
    if spec["relative"] != "none":
        values |= {"relative_position_bias": spec["relative"], "absolute_positions": spec["absolute"]}
    if spec["registers"]:
        values["registers"] = spec["registers"]
    if spec["layer_scale"]:
        values["layer_scale"] = 0.1
    if spec["epsilon"] != 1e-6:
        values["norm_epsilon"] = spec["epsilon"]
    if spec["head"]:
        values["class_names"] = [f"class {index}" for index in range(7)]
    if spec["channels"] != 3:
        count = spec["channels"]
        values |= {"mean": [0.1 + 0.1 * index for index in range(count)], "std": [0.2 + 0.02 * index for index in range(count)],
                   "in_chans": count,
                   "pixel_format": {"sampleType": "uint16", "fileChannelCount": count, "pages": "first", "channels": [
                       {"source": index + 1, "name": f"band {index + 1}", "low": 0, "high": 65535} for index in range(count)]}}
    return {key: json.dumps(value) for key, value in values.items()}


def spec(size, **changes):
    plain = dict(size=size, image=(64, 64), patch=16, channels=3, class_token=True, registers=0, absolute=True, relative="none",
                 key_bias=True, layer_scale=False, epsilon=1e-6, head=None)
    return plain | changes


def cases(sizes):
    for size in sizes:
        yield f"{size}", spec(size)
        yield f"{size}, class token's classifier", spec(size, head="class-token")
    some = sizes[0]
    beit = dict(absolute=False, key_bias=False, layer_scale=True)
    yield "no class token", spec(some, class_token=False)
    yield "no class token, layer scale", spec(some, class_token=False, layer_scale=True)
    yield "registers", spec(some, registers=4)
    yield "registers, layer scale", spec(some, registers=4, layer_scale=True)
    yield "registers, no class token", spec(some, registers=2, class_token=False)
    yield "layer scale", spec(some, layer_scale=True)
    yield "BEiT, shared relative positions", spec(some, relative="shared", **beit)
    yield "BEiT, relative positions of each block", spec(some, relative="per-block", **beit)
    yield "relative and absolute positions, key bias", spec(some, relative="per-block")
    yield "relative positions, no class token", spec(some, relative="shared", class_token=False)
    yield "relative positions, registers", spec(some, relative="shared", registers=2)
    yield "no key bias, absolute positions", spec(some, key_bias=False)
    yield "5 channels", spec(some, channels=5)
    yield "5 channels, BEiT's parts", spec(some, channels=5, relative="shared", **beit)
    yield "1 channel", spec(some, channels=1)
    yield "96 x 64 pixels", spec(some, image=(96, 64))
    yield "96 x 64 pixels, relative positions", spec(some, image=(96, 64), relative="shared", **beit)
    yield "patches of 8", spec(some, patch=8)
    yield "epsilon 1e-12", spec(some, epsilon=1e-12)
    yield "mean's classifier", spec(some, head="mean")
    yield "mean's classifier, BEiT's parts", spec(some, head="mean", relative="per-block", **beit)
    yield "mean's classifier, registers", spec(some, head="mean", registers=4)
    yield "mean's classifier, no class token", spec(some, head="mean", class_token=False)
    yield "class token's classifier, registers", spec(some, head="class-token", registers=4)
    yield "class token's classifier, relative positions", spec(some, head="class-token", relative="shared")
    yield "class token's classifier, 5 channels", spec(some, head="class-token", channels=5)


def pictures(folder, spec, rng, count=5):
    """Pictures of the encoder's size, which splitmask shows whole; their normalised channels, and their bytes."""
    height, width = spec["image"]
    channels = spec["channels"]
    os.makedirs(folder)
    arrays = []
    for index in range(count):
        if channels == 3:
            array = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
            Image.fromarray(array).save(f"{folder}/{index}.png")
            arrays.append(array)
        else:
            array = rng.integers(0, 65536, (height, width, channels), dtype=np.uint16)
            np.save(f"{folder}/{index}.npy", array)
            arrays.append(array / 257.0)
    values = np.stack(arrays)
    mean, std = (np.array(json.loads(metadata(spec)[key])) for key in ("mean", "std"))
    normalised = ((values / 255.0 - mean) / std).astype(np.float32).transpose(0, 3, 1, 2)
    return np.ascontiguousarray(normalised), (values if channels == 3 else None)


class Check:
    def __init__(self, program, folder):
        self.program, self.folder, self.worst, self.failures = program, folder, 0.0, 0

    def splitmask(self, *arguments):
        return subprocess.run([self.program, *arguments], capture_output=True, text=True)

    def needed(self, *arguments):
        result = self.splitmask(*arguments)
        if result.returncode:
            raise SystemExit(f"splitmask {' '.join(arguments)}\n{result.stderr}")
        return result

    def expected(self, folder, model, spec):
        if spec["head"]:
            self.needed("predict", f"{folder}/pictures", "--from", model, "--out", f"{folder}/classes.csv", "--probabilities",
                        f"{folder}/probabilities.safetensors", "--crop-ratio", "1", "--device", "cpu")
            return {"probabilities": load_file(f"{folder}/probabilities.safetensors")["probabilities"]}
        found = {}
        for kind in ["mean"] + (["cls"] if spec["class_token"] else []):
            self.needed("embed", f"{folder}/pictures", "--from", model, "--features", kind, "--out",
                        f"{folder}/{kind}.safetensors", "--device", "cpu")
            found[kind] = load_file(f"{folder}/{kind}.safetensors")["features"]
        return found

    def line(self, name, format, outcome, difference=None, limit=LIMIT):
        good = difference is None or difference <= limit
        self.failures += not good
        if difference is not None and limit == LIMIT:
            self.worst = max(self.worst, difference)
        text = outcome if difference is None else f"{difference:8.1e}  {outcome}"
        print(f"{name:46} {format:26} {text}{'' if good else '  FAILS'}", flush=True)

    def compare(self, name, format, found, expected, outcome, limit=LIMIT):
        self.line(name, format, outcome, max(float(np.abs(found[key] - expected[key]).max()) for key in expected), limit)

    def export(self, name, format, model, out, *options):
        result = self.splitmask("export", model, "--to", format, "--out", out, *options)
        if result.returncode:
            self.line(name, format, " ".join(result.stderr.split()))
        return result.returncode == 0

    def onnx(self, name, model, folder, images, raw, expected):
        for options in [[], ["--precision", "float16"], ["--include-preprocessing"]]:
            if options == ["--include-preprocessing"] and raw is None:
                continue
            out = f"{folder}/model{len(options)}{options[-1] if options else ''}.onnx"
            if not self.export(name, "onnx", model, out, *options):
                continue
            onnx.checker.check_model(onnx.load(out), full_check=True)
            session = onnxruntime.InferenceSession(out)
            names = [output.name for output in session.get_outputs()]
            inputs = raw if options == ["--include-preprocessing"] else images
            # One alone and the others together: the batch is dynamic.
            parts = [session.run(None, {"image": part}) for part in (inputs[:1], inputs[1:])]
            found = {key: np.concatenate(values) for key, *values in zip(names, *parts)}
            if "logits" in found:
                scores = torch.from_numpy(found["logits"]).softmax(1).numpy()
                assert np.abs(scores - found["probabilities"]).max() < 1e-5
            else:
                assert np.abs(found["patch_tokens"].mean(1) - found["pooled"]).max() < 1e-2
                found |= {"mean": found["pooled"], "cls": found.get("class_token")}
            half = options[-1:] == ["float16"]
            self.compare(name, "onnx " + " ".join(option.lstrip("-") for option in options[-1:]), found, expected,
                         f"{os.path.getsize(out):,} bytes", HALF_LIMIT if half else LIMIT)

    def transformers(self, name, model, folder, spec, images, raw, expected):
        out = f"{folder}/hf"
        if not self.export(name, "huggingface", model, out):
            return
        kind = transformers.AutoModelForImageClassification if spec["head"] else transformers.AutoModel
        network, report = kind.from_pretrained(out, output_loading_info=True)
        assert not report["missing_keys"] and not report["unexpected_keys"], report
        with torch.no_grad():
            output = network.eval()(pixel_values=torch.from_numpy(images))
        prefix = int(spec["class_token"]) + spec["registers"]
        if spec["head"]:
            found = {"probabilities": output.logits.softmax(1).numpy()}
            assert network.config.id2label[3] == "class 3"
        else:
            found = {"mean": output.last_hidden_state[:, prefix:].mean(1).numpy(), "cls": output.last_hidden_state[:, 0].numpy()}
            if output.pooler_output is not None:
                assert np.abs(output.pooler_output.numpy() - found["cls"]).max() < 1e-5
        processor = transformers.AutoImageProcessor.from_pretrained(out)
        # A classifier is shown another crop than these pictures are.
        if raw is not None and not spec["head"]:
            made = processor([Image.fromarray(image) for image in raw], return_tensors="pt")["pixel_values"].numpy()
            if made.shape == images.shape:
                assert np.abs(made - images).max() < 1e-4, np.abs(made - images).max()
        self.compare(name, "huggingface", found, expected, type(network).__name__)

    def timm(self, name, model, folder, spec, images, raw, expected):
        out = f"{folder}/timm"
        if not self.export(name, "timm", model, out):
            return
        network = timm.create_model(f"local-dir:{out}", pretrained=True).eval()
        with torch.no_grad():
            result = network(torch.from_numpy(images))
            tokens = network.forward_features(torch.from_numpy(images))
        if spec["head"]:
            found = {"probabilities": result.softmax(1).numpy()}
        else:
            found = {"mean": result.numpy(), "cls": tokens[:, 0].numpy()}
        self.compare(name, "timm", found, expected, f"{type(network).__name__}, {network.pretrained_cfg['architecture']}")

    def case(self, name, spec):
        folder = f"{self.folder}/{name.replace(' ', '-').replace(',', '')}"
        os.makedirs(folder)
        rng = np.random.default_rng(len(name))
        model = f"{folder}/network.safetensors"
        save_file(tensors(spec, rng), model, metadata(spec))
        images, raw = pictures(f"{folder}/pictures", spec, rng)
        expected = self.expected(folder, model, spec)
        self.onnx(name, model, folder, images, raw, expected)
        self.transformers(name, model, folder, spec, images, raw, expected)
        self.timm(name, model, folder, spec, images, raw, expected)


def main():
    program, sizes = os.path.abspath(sys.argv[1]), sys.argv[2:] or ["tiny"]
    torch.manual_seed(0)
    with tempfile.TemporaryDirectory() as folder:
        check = Check(program, folder)
        for name, spec in cases(sizes):
            check.case(name, spec)
    print(f"largest difference {check.worst:.1e} (float16 aside), {check.failures} above the limit")
    raise SystemExit(check.failures > 0)


if __name__ == "__main__":
    main()
