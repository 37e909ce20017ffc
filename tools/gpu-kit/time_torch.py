"""Times PyTorch on the seeded ResNet-50, channels last, and prints one JSON object per line.

`eager`; `graph`: the same kernels replayed from a CUDA graph; `compiled`: torch.compile's default mode. Each in f32, TF32
and f16, for batches of 1, 8 and 32, and each compared with the float64 logits. On a CPU only `eager` in f32 for one image.

python time_torch.py FOLDER --modes eager,graph --budget SECONDS
"""

import argparse
import copy
import json
import statistics
import time
from pathlib import Path

import torch

from resnet50 import ResNet50

BATCHES = (1, 8, 32)
PRECISIONS = ("f32", "tf32", "f16")


def median_wall(run, seconds):
    times, began = [], time.perf_counter()
    while len(times) < 5 or time.perf_counter() - began < seconds:
        started = time.perf_counter()
        run()
        times.append((time.perf_counter() - started) * 1e3)
    return statistics.median(times)


def gpu_time(run, seconds):
    """Milliseconds between two events around repeated runs, divided by their number; the least of three."""
    start, end = (torch.cuda.Event(enable_timing=True) for _ in range(2))
    once = max(median_wall(lambda: (run(), torch.cuda.synchronize()), 0.05), 0.05)
    repetitions = max(5, min(200, int(seconds * 1e3 / 3 / once)))
    best = float("inf")
    for _ in range(3):
        start.record()
        for _ in range(repetitions):
            run()
        end.record()
        torch.cuda.synchronize()
        best = min(best, start.elapsed_time(end) / repetitions)
    return best


def captured(model, static):
    """The forward pass as a CUDA graph over a fixed input: a function that replays it, and its output."""
    stream = torch.cuda.Stream()
    stream.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(stream):
        for _ in range(3):
            model(static)
    torch.cuda.current_stream().wait_stream(stream)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        output = model(static)
    return graph.replay, output


def measure(model, image, mode, precision, batch, device, seconds):
    dtype = torch.float16 if precision == "f16" else torch.float32
    host = image.repeat(batch, 1, 1, 1).to(dtype).contiguous(memory_format=torch.channels_last)
    static = host.to(device)
    if mode == "graph":
        replay, output = captured(model, static)

        def whole():
            static.copy_(host)
            replay()
            return output.cpu()

        network = replay
    else:
        whole = lambda: model(host.to(device)).cpu()
        network = lambda: model(static)
    logits = whole().double()
    for _ in range(2):
        whole()
    return {
        "gpu": gpu_time(network, seconds) if device.type == "cuda" else None,
        "wall": median_wall(whole, seconds),
        "logits": logits[0],
    }


def prepare(base, precision, mode):
    torch.backends.cudnn.allow_tf32 = torch.backends.cuda.matmul.allow_tf32 = precision == "tf32"
    model = base.half() if precision == "f16" else base.float()
    model = model.to(memory_format=torch.channels_last)
    return torch.compile(model, dynamic=False) if mode == "compiled" else model


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--modes", default="eager,graph")
    parser.add_argument("--budget", type=float, default=60, help="no measurement begins that would end later if it took as long as the one before (default: %(default)s)")
    parser.add_argument("--seconds", type=float, default=0.4, help="of each measurement (default: %(default)s)")
    parser.add_argument("--compile-only", action="store_true", help="fill torch.compile's cache and measure nothing")
    options = parser.parse_args()
    began = time.monotonic()
    cuda = torch.cuda.is_available()
    device = torch.device("cuda" if cuda else "cpu")
    torch.backends.cudnn.benchmark = True
    expected = torch.tensor(json.loads((options.folder / "reference.json").read_text())["logits"], dtype=torch.double)
    saved = torch.load(options.folder / "resnet50.pt")
    base, image = ResNet50().eval(), saved["image"]
    base.load_state_dict(saved["weights"])
    base.to(device)
    latest = None  # seconds that the latest measurement took
    name = torch.cuda.get_device_name() if cuda else f"CPU, {torch.get_num_threads()} threads"
    versions = {"torch": torch.__version__, "cuda": torch.version.cuda, "cudnn": torch.backends.cudnn.version(), "device": name}
    print(json.dumps(versions), flush=True)
    for mode in options.modes.split(",") if cuda else ["eager"]:
        for batch in BATCHES if cuda else BATCHES[:1]:
            for precision in PRECISIONS if cuda else ["f32"]:
                begun = time.monotonic()
                if latest is not None and begun + latest - began > options.budget:
                    return
                line = {"mode": mode, "precision": precision, "batch": batch}
                try:
                    # A new copy: `half` and `float` convert in place.
                    model = prepare(copy.deepcopy(base), precision, mode)
                    if options.compile_only:
                        started = time.monotonic()
                        dtype = torch.float16 if precision == "f16" else torch.float32
                        images = image.repeat(batch, 1, 1, 1).to(device, dtype, memory_format=torch.channels_last)
                        model(images)
                        line["compile"] = time.monotonic() - started
                    else:
                        found = measure(model, image, mode, precision, batch, device, options.seconds)
                        logits = found.pop("logits")
                        line |= found
                        line["largest_error"] = (logits - expected).abs().max().item()
                        line["top5"] = logits.topk(5)[1].tolist() == expected.topk(5)[1].tolist()
                except Exception as error:  # one failure must not lose the others
                    line["error"] = f"{type(error).__name__}: {error}"[:300]
                print(json.dumps(line), flush=True)
                latest = time.monotonic() - begun


if __name__ == "__main__":
    with torch.no_grad():
        main()
