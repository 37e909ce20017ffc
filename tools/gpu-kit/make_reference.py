"""Writes a ResNet-50 with seeded weights, one input, and PyTorch's logits for it in float64.

python make_reference.py FOLDER writes resnet50.safetensors, input.npy and reference.json, which `bench` takes, and
resnet50.pt for `time_torch.py`.
"""

import ctypes
import json
import struct
import sys
from pathlib import Path

import torch

from resnet50 import margin, seeded


def raw(tensor):
    """The values as little-endian float32. NumPy may be missing, so this reads the memory."""
    tensor = tensor.detach().cpu().float().contiguous()
    return ctypes.string_at(tensor.data_ptr(), tensor.numel() * 4)


def write_safetensors(path, tensors):
    header, parts, offset = {}, [], 0
    for name, tensor in tensors.items():
        part = raw(tensor)
        header[name] = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(part)]}
        parts.append(part)
        offset += len(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(parts))


def write_npy(path, tensor):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(tensor.shape)}, }}"
    text += " " * (-(10 + len(text) + 1) % 64) + "\n"
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text.encode() + raw(tensor))


def main():
    folder = Path(sys.argv[1])
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    with torch.no_grad():
        model, image = seeded(device)
        logits = model(image.to(device).double()).flatten().cpu()
    tensors = {k: v for k, v in model.state_dict().items() if not k.endswith("num_batches_tracked")}
    write_safetensors(folder / "resnet50.safetensors", tensors)
    write_npy(folder / "input.npy", image)
    torch.save({"weights": {k: v.float().cpu() for k, v in model.state_dict().items()}, "image": image}, folder / "resnet50.pt")
    (folder / "reference.json").write_text(json.dumps({"logits": logits.tolist()}))
    low, high = logits.min().item(), logits.max().item()
    print(f"logits in float64 on {device}: {low:.2f} to {high:.2f}, six best at least {margin(logits):.3f} apart")


if __name__ == "__main__":
    main()
