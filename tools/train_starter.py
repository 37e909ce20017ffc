"""Train the bundled starter model: a narrow ResNet-50 on everyday classes of Tiny-ImageNet-200, from scratch.

The run is limited by time, not by epochs: the learning rate and the picture size follow the share of --minutes that
has passed (80, then 96, then 128 pixels; half of a cosine). On two CPU cores 64 minutes give about 29 epochs and
59 % top-1. With a GPU, --width 64 and some hours do much better.

Tiny-ImageNet-200 as published: train/<synset>/images/*.JPEG, val/images/*.JPEG, val/val_annotations.txt.
The classes and their order are those of the starter's entry in www/assets/catalog.json.

Needs: pip install numpy pillow safetensors torch torchvision
Run:   python tools/train_starter.py path/to/tiny-imagenet-200 starter.safetensors --minutes 64
"""

import argparse
import json
import math
import time
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import save_file
from small_resnet import SmallResNet
from torch import nn
from torchvision.models.resnet import Bottleneck

CATALOG = Path(__file__).parent.parent / "www" / "models" / "catalog.json"
STAGES = [3, 4, 6, 3]
MEAN = torch.tensor([0.485, 0.456, 0.406]).view(1, 3, 1, 1)
STD = torch.tensor([0.229, 0.224, 0.225]).view(1, 3, 1, 1)
FINAL_SIZE = 128
WARM_UP = 0.08
AVERAGE_EVERY = 4


def main():
    options = parse_arguments()
    torch.manual_seed(options.seed)
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    synsets = starter_synsets()[: options.classes]

    train_set = load_pictures(training_files(options.data, synsets))
    test_set = load_pictures(validation_files(options.data, synsets))
    print(f"{len(train_set[0])} pictures to train on, {len(test_set[0])} to test with, {len(synsets)} classes")

    model = new_model(options.width, len(synsets), device)
    averaged, epochs = train(model, train_set, test_set, options, device)

    weights = {}
    for name, state in [("averaged", averaged), ("statistics anew", with_fresh_statistics(model, averaged, train_set))]:
        model.load_state_dict(state)
        accuracy = evaluate(model, test_set)
        print(f"{name}: top-1 {accuracy[0]:.4f}, top-5 {accuracy[1]:.4f}")
        weights[accuracy] = state
    best = max(weights)
    save(options.output, weights[best], best, epochs)


def starter_synsets():
    """The synset ids of the starter's classes in index order."""
    models = json.loads(CATALOG.read_text())["models"]
    return next(model["labels"] for model in models if model["id"] == "starter")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of Tiny-ImageNet-200")
    parser.add_argument("output", type=Path, help="safetensors file to write")
    parser.add_argument("--minutes", type=float, default=64, help="time to train for (default: %(default)s)")
    parser.add_argument("--width", type=int, default=16, help="channels of the stem (default: %(default)s)")
    parser.add_argument("--batch", type=int, default=128, help="pictures a step (default: %(default)s)")
    parser.add_argument("--rate", type=float, default=0.3, help="highest learning rate (default: %(default)s)")
    parser.add_argument("--classes", type=int, help="take only the first so many classes")
    parser.add_argument("--seed", type=int, default=0, help="of all random numbers (default: %(default)s)")
    return parser.parse_args()


def training_files(root, synsets):
    """Pairs of file and class."""
    for index, synset in enumerate(synsets):
        for file in sorted((root / "train" / synset / "images").glob("*.JPEG")):
            yield file, index


def validation_files(root, synsets):
    """Pairs of file and class."""
    index_of = {synset: index for index, synset in enumerate(synsets)}
    for line in (root / "val" / "val_annotations.txt").read_text().splitlines():
        file, synset = line.split("\t")[:2]
        if synset in index_of:
            yield root / "val" / "images" / file, index_of[synset]


def load_pictures(files):
    """All pictures decoded into one tensor of bytes, NCHW, and their classes: about 650 MB for 107 classes."""
    files = list(files)
    if not files:
        raise SystemExit("no pictures found: expected Tiny-ImageNet-200's train/<synset>/images and val/images")
    pixels = np.stack([np.asarray(Image.open(file).convert("RGB")) for file, _ in files])
    labels = torch.tensor([label for _, label in files])
    return torch.from_numpy(pixels).permute(0, 3, 1, 2).contiguous(), labels


def new_model(width, classes, device):
    model = SmallResNet(Bottleneck, STAGES, width, classes)
    for module in model.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        elif isinstance(module, Bottleneck):
            # Every block starts as the identity (Goyal et al. 2017, section 5.1).
            nn.init.zeros_(module.bn3.weight)
    return model.to(device, memory_format=torch.channels_last)


def train(model, train_set, test_set, options, device):
    """Returns the running average of the weights, and the number of epochs."""
    pictures, labels = train_set
    batch_size = min(options.batch, len(pictures))
    optimizer = new_optimizer(model, options.rate)
    averaged = {name: value.clone() for name, value in model.state_dict().items()}
    start, budget = time.monotonic(), options.minutes * 60
    step = epochs = 0
    while time.monotonic() - start < budget:
        for batch in torch.randperm(len(pictures)).split(batch_size):
            progress = (time.monotonic() - start) / budget
            if progress >= 1 or len(batch) < batch_size:
                break
            for group in optimizer.param_groups:
                group["lr"] = options.rate * rate_at(progress)
            inputs = augment(pictures[batch].to(device), size_at(progress))
            loss = train_step(model, optimizer, inputs, labels[batch].to(device))
            step += 1
            if step % AVERAGE_EVERY == 0:
                update_average(averaged, model, step)
            if step % 100 == 0:
                print(f"step {step}, {progress:.0%} of the time, loss {loss:.3f}", flush=True)
        epochs += 1
        current = {name: value.clone() for name, value in model.state_dict().items()}
        model.load_state_dict(averaged)
        print(f"epoch {epochs}: top-1 {evaluate(model, test_set, at_most=2000)[0]:.3f}", flush=True)
        model.load_state_dict(current)
    return averaged, epochs


def new_optimizer(model, rate):
    """Weight decay for convolutions and the classifier, none for biases and BatchNorm."""
    matrices = [parameter for parameter in model.parameters() if parameter.ndim > 1]
    vectors = [parameter for parameter in model.parameters() if parameter.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": 5e-5}, {"params": vectors, "weight_decay": 0}]
    return torch.optim.SGD(groups, lr=rate, momentum=0.9, nesterov=True)


def rate_at(progress):
    """Linear warm-up, then half of a cosine down to zero."""
    if progress < WARM_UP:
        return progress / WARM_UP
    return 0.5 * (1 + math.cos(math.pi * (progress - WARM_UP) / (1 - WARM_UP)))


def size_at(progress):
    """Small pictures first: they teach the coarse shapes in a third of the time."""
    if progress < 0.3:
        return 80
    return 96 if progress < 0.65 else FINAL_SIZE


def train_step(model, optimizer, inputs, labels):
    model.train()
    optimizer.zero_grad(set_to_none=True)
    with torch.autocast(inputs.device.type, dtype=torch.bfloat16):
        logits = model(inputs)
    loss = F.cross_entropy(logits.float(), labels, label_smoothing=0.1)
    loss.backward()
    optimizer.step()
    return loss.item()


def update_average(averaged, model, step):
    decay = min(0.998, (1 + step) / (10 + step))
    for name, value in model.state_dict().items():
        if value.dtype.is_floating_point:
            averaged[name].lerp_(value, 1 - decay)
        else:
            averaged[name].copy_(value)


def augment(pictures, size):
    """Random crop and flip resampled to `size`, then sharpness, brightness, contrast, saturation; normalised."""
    pictures = random_crop(pictures.float() / 255, size)
    # The photos are 64 pixels wide and come out soft; what users bring is sharp.
    amount = uniform(pictures, -0.5, 2.0).clamp(min=0)
    pictures = pictures + amount * (pictures - blur(pictures))
    pictures = pictures * uniform(pictures, 0.7, 1.3)
    mean = pictures.mean((1, 2, 3), keepdim=True)
    pictures = mean + (pictures - mean) * uniform(pictures, 0.7, 1.3)
    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * uniform(pictures, 0.5, 1.5)
    return normalise(pictures.clamp(0, 1))


def random_crop(pictures, size):
    """40 to 100 % of the area, sides up to 1.3 : 1, mirrored half of the time."""
    count = len(pictures)
    area = torch.empty(count).uniform_(0.4, 1)
    aspect = torch.empty(count).uniform_(-0.28, 0.28).exp()
    width, height = (area * aspect).sqrt().clamp(max=1), (area / aspect).sqrt().clamp(max=1)
    mirror = torch.randint(0, 2, (count,)) * 2 - 1
    transform = torch.zeros(count, 2, 3)
    transform[:, 0, 0] = width * mirror
    transform[:, 1, 1] = height
    transform[:, 0, 2] = (torch.rand(count) * 2 - 1) * (1 - width)
    transform[:, 1, 2] = (torch.rand(count) * 2 - 1) * (1 - height)
    grid = F.affine_grid(transform.to(pictures.device), (count, 3, size, size), align_corners=False)
    mode = "bilinear" if torch.rand(1) < 0.5 else "bicubic"
    return F.grid_sample(pictures, grid, mode=mode, padding_mode="reflection", align_corners=False)


def blur(pictures):
    line = torch.tensor([1.0, 2.0, 1.0], device=pictures.device) / 4
    kernel = (line.view(3, 1) * line).expand(3, 1, 3, 3)
    return F.conv2d(pictures, kernel, padding=1, groups=3)


def uniform(pictures, low, high):
    """One random factor a picture."""
    return torch.empty(len(pictures), 1, 1, 1).uniform_(low, high).to(pictures.device)


def normalise(pictures):
    mean, std = MEAN.to(pictures.device), STD.to(pictures.device)
    return ((pictures - mean) / std).to(memory_format=torch.channels_last)


@torch.no_grad()
def evaluate(model, data, at_most=None):
    """Share of pictures whose class comes first, and among the first five."""
    pictures, labels = data[0][:at_most], data[1][:at_most]
    device = next(model.parameters()).device
    model.eval()
    first = among_five = 0
    for batch, truth in zip(pictures.split(250), labels.split(250)):
        size = (FINAL_SIZE, FINAL_SIZE)
        enlarged = F.interpolate(batch.to(device).float() / 255, size, mode="bilinear", align_corners=False)
        logits = model(normalise(enlarged))
        hits = logits.topk(min(5, logits.shape[1]))[1].cpu() == truth[:, None]
        first += hits[:, 0].sum().item()
        among_five += hits.sum().item()
    return first / len(pictures), among_five / len(pictures)


@torch.no_grad()
def with_fresh_statistics(model, state, train_set, pictures=6400):
    """The same weights with BatchNorm's statistics measured anew, since those of averaged weights are a guess."""
    model.load_state_dict(state)
    device = next(model.parameters()).device
    for module in model.modules():
        if isinstance(module, nn.BatchNorm2d):
            module.reset_running_stats()
            # A plain mean over all batches instead of a decaying one.
            module.momentum = None
    model.train()
    for batch in torch.randperm(len(train_set[0]))[:pictures].split(128):
        model(augment(train_set[0][batch].to(device), FINAL_SIZE))
    return {name: value.clone() for name, value in model.state_dict().items()}


def save(path, state, accuracy, epochs):
    """Half precision; the counters of training steps are left out."""
    tensors = {
        name: value.half().cpu().contiguous() for name, value in state.items() if value.dtype.is_floating_point
    }
    metadata = {"val_top1": f"{accuracy[0]:.4f}", "val_top5": f"{accuracy[1]:.4f}", "epochs": str(epochs)}
    save_file(tensors, path, metadata=metadata)
    print(f"wrote {path}")


if __name__ == "__main__":
    main()
