"""Make tests/golden/pytorch: the weights of tests/golden/resnet/basic.safetensors in files as torch.save writes them.

checkpoint.pth      as a training program keeps them: under "state_dict", from nn.DataParallel, beside an optimizer's state
legacy.pth          as PyTorch before 1.6 wrote them: no archive
early.pth           as PyTorch 0.1 wrote them: a tar archive
channels_last.pth   f16, convolutions with the channels innermost, all tensors in one storage

Needs: pip install safetensors torch
Run:   python tools/make_pytorch_golden.py
"""

from collections import OrderedDict
from pathlib import Path

import torch
from safetensors.torch import load_file
from weight_files import write_pytorch_01

GOLDEN = Path(__file__).parent.parent / "tests" / "golden"


def checkpoint(weights):
    """What the training example of PyTorch keeps, with momentum for one tensor only: the rest looks alike."""
    parameter = torch.nn.Parameter(weights["bn1.weight"].clone())
    optimizer = torch.optim.SGD([parameter], lr=0.1, momentum=0.9)
    parameter.sum().backward()
    optimizer.step()
    return {
        "epoch": 90,
        "arch": "resnet18",
        "best_acc1": torch.tensor(76.1),
        "optimizer": optimizer.state_dict(),
        "state_dict": OrderedDict((f"module.{name}", tensor) for name, tensor in weights.items()),
    }


def in_one_storage(weights):
    """Every tensor a view of one run of f16, four-dimensional ones with the channels innermost."""
    weights = {name: tensor for name, tensor in weights.items() if tensor.is_floating_point()}
    run = torch.empty(3 + sum(tensor.numel() for tensor in weights.values()), dtype=torch.float16)
    views, offset = OrderedDict(), 3
    for name, tensor in weights.items():
        part = run[offset : offset + tensor.numel()]
        offset += tensor.numel()
        if tensor.dim() == 4:
            outputs, inputs, height, width = tensor.shape
            view = part.view(outputs, height, width, inputs).permute(0, 3, 1, 2)
        else:
            view = part.view(tensor.shape)
        view.copy_(tensor)
        views[name] = torch.nn.Parameter(view, requires_grad=False)
    return views


def main():
    weights = load_file(GOLDEN / "resnet" / "basic.safetensors")
    folder = GOLDEN / "pytorch"
    folder.mkdir(parents=True, exist_ok=True)
    torch.save(checkpoint(weights), folder / "checkpoint.pth")
    torch.save(OrderedDict(weights), folder / "legacy.pth", _use_new_zipfile_serialization=False)
    write_pytorch_01(folder / "early.pth", weights)
    torch.save(in_one_storage(weights), folder / "channels_last.pth")


if __name__ == "__main__":
    main()
