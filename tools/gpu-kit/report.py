"""The kit's results as Markdown."""

NOTE = "This is a software adapter: its times are a processor's and say nothing about a GPU."
PRECISIONS = {("f32", "f32"): "f32", ("f16", "f32"): "f16 weights", ("f16", "f16"): "f16 products", ("f16", "matrices"): "f16 matrices"}
# Which of PyTorch's precisions each of ours is compared with.
RIVALS = {"f32": ("f32",), "f16 weights": ("f32", "tf32"), "f16 products": ("f16",), "f16 matrices": ("f16",)}


def markdown(results):
    parts = [*head(results), *steps(results), *tests(results), *times(results), *ratios(results), *dispatches(results)]
    return "\n".join(parts) + "\n"


def table(header, rows):
    yield "| " + " | ".join(header) + " |"
    yield "|" + "---|" * len(header)
    for row in rows:
        yield "| " + " | ".join(str(cell) for cell in row) + " |"
    yield ""


def head(results):
    adapter, system = results.get("adapter") or {}, results.get("system", {})
    nvidia = system.get("nvidia-smi", {})
    yield f"# GPU kit: {nvidia.get('name') or adapter.get('name', 'no adapter')}"
    yield ""
    rows = [("resnet-lens", f"commit {results['kit']['commit']}, built {results['kit']['date']}")]
    if adapter:
        rows.append(("adapter", f"{adapter['name']}, {adapter['backend']}, driver {adapter['driver']}, {adapter['kind']}"))
        rows.append(("features", ", ".join(adapter["features"])))
        rows.append(("cooperative matrices", adapter.get("matrix_side") or "none"))
    if nvidia:
        rows.append(("nvidia-smi", ", ".join(f"{k} {v}" for k, v in nvidia.items())))
    if system.get("nvidia-smi afterwards"):
        rows.append(("afterwards", ", ".join(f"{k} {v}" for k, v in system["nvidia-smi afterwards"].items())))
    rows.append(("system", f"{system.get('system')}, {system.get('cpu')}, {system.get('threads')} threads"))
    torch = results.get("torch_version")
    if torch:
        rows.append(("PyTorch", ", ".join(f"{k} {v}" for k, v in torch.items())))
    rows.append(("reference", results.get("reference", "none")))
    yield from table(("", ""), rows)
    if adapter.get("software"):
        yield f"**{NOTE}**"
        yield ""


def steps(results):
    yield "## Steps"
    yield from table(
        ("step", "s", "result"),
        [(name, step["seconds"], step["problem"] or "ok") for name, step in results["steps"].items()],
    )


def tests(results):
    if not results["tests"]:
        return
    yield "## Kernels against the CPU reference"
    rows = []
    for entry in results["tests"]:
        wrong = ", ".join(entry["failures"]) or entry["problem"] or ""
        rows.append((entry["name"], entry["passed"], entry["failed"], entry["ignored"], entry["seconds"], wrong))
    yield from table(("test program", "passed", "failed", "ignored", "s", "which failed"), rows)


def our_rows(results):
    for entry in results["ours"]:
        precision = PRECISIONS[entry["weights"], entry["products"]]
        variant = "tuned" if entry["tuned"] else "default"
        yield entry["batch"], precision, variant, entry.get("case"), entry.get("problem")


def times(results):
    if not (results["ours"] or results["torch"]):
        return
    yield "## ResNet-50, 224 x 224, milliseconds per run"
    yield ""
    yield "GPU: the network alone, by timestamps. Wall: input in host memory to logits in host memory, median."
    yield ""
    rows = []
    for batch, precision, variant, case, problem in our_rows(results):
        if case:
            row = (number(case["gpu"]), number(case["gpu"], batch), number(case["warm"]["median"]), case["dispatches"], f"{case['largest_error']:.1e}")
            rows.append((batch, "ours", precision, variant, *row))
        else:
            rows.append((batch, "ours", precision, variant, "", "", "", "", problem))
    for line in results["torch"]:
        if "error" in line:
            row = ("", "", "", "", line["error"])
        elif "wall" in line:
            error = f"{line['largest_error']:.1e}" + ("" if line["top5"] else ", other top 5")
            row = (number(line["gpu"]), number(line["gpu"], line["batch"]), number(line["wall"]), "", error)
        else:
            continue
        rows.append((line["batch"], "PyTorch", line["precision"], line["mode"], *row))
    rows.sort(key=lambda row: (row[0], row[1], row[2], row[3]))
    header = ("batch", "engine", "precision", "variant", "GPU", "GPU per image", "wall", "dispatches", "largest logit error")
    yield from table(header, rows)


def number(value, divisor=1):
    return "" if value is None else f"{value / divisor:.3f}"


def ratios(results):
    """PyTorch's best GPU time over our best one, where both were measured."""
    rivals = {}
    for line in results["torch"]:
        if line.get("gpu"):
            key = line["batch"], line["precision"]
            rivals.setdefault(key, []).append((line["gpu"], line["mode"]))
    ours = {}
    for batch, precision, variant, case, _ in our_rows(results):
        if case and case["gpu"]:
            ours.setdefault((batch, precision), []).append((case["gpu"], variant))
    rows = []
    for (batch, precision), found in sorted(ours.items()):
        best, variant = min(found)
        for rival in RIVALS[precision]:
            if (batch, rival) in rivals:
                theirs, mode = min(rivals[batch, rival])
                rows.append((batch, f"{precision}, {variant}", number(best), f"{rival}, {mode}", number(theirs), f"{theirs / best:.2f}"))
    if rows:
        yield "## PyTorch's best GPU time over ours"
        yield from table(("batch", "ours", "ms", "PyTorch", "ms", "PyTorch / ours"), rows)


def dispatches(results):
    """The slowest dispatches of our fastest run of batch 1 in f32 and in f16."""
    for wanted in ("f32", "f16"):
        cases = [
            (case["gpu"], precision, variant, case)
            for batch, precision, variant, case, _ in our_rows(results)
            if case and case["gpu"] and batch == 1 and precision.startswith(wanted)
        ]
        if not cases:
            continue
        total, precision, variant, case = min(cases, key=lambda found: found[0])
        slowest = sorted(case["profile"], key=lambda entry: -entry["ms"])[:15]
        yield f"## Slowest dispatches of batch 1, {precision}, {variant}: {total:.3f} ms in all"
        rows = [(f"{e['ms']:.4f}", f"{e['gflops']:.0f}", e["kernel"], " + ".join(e["nodes"])) for e in slowest]
        yield from table(("ms", "GFLOP/s", "kernel", "nodes"), rows)
