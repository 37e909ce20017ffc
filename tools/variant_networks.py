"""ResNets that torchvision does not have, as other repositories define them, for the scripts beside this file.

Each class has the attribute `canonical`, which maps a name of its state_dict() to the name that the engine uses.
"""

import re

import torch.nn.functional as F
from torch import nn
from torchvision.models import resnet


class ResidualFunction(nn.Module):
    """A block of weiaicunzai/pytorch-cifar100 (models/resnet.py)."""

    def __init__(self, before, inner, bottleneck, stride):
        super().__init__()
        outer = inner * (4 if bottleneck else 1)
        layers = (
            [(before, inner, 1, 1), (inner, inner, 3, stride), (inner, outer, 1, 1)]
            if bottleneck
            else [(before, inner, 3, stride), (inner, outer, 3, 1)]
        )
        modules = []
        for index, (inputs, outputs, kernel, step) in enumerate(layers):
            conv = nn.Conv2d(inputs, outputs, kernel, stride=step, padding=kernel // 2, bias=False)
            modules += [conv, nn.BatchNorm2d(outputs)] + ([nn.ReLU()] if index + 1 < len(layers) else [])
        self.residual_function = nn.Sequential(*modules)
        self.shortcut = nn.Sequential()
        if stride != 1 or before != outer:
            conv = nn.Conv2d(before, outer, 1, stride=stride, bias=False)
            self.shortcut = nn.Sequential(conv, nn.BatchNorm2d(outer))

    def forward(self, x):
        return F.relu(self.residual_function(x) + self.shortcut(x))


class NoteResNet(nn.Module):
    """The study note's network (stages conv2 to conv5), or with `small` that of pytorch-cifar100 (conv2_x, stem of 3x3)."""

    def __init__(self, stages, bottleneck, classes, small):
        super().__init__()
        stem = (
            [nn.Conv2d(3, 64, 3, padding=1, bias=False), nn.BatchNorm2d(64), nn.ReLU()]
            if small
            else [
                nn.Conv2d(3, 64, 7, stride=2, padding=3, bias=False),
                nn.BatchNorm2d(64),
                nn.ReLU(),
                nn.MaxPool2d(3, stride=2, padding=1),
            ]
        )
        self.conv1 = nn.Sequential(*stem)
        self.names = [f"conv{number}{'_x' if small else ''}" for number in range(2, 6)]
        channels = 64
        for stage, (name, blocks) in enumerate(zip(self.names, stages)):
            inner = 64 << stage
            layers = []
            for block in range(blocks):
                layers.append(ResidualFunction(channels, inner, bottleneck, 2 if stage and not block else 1))
                channels = inner * (4 if bottleneck else 1)
            setattr(self, name, nn.Sequential(*layers))
        self.avg_pool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(channels, classes)

    def forward(self, x):
        x = self.conv1(x)
        for name in self.names:
            x = getattr(self, name)(x)
        return self.fc(self.avg_pool(x).flatten(1))

    @staticmethod
    def canonical(name):
        name = re.sub(r"^conv1\.0\.", "conv1.", name)
        name = re.sub(r"^conv1\.1\.", "bn1.", name)
        name = re.sub(r"^conv(\d)(_x)?\.(\d+)\.", lambda found: f"layer{int(found[1]) - 1}.{found[3]}.", name)
        at = {"0": "conv1", "1": "bn1", "3": "conv2", "4": "bn2", "6": "conv3", "7": "bn3"}
        name = re.sub(r"residual_function\.(\d)", lambda found: at[found[1]], name)
        return name.replace("shortcut", "downsample")


class PaddedBlock(nn.Module):
    """A block of akamaster/pytorch_resnet_cifar10 with the shortcut of option A."""

    def __init__(self, before, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(before, channels, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.padding = channels // 4 if stride != 1 or before != channels else None

    def forward(self, x):
        y = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        if self.padding is not None:
            x = F.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, self.padding, self.padding))
        return F.relu(y + x)


class CifarResNet(nn.Module):
    """The paper's network for CIFAR-10 of 6n + 2 layers, as akamaster/pytorch_resnet_cifar10 names it."""

    def __init__(self, n, classes):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 16, 3, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(16)
        channels = 16
        for stage in range(3):
            layers = []
            for block in range(n):
                layers.append(PaddedBlock(channels, 16 << stage, 2 if stage and not block else 1))
                channels = 16 << stage
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.linear = nn.Linear(64, classes)

    def forward(self, x):
        x = F.relu(self.bn1(self.conv1(x)))
        x = self.layer3(self.layer2(self.layer1(x)))
        return self.linear(x.mean((2, 3)))

    @staticmethod
    def canonical(name):
        return name.replace("linear.", "fc.")


class ResNet50D(resnet.ResNet):
    """timm's resnet50d: three 3x3 convolutions in the stem, average pooling in the shortcuts."""

    def __init__(self, classes):
        super().__init__(resnet.Bottleneck, [3, 4, 6, 3], num_classes=classes)
        conv = lambda inputs, outputs, stride: nn.Conv2d(inputs, outputs, 3, stride=stride, padding=1, bias=False)
        self.conv1 = nn.Sequential(
            conv(3, 32, 2), nn.BatchNorm2d(32), nn.ReLU(), conv(32, 32, 1), nn.BatchNorm2d(32), nn.ReLU(), conv(32, 64, 1)
        )
        for stage in range(1, 5):
            block = getattr(self, f"layer{stage}")[0]
            inputs, outputs = block.downsample[0].in_channels, block.downsample[0].out_channels
            pool = nn.AvgPool2d(2, 2, ceil_mode=True, count_include_pad=False) if stage > 1 else nn.Identity()
            block.downsample = nn.Sequential(pool, nn.Conv2d(inputs, outputs, 1, bias=False), nn.BatchNorm2d(outputs))

    canonical = staticmethod(lambda name: name)


def grey_resnet18(classes):
    model = resnet.resnet18(num_classes=classes)
    model.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    return model


def headless_resnet18():
    model = resnet.resnet18()
    model.fc = nn.Identity()
    return model
