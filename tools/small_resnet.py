"""torchvision's ResNet with any width, for the scripts beside this file."""

from torch import nn
from torchvision.models import resnet


class SmallResNet(resnet.ResNet):
    """torchvision's network and tensor names; only the first stage's width, fixed to 64 there, is free.

    No ReLU works in place: that would overwrite the output of the layer before it, which is to be looked at too.
    """

    def __init__(self, block, stages, width, classes, norm=nn.BatchNorm2d):
        nn.Module.__init__(self)
        # What ResNet.__init__ sets, before it fixes the width.
        self._norm_layer = norm
        self.inplanes = width
        self.dilation = 1
        self.groups = 1
        self.base_width = 64
        self.conv1 = nn.Conv2d(3, width, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = norm(width)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)
        self.layer1 = self._make_layer(block, width, stages[0])
        self.layer2 = self._make_layer(block, 2 * width, stages[1], stride=2)
        self.layer3 = self._make_layer(block, 4 * width, stages[2], stride=2)
        self.layer4 = self._make_layer(block, 8 * width, stages[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(8 * width * block.expansion, classes)
        for module in self.modules():
            if isinstance(module, nn.ReLU):
                module.inplace = False


def move_stride_to_first_conv(model):
    """From torchvision's v1.5 to He et al. 2015: the first 1x1 of a bottleneck down-samples, not its 3x3."""
    for module in model.modules():
        if isinstance(module, resnet.Bottleneck):
            module.conv1.stride, module.conv2.stride = module.conv2.stride, module.conv1.stride
