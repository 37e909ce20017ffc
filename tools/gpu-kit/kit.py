"""Runs the GPU kit: correctness, then our times, then PyTorch's. See `run.sh` for the usage.

Each step has its own time limit and writes its results at once, so that one failure does not lose the others.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
import tarfile
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import environment
import report

KIT = Path(__file__).resolve().parent
BATCHES = (1, 8, 32)
# Form of the weights, narrowest products.
VARIANTS = (("f32", "f32"), ("f16", "matrices"), ("f16", "f16"), ("f16", "f32"))
# Modules of the tests that concern cooperative matrices.
MATRIX_MODULES = ("algorithms::", "f16::")
SECONDS = "0.3"  # of warm runs of one case
BUDGET, SOFTWARE_BUDGET = 480, 3600  # seconds for everything


class Kit:
    def __init__(self, options, work):
        self.out, self.work, self.options = options.out, work, options
        self.deadline = time.monotonic() + options.budget
        self.env = dict(os.environ)
        self.results = {"kit": json.loads((KIT / "kit.json").read_text()), "steps": {}, "tests": [], "ours": [], "torch": []}
        self.log = (self.out / "log.txt").open("w")

    def left(self):
        return self.deadline - time.monotonic()

    def save(self):
        (self.out / "results.json").write_text(json.dumps(self.results, indent=1))
        (self.out / "report.md").write_text(report.markdown(self.results))

    def run(self, command, limit, env=None):
        """Runs a program within `limit` seconds and the budget. Returns its exit status (None: out of time) and output."""
        limit = min(limit, self.left())
        if limit <= 1:
            return None, "no time was left"
        started = time.monotonic()
        process = subprocess.Popen(
            [str(part) for part in command], env=env or self.env, cwd=self.work, text=True, errors="replace",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
        )
        try:
            output, _ = process.communicate(timeout=limit)
            status = process.returncode
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, 9)
            output, _ = process.communicate()
            status, output = None, output + f"\nstopped after {limit:.0f} s"
        self.log.write(f"$ {' '.join(map(str, command))}\n{output}\n[{status}, {time.monotonic() - started:.1f} s]\n\n")
        self.log.flush()
        return status, output

    def step(self, name, function):
        started = time.monotonic()
        try:
            problem = function()
        except Exception as error:  # the other steps must run
            problem = f"{type(error).__name__}: {error}"
        seconds = time.monotonic() - started
        self.results["steps"][name] = {"seconds": round(seconds, 1), "problem": problem}
        print(f"{seconds:6.1f} s  {name}{': ' + problem if problem else ''}", flush=True)
        self.save()
        return problem

    # Steps: each returns None or what went wrong, in one sentence.

    def system(self):
        with tarfile.open(KIT / "programs.tar.xz") as archive:
            archive.extractall(self.work)
        query = "name,driver_version,memory.total,clocks.sm,clocks.max.sm,clocks.mem,power.draw,power.limit,temperature.gpu"
        found = {"system": platform.platform(), "cpu": cpu_model(), "threads": os.cpu_count(), "python": platform.python_version()}
        try:
            status, output = self.run(["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"], 20)
            if status == 0:
                found["nvidia-smi"] = dict(zip(query.split(","), output.strip().split(", ")))
        except OSError:
            pass
        self.results["system"] = found

    def adapter(self):
        base = environment.base(KIT, self.work)
        for folder in ("matrices", "plain"):
            self.env, found, tried = environment.choose(self.work / folder / "native", base, self.work)
            self.results["adapter"], self.results["drivers_tried"] = found, tried
            if found:
                self.results["bench"] = folder
                break
        if not found:
            return f"no Vulkan adapter: {tried[-1]['problem']}"
        if found["software"] and not self.options.allow_software:
            return f"only a software adapter was found, {found['name']}; --allow-software accepts it"

    def reference(self):
        status, output = self.run([sys.executable, KIT / "make_reference.py", self.work], self.limit(60))
        self.results["reference"] = output.strip().splitlines()[-1] if output.strip() else ""
        return None if status == 0 else f"PyTorch made no reference: {last_line(output)}"

    def software(self):
        return bool((self.results.get("adapter") or {}).get("software"))

    def limit(self, seconds):
        """Seconds for one command: a software adapter has the whole budget, because other programs slow it down."""
        return self.left() if self.software() else seconds

    def start_compiling(self, torch):
        """Fills torch.compile's cache while the tests run, so that timing it later is short."""
        if not torch or self.software():
            return None
        command = [sys.executable, KIT / "time_torch.py", self.work, "--modes", "compiled", "--compile-only"]
        command += ["--budget", str(0.2 * self.options.budget)]
        self.env["TORCHINDUCTOR_CACHE_DIR"] = str(self.work / "inductor")
        return subprocess.Popen(
            [str(part) for part in command], env=self.env, cwd=self.work, start_new_session=True,
            stdout=(self.out / "compile.txt").open("w"), stderr=subprocess.STDOUT,
        )

    def tests(self):
        binaries = [path for folder in ("plain", "matrices") for path in sorted((self.work / folder).glob("test-*"))]
        # Each test opens the GPU, and CPU references use all cores: a few binaries side by side keep both busy.
        with ThreadPoolExecutor(1 if self.software() else 4) as pool:
            list(pool.map(self.test, binaries))
        failed = [entry for entry in self.results["tests"] if entry["failed"] or entry["problem"]]
        self.results["tests"].sort(key=lambda entry: entry["name"])
        return f"{len(failed)} of {len(binaries)} test programs failed" if failed else None

    def test(self, binary):
        started = time.monotonic()
        limit = self.options.test_limit or 0.35 * self.options.budget
        modules = MATRIX_MODULES if binary.parent.name == "matrices" else ()
        status, output = self.run([binary, "--test-threads=4", *modules], limit)
        entry = {"name": f"{binary.parent.name}/{binary.name.removeprefix('test-')}", "seconds": round(time.monotonic() - started, 1)}
        summary = re.search(r"test result: \w+\. (\d+) passed; (\d+) failed; (\d+) ignored", output)
        passed, failed, ignored = map(int, summary.groups()) if summary else (0, 0, 0)
        entry |= {"passed": passed, "failed": failed, "ignored": ignored}
        entry["failures"] = re.findall(r"^test (.+) \.\.\. FAILED$", output, re.MULTILINE)
        entry["panics"] = [text[:600] for text in re.findall(r"panicked at [^\n]*\n([^\n]+)", output)]
        if not summary:
            entry["problem"] = last_line(output)
        else:
            # A filter that matches nothing would look like success.
            entry["problem"] = None if passed + failed else "it ran no test"
        self.results["tests"].append(entry)
        self.save()

    def ours(self, tune):
        problems = []
        for batch in BATCHES if not self.software() else BATCHES[:1]:
            for weights, products in VARIANTS:
                # Only tuning chooses cooperative matrices.
                if products == "matrices" and not (tune and (self.results["adapter"] or {}).get("matrix_side")):
                    continue
                if products == "f16" and "shader-f16" not in self.results["adapter"]["features"]:
                    continue
                problem = self.case(weights, products, batch, tune)
                if problem:
                    problems.append(problem)
        return "; ".join(problems) or None

    def case(self, weights, products, batch, tune):
        name = f"{weights}-{products}-{batch}{'-tuned' if tune else ''}"
        file = self.work / f"bench-{name}.json"
        command = [self.work / self.results["bench"] / "native", "--model", self.work / "resnet50.safetensors"]
        command += ["--input", self.work / "input.npy", "--reference", self.work / "reference.json"]
        command += ["--batch", batch, "--weights", weights, "--products", products, "--seconds", SECONDS, "--json", file]
        status, output = self.run(command + (["--tune"] if tune else []), self.limit(40))
        entry = {"weights": weights, "products": products, "batch": batch, "tuned": tune}
        if status == 0 and file.exists():
            entry |= {"case": json.loads(file.read_text())["cases"][0]}
        else:
            entry |= {"problem": last_line(output)}
        self.results["ours"].append(entry)
        self.save()
        return entry.get("problem") and f"{name}: {entry['problem']}"

    def torch(self, modes, limit):
        command = [sys.executable, KIT / "time_torch.py", self.work, "--modes", modes, "--budget", f"{min(limit, self.left()) - 8:.0f}"]
        status, output = self.run(command, limit)
        for line in output.splitlines():
            if line.startswith('{"mode"'):
                self.results["torch"].append(json.loads(line))
            elif line.startswith('{"torch"'):
                self.results["torch_version"] = json.loads(line)
        return None if status == 0 else f"PyTorch, {modes}: {last_line(output)}"

    def all(self):
        self.step("system", self.system)
        if self.step("adapter", self.adapter):
            self.results["steps"]["adapter"]["fatal"] = True
        has_adapter = not self.results["steps"]["adapter"]["problem"]
        torch = not self.step("reference network", self.reference)
        compiling = self.start_compiling(torch)
        if has_adapter and not self.options.skip_tests:
            self.step("tests", self.tests)
        if compiling:
            finish(compiling, min(15, self.left()))
        if has_adapter and torch:
            self.step("ours, default algorithms", lambda: self.ours(False))
        if torch:
            self.step("PyTorch, eager and CUDA graph", lambda: self.torch("eager,graph", self.limit(45)))
        if has_adapter and torch:
            self.step("ours, tuned", lambda: self.ours(True))
        if torch and not self.software():
            self.step("PyTorch, compiled", lambda: self.torch("compiled", 60))
        self.step("system afterwards", self.clocks)

    def clocks(self):
        query = "clocks.sm,clocks.mem,power.draw,temperature.gpu,clocks_throttle_reasons.active"
        try:
            status, output = self.run(["nvidia-smi", f"--query-gpu={query}", "--format=csv,noheader"], 20)
        except OSError:
            return
        if status == 0:
            self.results["system"]["nvidia-smi afterwards"] = dict(zip(query.split(","), output.strip().split(", ")))


def finish(process, seconds):
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.wait()


def last_line(output):
    lines = [line for line in output.strip().splitlines() if line.strip()]
    return lines[-1][:400] if lines else "no output"


def cpu_model():
    try:
        found = re.search(r"model name\s*: (.+)", Path("/proc/cpuinfo").read_text())
    except OSError:
        found = None
    return found.group(1) if found else platform.processor()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder for report.md, results.json and log.txt")
    parser.add_argument("--budget", type=float, help=f"seconds for everything (default: {BUDGET}, with --allow-software {SOFTWARE_BUDGET})")
    parser.add_argument("--test-limit", type=float, help="seconds for one test program (default: 35 %% of the budget)")
    parser.add_argument("--skip-tests", action="store_true", help="measure only")
    parser.add_argument("--allow-software", action="store_true", help="accept an adapter that is a program on the CPU")
    options = parser.parse_args()
    options.budget = options.budget or (SOFTWARE_BUDGET if options.allow_software else BUDGET)
    options.out = options.out.resolve()
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="gpu-kit-") as work:
        kit = Kit(options, Path(work))
        kit.all()
    print(f"\n{(options.out / 'report.md').read_text()}")
    sys.exit(any(step["problem"] for step in kit.results["steps"].values()))


if __name__ == "__main__":
    main()
