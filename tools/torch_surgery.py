"""Edits of a torchvision ResNet, by the texts that `resnet-lens classify --edit` takes.

`edited(model, texts)` returns a changed copy of a model in evaluation mode. Blocks are replaced by modules that compute
`relu(factor * F(x) + factor * shortcut(x))`; lesions are forward hooks; strides are attributes.
"""

import copy

from torch import nn
from torchvision.models import resnet


class EditedBlock(nn.Module):
    def __init__(self, block):
        super().__init__()
        self.block = block
        self.branch = self.shortcut = self.step_factor = 1.0
        self.skipped = False
        self.steps = 1

    def residual(self, x):
        block = self.block
        x = block.bn2(block.conv2(block.relu(block.bn1(block.conv1(x)))))
        return block.bn3(block.conv3(block.relu(x))) if isinstance(block, resnet.Bottleneck) else x

    def forward(self, x):
        for _ in range(self.steps):
            shortcut = x if self.block.downsample is None else self.block.downsample(x)
            if self.skipped:
                x = shortcut
            else:
                x = self.block.relu(self.branch * self.step_factor * self.residual(x) + self.shortcut * shortcut)
        return x


def edited(model, texts):
    # The copy shares the tensors.
    shared = {id(tensor): tensor for tensor in [*model.parameters(), *model.buffers()]}
    model = copy.deepcopy(model, shared).eval()
    blocks = {}
    for stage in ["layer1", "layer2", "layer3", "layer4"]:
        wrapped = [EditedBlock(block) for block in getattr(model, stage)]
        blocks |= {f"{stage}.{number}": block for number, block in enumerate(wrapped)}
        setattr(model, stage, nn.Sequential(*wrapped))
    modules = dict(model.named_modules())
    order = list(blocks.values())

    def place(name):
        return order.index(blocks[name])

    for text in texts:
        kind, *parts = text.split(":")
        if kind == "branch":
            blocks[parts[0]].branch = float(parts[1])
        elif kind == "shortcut":
            blocks[parts[0]].shortcut = float(parts[1])
        elif kind == "skip":
            blocks[parts[0]].skipped = True
        elif kind == "repeat":
            blocks[parts[0]].steps = int(parts[1])
            blocks[parts[0]].step_factor = float(parts[2]) if len(parts) > 2 else 1 / int(parts[1])
        elif kind == "swap":
            a, b = map(place, parts)
            order[a], order[b] = order[b], order[a]
        elif kind == "reverse":
            first, last = sorted(map(place, parts))
            order[first : last + 1] = reversed(order[first : last + 1])
        elif kind == "lesion":
            lesion(modules[module_name(parts[0], blocks)], int(parts[1]))
        elif kind == "stride":
            for block in order:
                if isinstance(block.block, resnet.Bottleneck):
                    convolutions = [block.block.conv1, block.block.conv2]
                    total = max(convolution.stride for convolution in convolutions)
                    convolutions[0].stride, convolutions[1].stride = (
                        (total, (1, 1)) if parts[0] == "1x1" else ((1, 1), total)
                    )
        else:
            raise ValueError(f"{text}: no such edit")
    model.layer1 = nn.Sequential(*order)
    model.layer2 = model.layer3 = model.layer4 = nn.Identity()
    return model


def module_name(node, blocks):
    """The module of a node in the copy, in which the modules of a block are inside of another one."""
    for name in blocks:
        if node.startswith(name + "."):
            return f"{name}.block{node.removeprefix(name)}"
    return node


def lesion(module, channel):
    def hook(module, inputs, output):
        output = output.clone()
        output[:, channel] = 0
        return output

    module.register_forward_hook(hook)
