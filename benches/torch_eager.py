"""Times a torchvision ResNet in eager PyTorch, channels last, and prints JSON for benches/native.

The weights are random: their values do not change the time. CUDA where there is it, in f32 and in TF32; otherwise the CPU.
"""

import argparse
import json
import statistics
import time

import torch
import torchvision


def options():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--network", default="resnet50")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--height", type=int, default=224)
    parser.add_argument("--width", type=int, default=224)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--seconds", type=float, default=5.0)
    return parser.parse_args()


def wall_time(model, images, device, seconds):
    """The median in milliseconds of upload, network and read-back."""
    times = []
    began = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - began < seconds:
        started = time.perf_counter()
        model(images.to(device)).cpu()
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def gpu_time(model, images, device, repetitions=100):
    """The mean in milliseconds of the network alone, between two events on the stream."""
    images = images.to(device)
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    model(images)
    start.record()
    for _ in range(repetitions):
        model(images)
    end.record()
    torch.cuda.synchronize()
    return start.elapsed_time(end) / repetitions


def main():
    wanted = options()
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    model = torchvision.models.get_model(wanted.network, weights=None, num_classes=wanted.classes)
    model = model.eval().to(device, memory_format=torch.channels_last)
    images = torch.randn(wanted.batch, 3, wanted.height, wanted.width).to(memory_format=torch.channels_last)
    results = []
    for precision in ["f32", "tf32"] if cuda else ["f32"]:
        torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
        # Lets cuDNN choose the fastest algorithms for these shapes.
        torch.backends.cudnn.benchmark = True
        for _ in range(3):
            model(images.to(device)).cpu()
        results.append({
            "device": torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads",
            "precision": precision,
            "batch": wanted.batch,
            "wall": wall_time(model, images, device, wanted.seconds),
            "gpu": gpu_time(model, images, device) if cuda else None,
            "torch": torch.__version__,
        })
    print(json.dumps(results))


if __name__ == "__main__":
    with torch.inference_mode():
        main()
