"""Make tests/golden/surgery.safetensors and surgery-weights.safetensors: logits of edited networks by PyTorch in float64.

surgery-weights.safetensors    random weights of a small ResNet of basic blocks
surgery.safetensors            "input", and per case the logits; metadata: cases, JSON of each case's edits

Needs: pip install numpy safetensors torch torchvision
Run:   python tools/make_surgery_golden.py
"""

import torch
from make_resnet_golden import GOLDEN, random_network, save
from torch_surgery import edited
from torchvision.models.resnet import BasicBlock

CASES = [
    [],
    ["branch:layer1.1:0"],
    ["branch:layer2.0:0"],
    ["branch:layer1.0:0.5", "branch:layer2.0:1.5"],
    ["shortcut:layer1.2:0"],
    ["shortcut:layer3.0:0"],
    ["shortcut:layer1.0:1.25", "branch:layer1.0:0.75"],
    ["branch:layer1.1:0", "shortcut:layer1.1:0.5"],
    ["branch:layer1.2:0", "shortcut:layer1.2:0"],
    ["skip:layer1.1"],
    ["skip:layer4.0"],
    ["repeat:layer1.1:2"],
    ["repeat:layer1.0:3:1"],
    ["repeat:layer1.2:2", "branch:layer1.2:0.5", "shortcut:layer1.2:0.75"],
    ["swap:layer1.0:layer1.2"],
    ["reverse:layer1.0:layer1.2"],
    ["swap:layer1.0:layer1.1", "reverse:layer1.1:layer1.2"],
    ["lesion:layer1.1.conv1:3"],
    ["lesion:maxpool:0", "lesion:layer2.0.bn2:1", "lesion:layer2.0.bn2:7"],
    ["lesion:avgpool:2", "lesion:fc:1"],
    ["reverse:layer1.0:layer1.2", "repeat:layer1.1:2", "lesion:layer1.1.bn2:4", "branch:layer3.0:0", "skip:layer1.0"],
]


def main():
    torch.manual_seed(17)
    model = random_network(BasicBlock, [3, 1, 1, 1])
    image = torch.randn(1, 3, 33, 35)
    save(GOLDEN / "surgery-weights.safetensors", model.state_dict())
    tensors = {"input": image}
    with torch.no_grad():
        for number, edits in enumerate(CASES):
            tensors[f"{number}"] = edited(model, edits).double()(image.double()).float()
    save(GOLDEN / "surgery.safetensors", tensors, cases=CASES)


if __name__ == "__main__":
    main()
