"""Compares the product-quantised ResNet-50 of DATA with the same network as f16, tensor by tensor and logit by logit.

The f16 file was made from the product-quantised one, whose codebooks are f16 and whose other tensors are f32. So the two differ where f32 was
rounded: in every batch normalisation, the first convolution and the bias of the head. This script counts the tensors that differ before
and after rounding, and compares the logits of `resnet-lens classify`: of the file as it is, and of a copy whose f32 tensors are rounded to
f16. Fails if a tensor differs after rounding, or if a logit of the copy is off by more than 1e-4. DATA is ../shared/data beside the
checkout. Takes a minute on two CPU cores.

Needs: pip install numpy pillow safetensors torch torchvision
Run:   python tools/check_product_quantised.py target/release/resnet-lens [--photos N]
"""

import argparse
import csv
import tempfile
from pathlib import Path

import numpy as np
import torch
from check_compress import DATA, ORIGINAL, PRODUCT_QUANTISED, decode, of_program
from safetensors.torch import load_file

TOLERANCE = 1e-4


def rounded(tensors):
    return {name: tensor.half() if tensor.is_floating_point() else tensor for name, tensor in tensors.items()}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("--photos", type=int, default=20)
    arguments = parser.parse_args()
    decoded, original = decode(PRODUCT_QUANTISED), load_file(ORIGINAL)
    differ = [name for name in decoded if not torch.equal(decoded[name], original[name].float())]
    still = [name for name in decoded if not torch.equal(decoded[name].half(), original[name])]
    print(f"{len(differ)} of {len(decoded)} tensors differ, {len(still)} after rounding to f16")
    print("differ and are no parameters of a batch normalisation:", [name for name in differ if "bn" not in name and "downsample.1" not in name])
    with open(DATA / "images" / "imagenet256" / "labels.csv") as file:
        photos = [DATA / "images" / "imagenet256" / row["file"] for row in csv.DictReader(file)][: arguments.photos]
    expected = of_program(arguments.program, ORIGINAL, photos)
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "rounded.pth"
        torch.save(rounded(torch.load(PRODUCT_QUANTISED, map_location="cpu")), copy)
        errors = {name: np.abs(of_program(arguments.program, file, photos) - expected).max() for name, file in
                  [("as it is", PRODUCT_QUANTISED), ("rounded to f16", copy)]}
    print(f"{len(photos)} photos, largest logit {np.abs(expected).max():.1f}")
    for name, error in errors.items():
        print(f"product-quantised, {name}: logits differ from those of f16 by at most {error:.1e}")
    if still or errors["rounded to f16"] > TOLERANCE:
        raise SystemExit(f"expected equal tensors after rounding and logits within {TOLERANCE}")


if __name__ == "__main__":
    main()
