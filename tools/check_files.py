"""Opens weight files of every kind that people have with `resnet-lens classify`, and compares the logits with PyTorch's in float64.

Each file is made in a temporary folder. The table has one row per file: what is expected, what happened, and the largest error of a
logit relative to the largest logit, or the sentence with which the file is refused. Fails if a row is not as expected.

With --keep the files, the photo and what PyTorch answers (`kinds.json`) stay in a folder, and the program is not run: tests of the page
read them, see check-files-page.js.

Needs: pip install cloudpickle dill h5py joblib numpy onnx pillow safetensors timm torch torchvision
Run:   python tools/check_files.py target/debug/resnet-lens [--only PATTERN] [--keep FOLDER]
"""

import argparse
import copy
import json
import re
import shutil
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
import unusual_kinds
from file_kinds import KINDS, NAMES, OPENS, logits, quantised_file, seeded
from make_family_golden import uniform
from PIL import Image

TOLERANCE = 1e-3


def classify(program, file, photo, node, folder):
    dump = folder / "logits.npy"
    dump.unlink(missing_ok=True)
    command = [program, "classify", "--model", file, "--precision", "f32", "--device", "cpu", "--json", "--node", node, "--dump", dump]
    return subprocess.run([*command, photo], capture_output=True, text=True, check=False), dump


def made(program, folder, name, make, write, photo):
    """The network, its file in a folder of its own, and PyTorch's logits."""
    original = seeded(make)
    model = copy.deepcopy(original)
    place = folder / re.sub(r"\W+", "-", name)
    place.mkdir()
    file = quantised_file(place / "weights", model, program) if write == "compress" else write(place / "weights", model)
    state = model.state_dict()
    unchanged = all(torch.equal(state[name], tensor) for name, tensor in original.state_dict().items())
    return file, logits_of(make, photo) if unchanged else logits(model, Image.open(photo))


@lru_cache(maxsize=4)
def logits_of(make, photo):
    return logits(seeded(make), Image.open(photo))


def node_of(expected):
    """The node whose value is compared: a network without a classifier has no `fc`."""
    return "flatten" if len(expected) > 100 else "fc"


def row(program, file, expected, photo, folder, note):
    """What happened, and the largest relative error or `None`."""
    node = node_of(expected)
    result, dump = classify(program, file, photo, node, folder)
    notes = [line[6:] for line in result.stderr.splitlines() if line.startswith("note: ") and "adapter" not in line]
    if result.returncode:
        error = next((line for line in result.stderr.splitlines() if line.startswith("error: ")), result.stderr)
        return error.replace(str(file), file.name), None, notes
    found = np.load(dump).ravel()
    if found.shape != expected.shape:
        return f"opens with {len(found)} values", None, notes
    error = np.abs(found - expected).max() / np.abs(expected).max()
    answer = json.loads(result.stdout)["predictions"]
    top = list(np.argsort(-expected)[: len(answer)])
    if node == "fc" and [prediction["index"] for prediction in answer] != top:
        return f"opens with other classes than {top}", error, notes
    if note == "labels" or note == "config.json":
        named = all(prediction["label"] == NAMES[prediction["index"]] for prediction in answer)
        return "opens" if named else f"opens without names: {answer[0]['label']}", error, notes
    return "opens", error, notes


def as_expected(happened, error, notes, refusal, note):
    if refusal is OPENS:
        good = happened == "opens" and error <= TOLERANCE
    else:
        good = error is None and re.search(refusal, happened)
    return good and (not note or note in ("labels", "config.json") or re.search(note, "; ".join(notes)))


def check(program, kinds, folder, photo):
    failed = []
    print("| file | result | largest relative error | notes |\n|---|---|---|---|")
    for name, make, write, refusal, note in kinds:
        file, expected = made(program, folder, name, make, write, photo)
        happened, error, notes = row(program, file, expected, photo, folder, note)
        shown = "" if error is None else f"{error:.1e}"
        print(f"| {name} | {happened} | {shown} | {'; '.join(notes)} |", flush=True)
        if not as_expected(happened, error, notes, refusal, note):
            failed.append(name)
        shutil.rmtree(next(place for place in file.parents if place.parent == folder))
    print(f"{len(failed)} not as expected: {', '.join(failed)}")
    raise SystemExit(bool(failed))


def keep(program, kinds, folder, photo):
    """Writes the files and what is expected of them; `opened` is a path in `folder`."""
    rows = []
    for name, make, write, refusal, note in kinds:
        file, expected = made(program, folder, name, make, write, photo)
        row = {"name": name, "opened": str(file.relative_to(folder)), "node": node_of(expected)}
        rows.append(row | {"logits": [float(logit) for logit in expected], "refusal": refusal, "note": note})
    (folder / "kinds.json").write_text(json.dumps({"photo": photo.name, "names": NAMES, "kinds": rows}))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--only", default="")
    parser.add_argument("--keep", type=Path, help="an empty or new folder for the files")
    arguments = parser.parse_args()
    kinds = [row for row in [*KINDS, *unusual_kinds.KINDS] if re.search(arguments.only, row[0])]
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        photo = folder / "photo.png"
        values = (uniform("photo", (12, 12, 3), 0, 255)).byte().numpy()
        Image.fromarray(values).resize((320, 256), Image.Resampling.BICUBIC).save(photo)
        (keep if arguments.keep else check)(arguments.program, kinds, folder, photo)


if __name__ == "__main__":
    main()
