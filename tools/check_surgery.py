"""Edited ResNet-50 against PyTorch on real weights: top-1 of photos and logits, for every kind of edit.

record    computes the answers of PyTorch in float32 and writes them to a JSON file; takes about half an hour on two cores
compare   runs `resnet-lens classify` on the same photos, prints a table, and fails if an answer differs too much

Photos are every second row of DATA/images/imagenet256/labels.csv, the first 120; DATA is ../shared/data beside the checkout.

Needs: pip install numpy pillow safetensors torch torchvision (record), numpy (compare)
Run:   python tools/check_surgery.py record answers.json
       python tools/check_surgery.py compare answers.json target/release/resnet-lens [--photos N] [--only TEXT] [--device cpu]
"""

import argparse
import csv
import json
import subprocess
import tempfile
from pathlib import Path

DATA = Path(__file__).parent.parent.parent / "shared" / "data"
WEIGHTS = DATA / "weights" / "resnet50-imagenet.f16.safetensors"
PHOTOS = 120
# The photos whose logits are compared.
LOGITS = 5
BATCH = 8
BLOCKS = [f"layer{stage}.{block}" for stage, count in enumerate([3, 4, 6, 3], 1) for block in range(count)]
RUN = [f"layer3.{block}" for block in range(1, 6)]
SURGERIES = [
    [],
    *[[f"branch:{block}:0"] for block in BLOCKS],
    *[[f"shortcut:{block}:0"] for block in BLOCKS],
    [f"shortcut:{block}:0" for block in BLOCKS],
    *[[f"swap:{one}:{other}"] for one, other in zip(RUN, RUN[1:], strict=False)],
    ["reverse:layer3.1:layer3.5"],
    [f"repeat:{block}:2" for block in RUN],
    [f"repeat:{block}:2:1" for block in RUN],
    ["skip:layer2.2", "skip:layer4.0"],
    ["branch:layer3.2:0.5", "shortcut:layer2.3:1.25"],
    ["lesion:layer1.1.conv2:7", "lesion:layer4.1.bn3:100", "lesion:layer2.0.downsample.1:3"],
    ["stride:1x1"],
]
TOLERANCE = 1e-3


def photos():
    with open(DATA / "images" / "imagenet256" / "labels.csv") as file:
        rows = list(csv.DictReader(file))[::2][:PHOTOS]
    return [(DATA / "images" / "imagenet256" / row["file"], int(row["class_index"])) for row in rows]


def text(edits):
    return " ".join(edits) or "none"


def record(path):
    import torch
    from PIL import Image
    from safetensors.torch import load_file
    from torch_surgery import edited
    from torchvision.models import resnet50
    from torchvision.transforms import v2

    model = resnet50()
    model.load_state_dict({name: tensor.float() for name, tensor in load_file(WEIGHTS).items()}, strict=False)
    prepare = v2.Compose([
        v2.Resize(256, antialias=True),
        v2.CenterCrop(224),
        v2.ToImage(),
        v2.ToDtype(torch.float32, scale=True),
        v2.Normalize([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]),
    ])
    images = torch.stack([prepare(Image.open(file).convert("RGB")) for file, _ in photos()])
    networks = {text(edits): edited(model, edits) for edits in SURGERIES}
    answers = {name: {"top": [], "logits": []} for name in networks}
    with torch.inference_mode():
        for start in range(0, PHOTOS, BATCH):
            batch = images[start : start + BATCH]
            values = stem(networks["none"], batch)
            inputs = [values]
            for block in networks["none"].layer1:
                inputs.append(block(inputs[-1]))
            for name, network in networks.items():
                first = first_change(name.split(" ")) if name != "none" else len(BLOCKS)
                x = inputs[first] if first is not None else stem(network, batch)
                for block in list(network.layer1)[first or 0 :]:
                    x = block(x)
                logits = network.fc(torch.flatten(network.avgpool(x), 1))
                answers[name]["top"] += logits.argmax(1).tolist()
                answers[name]["logits"] += logits[: max(0, LOGITS - start)].tolist()
            print(f"{start + BATCH} of {PHOTOS} photos", flush=True)
            # An interrupted run leaves the photos so far.
            path.write_text(json.dumps(answers))


def stem(network, x):
    return network.maxpool(network.relu(network.bn1(network.conv1(x))))


def first_change(edits):
    """The place of the first block that an edit changes; the values before it are those of the intact network."""
    if any(edit.startswith("stride") for edit in edits):
        return 0
    changed = [".".join(part.split(".")[:2]) for edit in edits for part in edit.split(":")[1:]]
    return min(BLOCKS.index(block) for block in changed if block in BLOCKS)


def classify(program, device, edits, files, *arguments):
    command = [program, "classify", "--device", device, "--model", WEIGHTS, "--precision", "f32", "--json", "--top", "1", *arguments]
    command += [part for edit in edits for part in ("--edit", edit)]
    lines = subprocess.run([*command, *files], check=True, capture_output=True, text=True).stdout.splitlines()
    return [json.loads(line)["predictions"][0]["index"] for line in lines]


def logits_of(program, device, edits, files):
    import numpy as np

    with tempfile.TemporaryDirectory() as folder:
        classify(program, device, edits, files, "--node", "fc", "--dump", f"{folder}/logits.npy")
        return [np.load(f"{folder}/logits-{number}.npy").ravel() for number in range(1, len(files) + 1)]


def compare(path, program, device, count, only):
    import numpy as np

    answers = json.loads(path.read_text())
    count = min(count, len(answers["none"]["top"]))
    files, classes = zip(*photos()[:count], strict=True)
    failed = []
    print(f"surgery | PyTorch top-1 of {count} | same as intact | ours | different answers | max relative logit error")
    for edits in SURGERIES:
        name = text(edits)
        if only and only not in name:
            continue
        expected = answers[name]["top"][:count]
        pairs = zip(logits_of(program, device, edits, files[:LOGITS]), answers[name]["logits"], strict=True)
        error = max(np.abs(a - b).max() / np.abs(b).max() for a, b in pairs)
        found = classify(program, device, edits, files, "--batch", str(BATCH)) if count > LOGITS else expected
        right = [sum(a == b for a, b in zip(top, classes, strict=True)) for top in (expected, found)]
        same = sum(a == b for a, b in zip(expected, answers["none"]["top"], strict=False))
        different = sum(a != b for a, b in zip(expected, found, strict=True))
        print(f"{name} | {right[0]} | {same} | {right[1]} | {different} | {error:.1e}", flush=True)
        if error > TOLERANCE or abs(right[0] - right[1]) > 1:
            failed.append(name)
    if failed:
        raise SystemExit(f"too different from PyTorch: {'; '.join(failed)}")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["record", "compare"])
    parser.add_argument("answers", type=Path)
    parser.add_argument("program", nargs="?")
    parser.add_argument("--photos", type=int, default=PHOTOS)
    parser.add_argument("--only", default="")
    parser.add_argument("--device", choices=["auto", "gpu", "cpu"], default="auto")
    arguments = parser.parse_args()
    if arguments.action == "record":
        record(arguments.answers)
    else:
        compare(arguments.answers, arguments.program, arguments.device, arguments.photos, arguments.only)


if __name__ == "__main__":
    main()
