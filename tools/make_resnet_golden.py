"""Make tests/golden/resnet and tests/golden/ops.safetensors: what PyTorch computes, in float64, stored as float32.

resnet/basic.safetensors, resnet/bottleneck.safetensors       random weights under torchvision's names
resnet/<weights>-<stride placement>.nodes.safetensors         "input" and the output of every node;
    metadata: weights, block, stages, width, classes, stride, and nodes, the names in the order of execution
ops.safetensors    <operator>.<case>.{input, weight, …, output}; metadata: cases, JSON of each case's settings

Needs: pip install numpy safetensors torch torchvision
Run:   python tools/make_resnet_golden.py
"""

import json
from pathlib import Path

import torch
import torch.nn.functional as F
from safetensors.torch import save_file
from small_resnet import SmallResNet, move_stride_to_first_conv
from torch import nn
from torchvision.models.feature_extraction import create_feature_extractor, get_graph_node_names
from torchvision.models.resnet import BasicBlock, Bottleneck

GOLDEN = Path(__file__).parent.parent / "tests" / "golden"
# Not a multiple of 4, so that the channels of the stem and of each block's inside are none either.
WIDTH = 5
CLASSES = 6
# weights, block, stages, (batch, height, width), stride placements; where the stride sits changes no tensor.
NETWORKS = [
    ("basic", BasicBlock, [1, 1, 1, 1], (2, 32, 32), ["conv3x3"]),
    ("bottleneck", Bottleneck, [1, 2, 1, 1], (2, 33, 35), ["conv3x3", "first-conv1x1"]),
]


def random_network(block, stages):
    """Weights with which every node has values of about 1, and running statistics that matter."""
    model = SmallResNet(block, stages, WIDTH, CLASSES)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        elif isinstance(module, nn.BatchNorm2d):
            nn.init.uniform_(module.weight, 0.5, 1.5)
            nn.init.normal_(module.bias, 0.0, 0.2)
            nn.init.normal_(module.running_mean, 0.0, 0.3)
            nn.init.uniform_(module.running_var, 0.5, 2.0)
    return model.eval()


def every_node(model, picture):
    """The output of each node in float64, in the order of execution."""
    names = [name for name in get_graph_node_names(model)[1] if name != "x"]
    extractor = create_feature_extractor(model.double(), return_nodes={name: name for name in names})
    with torch.no_grad():
        outputs = extractor(picture.double())
    return {name: outputs[name] for name in names}


def save(path, tensors, **metadata):
    path.parent.mkdir(parents=True, exist_ok=True)
    # A tensor may be a view of another one; the file holds each for itself.
    stored = {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}
    texts = {key: value if isinstance(value, str) else json.dumps(value) for key, value in metadata.items()}
    save_file(stored, path, metadata=texts)


def make_networks():
    for seed, (name, block, stages, (batch, height, width), strides) in enumerate(NETWORKS):
        torch.manual_seed(seed)
        model = random_network(block, stages)
        picture = torch.randn(batch, 3, height, width)
        save(GOLDEN / "resnet" / f"{name}.safetensors", model.state_dict())
        for stride in strides:
            if stride == "first-conv1x1":
                move_stride_to_first_conv(model)
            nodes = every_node(model, picture)
            tensors = {"input": picture} | {node: output.float() for node, output in nodes.items()}
            save(
                GOLDEN / "resnet" / f"{name}-{stride}.nodes.safetensors",
                tensors,
                weights=f"{name}.safetensors",
                block=name,
                stages=stages,
                width=WIDTH,
                classes=CLASSES,
                stride=stride,
                nodes=list(nodes),
            )


class Operators:
    """Collects the cases of ops.safetensors."""

    def __init__(self):
        self.tensors = {}
        self.cases = {}

    def case(self, name, compute, settings, **inputs):
        output = compute(**{key: value.double() for key, value in inputs.items()})
        for key, value in {**inputs, "output": output}.items():
            self.tensors[f"{name}.{key}"] = value.float()
        self.cases[name] = settings


def make_operators():
    torch.manual_seed(100)
    ops = Operators()

    # (batch, channels in, channels out, height, width, kernel, stride, padding)
    for n, c, k, h, w, size, stride, padding in [
        (2, 5, 7, 5, 6, 1, 1, 0),
        (1, 8, 4, 7, 5, 1, 2, 0),
        (2, 3, 5, 7, 6, 3, 1, 1),
        (1, 5, 6, 9, 8, 3, 2, 1),
        (1, 4, 3, 5, 4, 3, 1, 0),
        (1, 3, 2, 6, 6, 5, 1, 2),
        (2, 3, 8, 15, 13, 7, 2, 3),
        (1, 2, 3, 1, 1, 3, 1, 1),
    ]:
        ops.case(
            f"conv2d.{size}x{size}s{stride}p{padding}.{h}x{w}",
            lambda input, weight, stride=stride, padding=padding: F.conv2d(input, weight, None, stride, padding),
            {"stride": stride, "padding": padding},
            input=torch.randn(n, c, h, w),
            weight=torch.randn(k, c, size, size) / (c * size * size) ** 0.5,
        )

    ops.case(
        "batchnorm.2x5",
        lambda input, weight, bias, running_mean, running_var: F.batch_norm(
            input, running_mean, running_var, weight, bias, eps=1e-5
        ),
        {"eps": 1e-5},
        input=torch.randn(2, 5, 3, 4),
        weight=torch.rand(5) + 0.5,
        bias=torch.randn(5),
        running_mean=torch.randn(5),
        # The smallest variance lets epsilon count.
        running_var=torch.tensor([1e-5, 0.1, 1.0, 2.0, 30.0]),
    )

    # All negative: padding must not win with a zero.
    for h, w in [(7, 6), (8, 5), (1, 1)]:
        ops.case(
            f"maxpool.3x3s2p1.{h}x{w}",
            lambda input: F.max_pool2d(input, 3, 2, 1),
            {"size": 3, "stride": 2, "padding": 1},
            input=-torch.rand(2, 3, h, w) - 0.1,
        )

    ops.case("relu.2x3", F.relu, {}, input=torch.randn(2, 3, 4, 5))
    ops.case("add.2x3", torch.add, {}, input=torch.randn(2, 3, 4, 5), other=torch.randn(2, 3, 4, 5))
    ops.case("avgpool.7x6", lambda input: F.adaptive_avg_pool2d(input, 1), {}, input=torch.randn(2, 5, 7, 6))
    ops.case(
        "linear.13x6", F.linear, {}, input=torch.randn(2, 13), weight=torch.randn(6, 13) / 4, bias=torch.randn(6)
    )
    ops.case("softmax.7", lambda input: F.softmax(input, 1), {}, input=torch.randn(2, 7) * 3)
    # exp(1000) is infinite: the maximum has to be taken off first.
    ops.case("softmax.large", lambda input: F.softmax(input, 1), {}, input=torch.tensor([[1000.0, 999.0, -1000.0]]))

    # Behind all others, whose random numbers stay as they were: (channels in, channels out, groups, kernel, stride, padding).
    for c, k, groups, size, stride, padding in [(16, 16, 4, 3, 1, 1), (6, 9, 3, 3, 2, 1), (5, 5, 5, 3, 1, 1)]:
        ops.case(
            f"conv2d.{c}to{k}groups{groups}.{size}x{size}s{stride}p{padding}",
            lambda input, weight, stride=stride, padding=padding, groups=groups: F.conv2d(
                input, weight, None, stride, padding, groups=groups
            ),
            {"stride": stride, "padding": padding, "groups": groups},
            input=torch.randn(2, c, 6, 7),
            weight=torch.randn(k, c // groups, size, size) / (c // groups * size * size) ** 0.5,
        )

    # Large magnitudes on both sides: exp must not overflow.
    spread = torch.cat([torch.randn(2, 3, 4, 5) * 4, torch.tensor([-1e4, -89.0, 89.0, 1e4, 0.0]).expand(2, 3, 1, 5)], 2)
    ops.case("silu.2x3", F.silu, {}, input=spread)
    # A convolution whose epilogue applies the activation; tests/portable/pytorch.rs runs it fused.
    ops.case(
        "conv2d_silu.3x3s1p1",
        lambda input, weight: F.silu(F.conv2d(input, weight, None, 1, 1)),
        {"stride": 1, "padding": 1},
        input=torch.randn(2, 5, 6, 7),
        weight=torch.randn(7, 5, 3, 3) / 45**0.5,
    )

    # All channels, and one that is not the first of its quad.
    ops.case("scale.all", lambda input: input * 0.375, {"factor": 0.375}, input=torch.randn(2, 5, 3, 4))
    one = torch.ones(1, 7, 1, 1)
    one[:, 5] = 0
    ops.case("scale.one", lambda input: input * one, {"factor": 0.0, "channel": 5}, input=torch.randn(2, 7, 3, 4))

    # Groups inside a quad, across quads, and of one channel; a mean far from 0.
    for c, groups in [(6, 3), (10, 2), (5, 5), (8, 1)]:
        ops.case(
            f"groupnorm.{c}in{groups}",
            lambda input, weight, bias, groups=groups: F.group_norm(input, groups, weight, bias, eps=1e-5),
            {"groups": groups, "eps": 1e-5},
            input=torch.randn(2, c, 5, 6) + 1.5,
            weight=torch.rand(c) + 0.5,
            bias=torch.randn(c),
        )
    ops.case(
        "channelgate.2x5",
        lambda input, other: input * torch.sigmoid(other),
        {},
        input=torch.randn(2, 5, 3, 4),
        other=torch.tensor([-1e4, -89.0, 0.5, 89.0, 1e4, -2.0, -1.0, 0.0, 1.0, 2.0]).reshape(2, 5, 1, 1),
    )

    save(GOLDEN / "ops.safetensors", ops.tensors, cases=ops.cases)


def main():
    make_networks()
    make_operators()


if __name__ == "__main__":
    main()
