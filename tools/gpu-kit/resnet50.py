"""ResNet-50 in PyTorch under torchvision's tensor names, with seeded weights. Needs nothing but torch."""

import torch
from torch import nn

BLOCKS = [3, 4, 6, 3]
CLASSES = 1000
IMAGE = 224
# Standard deviation of the logits: small enough that f16 errors stay below the tolerances of `bench`.
LOGIT_STD = 1.0


class Bottleneck(nn.Module):
    """1x1, 3x3 with the stride, 1x1, and a projection where the shape changes (torchvision's v1.5)."""

    def __init__(self, inputs, width, stride):
        super().__init__()
        outputs = 4 * width
        self.conv1 = nn.Conv2d(inputs, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.relu = nn.ReLU(inplace=True)
        projected = inputs != outputs or stride != 1
        convolution = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if projected else None
        self.downsample = nn.Sequential(convolution, nn.BatchNorm2d(outputs)) if projected else None

    def forward(self, x):
        shortcut = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        return self.relu(self.bn3(self.conv3(x)) + shortcut)


class ResNet50(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(3, 2, 1)
        inputs = 64
        for stage, blocks in enumerate(BLOCKS):
            width = 64 << stage
            layers = []
            for block in range(blocks):
                layers.append(Bottleneck(inputs, width, 2 if block == 0 and stage > 0 else 1))
                inputs = 4 * width
            setattr(self, f"layer{stage + 1}", nn.Sequential(*layers))
        self.fc = nn.Linear(inputs, CLASSES)

    def features(self, x):
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        return self.layer4(self.layer3(self.layer2(self.layer1(x)))).mean((2, 3))

    def forward(self, x):
        return self.fc(self.features(x))


def seeded(device):
    """The network and one input, in float64 on `device`; all values are representable in float32.

    BatchNorm's statistics are those of random images, so that values stay in proportion through 53 convolutions. The last
    layer is scaled to logits like a trained network's, and drawn until the six best classes are well apart: rounding must
    not change their order.
    """
    torch.manual_seed(50)
    model = ResNet50()
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.7, 1.3)
            nn.init.uniform_(module.bias, -0.3, 0.3)
            module.momentum = None
    for module in model.modules():
        if isinstance(module, Bottleneck):
            nn.init.uniform_(module.bn3.weight, 0.3, 0.6)
    images = smooth_noise(8)
    model = model.to(device).double()
    with torch.no_grad():
        model.train()(images.to(device).double())
        model = model.eval().float().double()
        features = model.features(images[:1].to(device).double())
        scale = LOGIT_STD / features.square().sum().sqrt()
        heads = (draw_head(seed, scale.cpu()) for seed in range(64))
        weight, bias = max(heads, key=lambda head: margin(features.cpu() @ head[0].double().T + head[1].double()))
        model.fc.weight.copy_(weight)
        model.fc.bias.copy_(bias)
    return model, images[:1].contiguous()


def draw_head(seed, scale):
    generator = torch.Generator().manual_seed(seed)
    weight = torch.randn(CLASSES, 2048, generator=generator) * scale.float()
    return weight, torch.randn(CLASSES, generator=generator) * 0.1


def margin(logits):
    """The smallest distance between neighbours among the six largest."""
    best = logits.flatten().topk(6)[0]
    return (best[:-1] - best[1:]).min().item()


def smooth_noise(count):
    """Images with structure at several scales, normalised to about mean 0 and deviation 1."""
    total = torch.zeros(count, 3, IMAGE, IMAGE)
    for side in (7, 28, 112, IMAGE):
        noise = torch.randn(count, 3, side, side)
        total += nn.functional.interpolate(noise, (IMAGE, IMAGE), mode="bilinear")
    return ((total - total.mean()) / total.std()).clamp(-2.2, 2.6)
