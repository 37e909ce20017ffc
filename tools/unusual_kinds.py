"""Further kinds of weight files for check_files.py: `KINDS` has the same rows as in file_kinds.py."""

import collections
import json
import struct
from functools import partial

import numpy as np
import torch
import unusual_files as unusual
import weight_files as files
from file_kinds import NAMES, OPENS
from torchvision.models import resnet

KINDS = []


def resnet10():
    return resnet.ResNet(resnet.BasicBlock, [1, 1, 1, 1], num_classes=10)


def bottlenecks():
    return resnet.ResNet(resnet.Bottleneck, [1, 1, 1, 1], num_classes=10)


def kind(name, write, refusal=OPENS, note=None, make=resnet10):
    KINDS.append((name, make, write, refusal, note))


def headless10():
    model = resnet10()
    model.fc = torch.nn.Identity()
    return model


# Shapes of tensors beside a backbone.
TWO_HEADS = {"fc_colour.weight": (10, 512), "fc_colour.bias": (10,), "fc_shape.weight": (4, 512), "fc_shape.bias": (4,)}
DETECTOR = {"backbone.fpn.inner_blocks.0.0.weight": (256, 512, 1, 1), "rpn.head.conv.0.0.weight": (256, 256, 3, 3)}
SEGMENTER = {"classifier.0.weight": (128, 512, 3, 3), "classifier.4.weight": (21, 128, 1, 1), "classifier.4.bias": (21,)}

# Wrappers and trainers
kind("module._orig_mod.module.", unusual.named(lambda name: "module._orig_mod.module." + name))
kind("wrappers between modules (FSDP, activation checkpointing)", unusual.named(unusual.wrapped_inside))
kind("compiled submodules", unusual.named(lambda name: name.replace("layer2.", "layer2._orig_mod.")))
kind("Composer", unusual.of(lambda state: {"state": {"model": unusual.prefixed("model.module.", state), "timestamp": {"batch": 3}, "rank_zero_seed": 1}, "rng": [{"python": (3, (1, 2), None)}]}))
kind("DeepSpeed", unusual.of(lambda state: {"module": state, "buffer_names": ["bn1.running_mean"], "optimizer": None, "param_shapes": [collections.OrderedDict((n, t.shape) for n, t in state.items())], "ds_config": {"zero": 1}, "dp_world_size": 8}, ".pt"))
kind("DeepSpeed stage 3: empty tensors", unusual.of(lambda state: {"module": {n: torch.zeros(0) for n in state}}, ".pt"), "0 values|empty|dims")
kind("shards: the folder", partial(unusual.sharded, opened=None), "several .*shards")
kind("shards: one of them", partial(unusual.sharded, opened="model-00001-of-00002.safetensors"), "several .*shards")
kind("shards: the index", partial(unusual.sharded, opened="model.safetensors.index.json"), "index")
kind("object of a training script", unusual.whole(unusual.Holder))
kind("DataParallel, whole", unusual.whole(torch.nn.DataParallel))
kind("torch.compile, whole", unusual.whole(lambda model: torch.nn.Sequential(collections.OrderedDict(_orig_mod=model))))
kind("list of two", unusual.of(lambda state: [state, unusual.halves(state)]), note="several copies")
kind("tuple of network and optimizer", lambda path, model: unusual.saved(path, (model.state_dict(), files.optimizer_state(model))))
kind("nested dictionaries", unusual.of(unusual.nested))
kind("robustness library", unusual.of(lambda state: {"model": unusual.prefixed("module.model.", state) | unusual.prefixed("module.attacker.model.", state) | {"module.normalizer.new_mean": torch.zeros(3, 1, 1)}}), note="several copies|left out")
kind("optimizer keyed by names", unusual.of(lambda state: {"optimizer": {"state": {n: {"exp_avg": t * 0, "exp_avg_sq": t * 0} for n, t in state.items()}}, "model": state}))
kind("momentum with the same names", unusual.of(lambda state: {"momentum_buffer": unusual.halves(state), "net": state}), note="net is used")
kind("gradients with the same names", unusual.of(lambda state: {"grads": unusual.halves(state), "weights": state}), note="weights is used")
kind("optimizer with the same names", unusual.of(lambda state: {"optimizer_state": {"exp_avg": unusual.halves(state)}, "weights": state}), note="weights is used|left out")
# Averages
for keys in [("params", "params_ema"), ("online_model", "ema_model"), ("model", "averaged_model"), ("net", "ema_net.module"), ("model", "ema_state_dict"), ("model", "swa_state_dict"), ("model", "emamodel"), ("model", "moving_average"), ("generator", "generator_ema")]:
    kind(f"average: {', '.join(keys)}", unusual.of(lambda state, keys=keys: {keys[0]: unusual.halves(state), keys[1]: state}), note=f"{keys[1]} is used, not {keys[0]}")
kind("average: shadow_params without names", unusual.averaged_list, note="left out: ema")
kind("average: names without dots (LitEma)", unusual.of(unusual.averaged_dotless), note="model_ema|average")
kind("average: shadow with names", unusual.of(lambda state: {"model": unusual.halves(state), "ema": {"decay": 0.9, "shadow": state}}), note="ema.shadow is used")
# Names
kind("detectron2", unusual.named(unusual.detectron2))
kind("detectron2 with bottlenecks", unusual.named(unusual.detectron2), make=bottlenecks)
kind("maskrcnn-benchmark", unusual.of(lambda state: {"model": unusual.prefixed("backbone.body.stem.", {n: t for n, t in state.items() if n.startswith(("conv1", "bn1"))}) | unusual.prefixed("backbone.body.", {n: t for n, t in state.items() if n.startswith("layer")}) | {"fc.weight": state["fc.weight"], "fc.bias": state["fc.bias"]}}))
kind("names with /", unusual.named(lambda name: name.replace(".", "/")))
kind("names with _", unusual.named(lambda name: name.replace(".", "_")))
kind("gamma, beta, moving_mean, moving_var", unusual.named(unusual.norms_renamed))
kind("Keras names", unusual.keras_names, "Keras")
kind("no bias of the head", unusual.without_bias)
kind("two heads", unusual.of(partial(unusual.backbone, prefix="", beside=TWO_HEADS)), note="fc_colour, fc_shape.*no classifier", make=headless10)
kind("normalised head (weight_g, weight_v)", unusual.of(partial(unusual.normed, names=("fc.weight_g", "fc.weight_v"))), "weight_g|weight normalisation")
kind("normalised head (parametrizations)", unusual.of(partial(unusual.normed, names=("fc.parametrizations.weight.original0", "fc.parametrizations.weight.original1"))), "parametri")
kind("pruned (weight_orig, weight_mask)", unusual.of(unusual.pruned), "prun")
kind("CLIP's image encoder", unusual.of(partial(unusual.clip, prefix="visual.")), "CLIP", make=bottlenecks)
kind("CLIP's image encoder alone", unusual.of(partial(unusual.clip, prefix="")), "CLIP", make=bottlenecks)
kind("three-dimensional", unusual.of(unusual.other_rank(3)), "3 dimensions|3D|volume")
kind("one-dimensional", unusual.of(unusual.other_rank(1)), "1 dimension|1D|signal")
kind("Faster R-CNN", unusual.of(partial(unusual.backbone, prefix="backbone.body.", beside=DETECTOR)), note="backbone.fpn, rpn.*no classifier", make=headless10)
kind("DeepLab", unusual.of(partial(unusual.backbone, prefix="backbone.", beside=SEGMENTER)), note="head of a segmentation network.*often dilated", make=headless10)
kind("LoRA adapter", unusual.of(lambda state: {f"base_model.model.{n.rsplit('.', 1)[0]}.lora_{ab}.weight": torch.zeros(4, 4) for n in state for ab in "AB"}), "LoRA|adapter")
kind("fused batch norm", unusual.fused, "fused into the convolutions")
# Types of values
kind("qint8 tensors", unusual.of(unusual.quantised_tensors), "quantised")
kind("dynamically quantised", unusual.quantised_network, "quantised")
kind("sparse tensors", unusual.of(lambda state: {n: t.to_sparse() if t.dim() == 4 else t for n, t in state.items()}), "sparse")
kind("meta tensors", unusual.of(lambda state: {n: t.to("meta") for n, t in state.items()}), "meta|without values|no values")
kind("NumPy arrays in torch.save", unusual.of(lambda state: {n: t.numpy() for n, t in state.items()}), "NumPy")
kind("parameters and buffers", unusual.buffers)
kind("parameters with hooks and attributes", unusual.hooked)
kind("subclassed tensors", unusual.subclassed)
kind("channels last", unusual.channels_last)
kind("MLX", unusual.mlx, "MLX")
for device in [b"cuda:3", b"mps", b"xla:0", b"privateuseone:0"]:
    kind(f"tensors on {device.decode()}", partial(unusual.swapped_types, device=device))
# Pickles and scripts
kind("pickle of arrays", unusual.plain_pickle, "pickle")
kind("joblib", unusual.joblib_file, "pickle|joblib")
kind("joblib, compressed", partial(unusual.joblib_file, compress=3), "joblib|zlib")
for module in ["dill", "cloudpickle"]:
    kind(f"torch.save with {module}", partial(unusual.with_pickle_module, module=module))
kind("frozen TorchScript", unusual.frozen_script, "without torch.jit.freeze")
kind("TorchScript for mobile devices", unusual.mobile_script)
kind("scripted TorchScript", unusual.scripted_half)
# Archives and damage
kind("zip64", unusual.zip64)
kind("encrypted zip", unusual.encrypted, "password")
kind("zip with a wrong checksum", unusual.wrong_crc)
kind("zip with a comment", unusual.with_comment)
kind("big-endian", unusual.big_endian, "low byte first|big-endian")
kind("safetensors cut off", partial(unusual.changed_bytes, change=lambda data, length: data[:-100]), "cut off")
kind("safetensors too long", partial(unusual.changed_bytes, change=lambda data, length: data + bytes(100)), "as its header says")
kind("safetensors with a wrong header length", partial(unusual.changed_bytes, change=lambda data, length: struct.pack("<Q", length - 10) + data[8:]), "header")
kind("safetensors with a huge header length", partial(unusual.changed_bytes, change=lambda data, length: struct.pack("<Q", 1 << 40) + data[8:]), "header|not a weight file")
kind("zeros", unusual.of_bytes(bytes(5000)), "unknown format")
kind("random bytes", unusual.of_bytes(np.random.default_rng(0).bytes(5000)), "unknown format")
kind("text of an error", unusual.of_bytes(b"Entry not found"), "text")
kind("MATLAB", unusual.of_bytes(b"MATLAB 5.0 MAT-file, Platform: GLNXA64" + bytes(500), ".mat"), "MATLAB")
kind("MXNet", unusual.of_bytes(struct.pack("<QQ", 0x112, 0) + bytes(500), ".params"), "MXNet")
kind("Flax", unusual.of_bytes(b"\x82\xa6params\x81\xa7encoder\x80\xabbatch_stats\x80" + bytes(500), ".msgpack"), "Flax|MessagePack")
kind("Torch7", unusual.of_bytes(struct.pack("<iii", 4, 1, 3) + b"V 1" + bytes(500), ".t7"), "unknown format")
# Files beside
kind("labels.txt with BOM and CRLF", unusual.beside({"labels.txt": b"\xef\xbb\xbf" + "\r\n".join(NAMES).encode()}), note="labels")
kind("labels.txt with comments and blank lines", unusual.beside({"labels.txt": "# names\n\n" + "\n\n".join(NAMES) + "\n"}), note="labels")
kind("labels.txt with synsets", unusual.beside({"labels.txt": "\n".join(f"n0144076{n} {name}" for n, name in enumerate(NAMES))}), note="labels")
kind("labels.txt with numbers", unusual.beside({"labels.txt": "\n".join(f"{n}: {name}" for n, name in enumerate(NAMES))}), note="labels")
kind("labels.txt with numbers and tabs", unusual.beside({"labels.txt": "\n".join(f"{n}\t{name}" for n, name in enumerate(NAMES))}), note="labels")
kind("labels.csv", unusual.beside({"labels.csv": "index,name\n" + "\n".join(f"{n},{name}" for n, name in enumerate(NAMES))}), note="labels")
kind("labels.txt of comma-separated lines", unusual.beside({"labels.txt": "\n".join(f"{n},{name}" for n, name in enumerate(NAMES))}), note="labels")
kind("labels.txt in UTF-16", unusual.beside({"labels.txt": "\n".join(NAMES).encode("utf-16")}), note="expected text in UTF-8")
kind("class_indices.json by name", unusual.beside({"class_indices.json": json.dumps({name: n for n, name in enumerate(NAMES)})}), note="labels")
kind("labels.json by name", unusual.beside({"labels.json": json.dumps({name: n for n, name in enumerate(NAMES)})}), note="labels")
kind("class_indices.json of Keras", unusual.beside({"class_indices.json": json.dumps({str(n): [f"n0144076{n}", name] for n, name in enumerate(NAMES)})}), note="labels")
kind("labels.json in an object", unusual.beside({"labels.json": json.dumps({"labels": NAMES})}), note="labels")
kind("config.json with label2id only", unusual.beside({"config.json": json.dumps({"model_type": "resnet", "label2id": {name: n for n, name in enumerate(NAMES)}})}), note="labels")
kind("config.json with string keys out of order", unusual.beside({"config.json": json.dumps({"id2label": {str(n): NAMES[n] for n in reversed(range(10))}})}), note="labels")
kind("labels.txt of another number", unusual.beside({"labels.txt": "\n".join(NAMES[:7])}), note="expected one for each of the network's 10 classes, found 7")
kind("labels.txt that is empty", unusual.beside({"labels.txt": ""}), note="labels: expected at least one")
