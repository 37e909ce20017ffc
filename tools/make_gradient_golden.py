"""Make tests/golden/gradient: gradients by PyTorch's autograd in float64, stored as float32.

basic.safetensors, bottleneck.safetensors    for each node of tests/golden/resnet/<name>-conv3x3.nodes.safetensors, and for its "input",
    the gradient of the sum over both images of one logit; metadata: channel, the logit
chains.safetensors    <case>.input, <case>.<step>.{weight, …}, and the gradients of one channel of the last step's output, summed over
    its map: <case>.gradient.input, <case>.gradient.<step>; metadata: cases, JSON of each case's operators and channel
gate.safetensors    the same for squeeze-and-excitation between two convolutions: <node>.{weight, bias}, gradient.<node>

Needs: pip install numpy safetensors torch torchvision
Run:   python tools/make_gradient_golden.py
"""

import json

import torch
import torch.nn.functional as F
from make_resnet_golden import CLASSES, GOLDEN, NETWORKS, WIDTH, save
from safetensors import safe_open
from safetensors.torch import load_file
from small_resnet import SmallResNet
from torchvision.models.feature_extraction import create_feature_extractor

LOGIT = 3


def make_networks():
    for name, block, stages, _, _ in NETWORKS:
        path = GOLDEN / "resnet" / f"{name}-conv3x3.nodes.safetensors"
        image = load_file(path)["input"].double().requires_grad_()
        with safe_open(path, "pt") as file:
            nodes = json.loads(file.metadata()["nodes"])
        model = SmallResNet(block, stages, WIDTH, CLASSES)
        model.load_state_dict(load_file(GOLDEN / "resnet" / f"{name}.safetensors"))
        outputs = create_feature_extractor(model.double().eval(), return_nodes={node: node for node in nodes})(image)
        values = {"input": image} | {node: outputs[node] for node in nodes}
        gradients = torch.autograd.grad(outputs["fc"][:, LOGIT].sum(), list(values.values()))
        tensors = {node: gradient.float() for node, gradient in zip(values, gradients, strict=True)}
        save(GOLDEN / "gradient" / f"{name}.safetensors", tensors, channel=str(LOGIT))


def conv(i, o, size, stride=1, padding=0, groups=1):
    return {"kind": "conv2d", "in": i, "out": o, "size": size, "stride": stride, "padding": padding, "groups": groups}


def pool(size, stride, padding):
    return {"kind": "maxpool", "size": size, "stride": stride, "padding": padding}


# The input's shape, the operators, the channel of the objective. A convolution at the end gives the others different gradients.
CASES = [
    ((2, 5, 9, 8), [conv(5, 7, 3, 1, 1), conv(7, 3, 3)], 1),
    ((1, 3, 15, 13), [conv(3, 8, 7, 2, 3), conv(8, 2, 3)], 1),
    ((2, 6, 10, 9), [conv(6, 4, 1, 2), conv(4, 3, 3)], 2),
    ((1, 6, 11, 10), [conv(6, 9, 5, 3, 2, 3), conv(9, 3, 2)], 0),
    ((1, 16, 6, 7), [conv(16, 16, 3, 1, 1, 4), conv(16, 3, 3)], 2),
    ((1, 5, 7, 6), [conv(5, 5, 3, 2, 0, 5), conv(5, 3, 2)], 1),
    # More padding than the window reaches.
    ((1, 4, 4, 5), [conv(4, 3, 1, 1, 1), conv(3, 3, 3)], 0),
    ((1, 4, 5, 4), [conv(4, 3, 1, 2, 2), conv(3, 3, 3)], 0),
    ((1, 4, 5, 4), [conv(4, 3, 2, 2, 3), conv(3, 3, 3)], 0),
    ((2, 5, 7, 6), [pool(3, 2, 1), conv(5, 3, 2)], 1),
    ((1, 6, 7, 8), [pool(3, 1, 1), conv(6, 3, 3)], 1),
    ((1, 3, 9, 8), [pool(2, 3, 0), conv(3, 3, 2)], 1),
    ((2, 5, 5, 6), [{"kind": "relu"}, conv(5, 3, 3)], 1),
    ((2, 5, 5, 6), [{"kind": "silu"}, conv(5, 3, 3)], 1),
    ((1, 7, 5, 6), [{"kind": "batchnorm", "channels": 7}, conv(7, 3, 3)], 1),
    ((1, 7, 5, 6), [{"kind": "avgpool2d", "size": 2}, conv(7, 3, 2)], 1),
    ((2, 6, 5, 4), [{"kind": "avgpool"}, {"kind": "linear", "in": 6, "out": 9}, {"kind": "softmax"}], 4),
    ((1, 5, 7, 8), [{"kind": "zeropad", "channels": 11, "stride": 2}, conv(11, 3, 2)], 1),
    ((1, 5, 4, 4), [{"kind": "scale", "factor": 0.375}, conv(5, 3, 2)], 1),
    # An odd side is reflected at both borders, an even one at the first.
    ((2, 5, 7, 6), [{"kind": "blurpool"}, conv(5, 3, 3)], 1),
    ((1, 6, 4, 9), [{"kind": "blurpool"}, conv(6, 3, 2)], 2),
    # Groups that end inside a quad of channels, and channels that do.
    ((2, 6, 5, 4), [{"kind": "groupnorm", "channels": 6, "groups": 2}, conv(6, 3, 3)], 1),
    ((1, 9, 4, 5), [{"kind": "groupnorm", "channels": 9, "groups": 3}, {"kind": "relu"}, conv(9, 3, 2)], 2),
]


def random_parameters(step):
    kind = step["kind"]
    if kind == "conv2d":
        fan_in = step["in"] // step["groups"] * step["size"] ** 2
        weight = torch.randn(step["out"], step["in"] // step["groups"], step["size"], step["size"])
        return {"weight": weight / fan_in**0.5}
    if kind == "linear":
        return {"weight": torch.randn(step["out"], step["in"]) / step["in"] ** 0.5, "bias": torch.randn(step["out"])}
    if kind == "batchnorm":
        c = step["channels"]
        statistics = {"running_mean": torch.randn(c), "running_var": torch.rand(c) + 0.1}
        return {"weight": torch.rand(c) + 0.5, "bias": torch.randn(c)} | statistics
    if kind == "groupnorm":
        return {"weight": torch.rand(step["channels"]) + 0.5, "bias": torch.randn(step["channels"])}
    return {}


def zero_pad(x, channels, stride):
    kept = x[:, :, ::stride, ::stride]
    before = (channels - x.shape[1]) // 2
    return F.pad(kept, (0, 0, 0, 0, before, channels - x.shape[1] - before))


def blur_pool(x):
    taps = torch.tensor([1.0, 2.0, 1.0], dtype=x.dtype) / 4
    filters = (taps[:, None] * taps).expand(x.shape[1], 1, 3, 3)
    return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), filters, stride=2, groups=x.shape[1])


def compute(step, x, p):
    kind = step["kind"]
    if kind == "conv2d":
        return F.conv2d(x, p["weight"], None, step["stride"], step["padding"], groups=step["groups"])
    if kind == "maxpool":
        return F.max_pool2d(x, step["size"], step["stride"], step["padding"])
    if kind == "batchnorm":
        return F.batch_norm(x, p["running_mean"], p["running_var"], p["weight"], p["bias"], eps=1e-5)
    if kind == "groupnorm":
        return F.group_norm(x, step["groups"], p["weight"], p["bias"], eps=1e-5)
    return {
        "relu": lambda: F.relu(x),
        "silu": lambda: F.silu(x),
        "avgpool": lambda: F.adaptive_avg_pool2d(x, 1),
        "avgpool2d": lambda: F.avg_pool2d(x, step["size"], ceil_mode=True, count_include_pad=False),
        "blurpool": lambda: blur_pool(x),
        "linear": lambda: F.linear(torch.flatten(x, 1), p["weight"], p["bias"]),
        "softmax": lambda: F.softmax(x, 1),
        "zeropad": lambda: zero_pad(x, step["channels"], step["stride"]),
        "scale": lambda: x * step["factor"],
    }[kind]()


def make_chains():
    torch.manual_seed(300)
    tensors, cases = {}, {}
    for number, (shape, steps, channel) in enumerate(CASES):
        case = str(number)
        # Quarters: some maxima of a window are equal, and some values are 0.
        image = torch.round(torch.randn(shape) * 4) / 4
        parameters = [random_parameters(step) for step in steps]
        values = [image.double().requires_grad_()]
        for step, named in zip(steps, parameters, strict=True):
            values.append(compute(step, values[-1], {name: value.double() for name, value in named.items()}))
        gradients = torch.autograd.grad(values[-1][:, channel].sum(), values)
        tensors[f"{case}.input"] = image
        for index, named in enumerate(parameters):
            tensors |= {f"{case}.{index}.{name}": value for name, value in named.items()}
        for index, gradient in enumerate(gradients):
            tensors[f"{case}.gradient.{'input' if index == 0 else index - 1}"] = gradient.float()
        cases[case] = {"operators": steps, "channel": channel}
    save(GOLDEN / "gradient" / "chains.safetensors", tensors, cases=cases)


def make_gate():
    torch.manual_seed(301)
    image = torch.randn(2, 3, 6, 5)
    sizes = {"before": (5, 3, 3), "fc1": (2, 5, 1), "fc2": (5, 2, 1), "after": (3, 5, 3)}
    tensors = {"input": image}
    for node, (o, i, side) in sizes.items():
        tensors |= {f"{node}.weight": torch.randn(o, i, side, side) / (i * side) ** 0.5, f"{node}.bias": torch.randn(o) / 4}
    p = {name: tensor.double() for name, tensor in tensors.items()}
    conv = lambda node, x: F.conv2d(x, p[f"{node}.weight"], p[f"{node}.bias"], padding=p[f"{node}.weight"].shape[2] // 2)
    values = {"input": p["input"].requires_grad_()}
    values["before"] = conv("before", values["input"])
    values["pool"] = F.adaptive_avg_pool2d(values["before"], 1)
    values["fc1"] = conv("fc1", values["pool"])
    values["act"] = F.relu(values["fc1"])
    values["fc2"] = conv("fc2", values["act"])
    values["gate"] = values["before"] * torch.sigmoid(values["fc2"])
    values["after"] = conv("after", values["gate"])
    gradients = torch.autograd.grad(values["after"][:, 1].sum(), list(values.values()))
    tensors |= {f"gradient.{node}": gradient.float() for node, gradient in zip(values, gradients, strict=True)}
    save(GOLDEN / "gradient" / "gate.safetensors", tensors)


if __name__ == "__main__":
    make_networks()
    make_chains()
    make_gate()
