"""Top-1 agreement of compressed ResNet-50s with the original, on the 300 photos of DATA/images/imagenet256.

Compresses DATA/weights/resnet50-imagenet.f16.safetensors with `resnet-lens compress`. PyTorch computes the answers of the original, of the
int8 file, which is decoded here as README.md documents its layout, and of the product-quantised file. Prints a table of size, agreement with
the original and accuracy. `resnet-lens classify` reads the three files as well and has to give PyTorch's answers for the first photos, with
logits that differ by at most a thousandth of the largest one. Fails if the int8 file is larger than 26 MB or gives another answer than the
original for more than 4 photos. DATA is ../shared/data beside the checkout. Takes 4 minutes on two CPU cores.

Needs: pip install numpy pillow safetensors torch torchvision
Run:   python tools/check_compress.py target/debug/resnet-lens [--photos N]
"""

import argparse
import csv
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from safetensors.torch import load_file
from torchvision.models import resnet50
from torchvision.transforms import v2

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
ORIGINAL = DATA / "weights" / "resnet50-imagenet.f16.safetensors"
PRODUCT_QUANTISED = DATA / "weights" / "pq" / "resnet50_large.pth"
MOST_BYTES = 26_000_000
LEAST_SAME = 296
TOLERANCE = 1e-3
BATCH = 10


def decode(file):
    """The tensors of a file in float32, by the documented layouts of 8-bit and of product-quantised weights."""
    tensors = load_file(file) if file.suffix == ".safetensors" else torch.load(file, map_location="cpu")
    dims = {name: tensor.shape for name, tensor in resnet50().state_dict().items()}
    decoded = {}
    for name, tensor in tensors.items():
        module = name.rsplit(".", 1)[0]
        if name.endswith(".codes_matrix"):
            weight = tensors[f"{module}.codebook"].float()[tensor.long()]
            decoded[f"{module}.weight"] = weight.reshape(dims[f"{module}.weight"])
        elif f"{module}.weight_scale" in tensors and name.endswith(".weight"):
            scale = tensors[f"{module}.weight_scale"]
            decoded[name] = tensor.float() * scale.reshape(-1, *[1] * (tensor.dim() - 1))
        elif not name.endswith((".codebook", ".weight_scale")):
            decoded[name] = tensor.float()
    return decoded


def network(file):
    model = resnet50()
    tensors = decode(file)
    # The statistics of product-quantised files are folded into scale and shift.
    folded = {name: torch.full_like(tensor, 0.0 if name.endswith("mean") else 1.0)
              for name, tensor in model.state_dict().items() if name.endswith(("running_mean", "running_var"))}
    missing, unexpected = model.load_state_dict(folded | tensors, strict=False)
    assert not unexpected and all(name.endswith("num_batches_tracked") for name in missing), (missing, unexpected)
    return model.eval()


def logits(file, images):
    model = network(file)
    with torch.inference_mode():
        return torch.cat([model(images[start : start + BATCH]) for start in range(0, len(images), BATCH)]).numpy()


def of_program(program, file, photos):
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "classify", "--model", file, "--precision", "f32", "--node", "fc", "--dump", f"{folder}/logits.npy"]
        subprocess.run([*command, *photos], check=True, capture_output=True)
        names = [f"logits-{number}.npy" for number in range(1, len(photos) + 1)] if len(photos) > 1 else ["logits.npy"]
        return np.stack([np.load(f"{folder}/{name}").ravel() for name in names])


def relative(found, expected):
    """The largest difference of a photo's logits relative to its largest logit."""
    return (np.abs(found - expected).max(1) / np.abs(expected).max(1)).max()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--photos", type=int, default=12, help="photos that the program classifies")
    arguments = parser.parse_args()
    with open(DATA / "images" / "imagenet256" / "labels.csv") as file:
        rows = list(csv.DictReader(file))
    photos = [DATA / "images" / "imagenet256" / row["file"] for row in rows]
    classes = np.array([int(row["class_index"]) for row in rows])
    prepare = v2.Compose([
        v2.Resize(256, antialias=True),
        v2.CenterCrop(224),
        v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])
    images = torch.stack([prepare(Image.open(photo).convert("RGB")) for photo in photos])
    with tempfile.TemporaryDirectory() as folder:
        int8 = Path(folder) / "resnet50-int8.safetensors"
        subprocess.run([arguments.program, "compress", ORIGINAL, int8], check=True)
        print("| weights | MB | same top-1 as f16 | right | logits off f16's | program off PyTorch |\n|---|---|---|---|---|---|", flush=True)
        same, original = {}, None
        for name, file in [("f16", ORIGINAL), ("int8", int8), ("product-quantised", PRODUCT_QUANTISED)]:
            answers = logits(file, images)
            top = answers.argmax(1)
            original = answers if original is None else original
            same[name] = int((top == original.argmax(1)).sum())
            apart = relative(answers, original)
            own = of_program(arguments.program, file, photos[: arguments.photos])
            expected = answers[: arguments.photos]
            error = relative(own, expected)
            size = file.stat().st_size / 1e6
            print(f"| {name} | {size:.1f} | {same[name]} of {len(photos)} | {(top == classes).sum()} | {apart:.1e} | {error:.1e} |", flush=True)
            if error > TOLERANCE or (own.argmax(1) != top[: arguments.photos]).any():
                raise SystemExit(f"{name}: the program's answers differ from PyTorch's")
        if int8.stat().st_size > MOST_BYTES or same["int8"] < LEAST_SAME:
            raise SystemExit(f"expected at most {MOST_BYTES} bytes and at least {LEAST_SAME} equal answers")


if __name__ == "__main__":
    main()
