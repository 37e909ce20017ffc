"""The environment in which the kit's programs find Vulkan: its loader, the GPU's driver and their libraries."""

import json
import os
import subprocess
import sys
from pathlib import Path

# Where containers keep NVIDIA's driver, outside the folders that the loaders search.
DRIVER_FOLDERS = [Path("/usr/local/nvidia/lib64"), Path("/usr/local/nvidia/lib")]
MANIFESTS = [
    Path("/usr/local/nvidia/share/vulkan/icd.d/nvidia_icd.json"),
    Path("/usr/share/vulkan/icd.d/nvidia_icd.json"),
    Path("/etc/vulkan/icd.d/nvidia_icd.json"),
]
# NVIDIA's driver as a Vulkan library; the second one needs no X11.
NVIDIA_LIBRARIES = ["libGLX_nvidia.so.0", "libEGL_nvidia.so.0"]


def base(kit, work):
    """Environment variables without a choice of driver. Bundled libraries are used where the system has none."""
    env = dict(os.environ)
    if not env.get("XDG_RUNTIME_DIR"):
        runtime = work / "runtime"
        runtime.mkdir(mode=0o700, exist_ok=True)
        env["XDG_RUNTIME_DIR"] = str(runtime)
    env.setdefault("HOME", str(work))
    folders = [str(folder) for folder in DRIVER_FOLDERS if folder.is_dir()]
    libraries = work / "lib"
    libraries.mkdir(exist_ok=True)
    for library in sorted((kit / "lib").glob("*.so*")):
        if not loadable(library.name, env | {"LD_LIBRARY_PATH": ":".join(folders)}):
            (libraries / library.name).symlink_to(library)
    given = [env["LD_LIBRARY_PATH"]] if env.get("LD_LIBRARY_PATH") else []
    env["LD_LIBRARY_PATH"] = ":".join(given + folders + [str(libraries)])
    return env


def loadable(name, env):
    """Whether the dynamic linker finds a library, as a program with this environment would."""
    code = f"import ctypes; ctypes.CDLL({name!r})"
    return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True).returncode == 0


def candidates(env, work):
    """(description, environment) of every choice of a Vulkan driver, the machine's own choice first."""
    yield "as found", env
    for manifest in MANIFESTS:
        if manifest.is_file():
            yield str(manifest), env | {"VK_DRIVER_FILES": str(manifest), "VK_ICD_FILENAMES": str(manifest)}
    for library in NVIDIA_LIBRARIES:
        manifest = work / f"{library}.json"
        driver = {"library_path": library, "api_version": "1.4.312"}
        manifest.write_text(json.dumps({"file_format_version": "1.0.1", "ICD": driver}))
        yield library, env | {"VK_DRIVER_FILES": str(manifest), "VK_ICD_FILENAMES": str(manifest)}


def choose(program, env, work):
    """The environment with which `program --adapter` reports a GPU, the report, and what was tried.

    Where there is no GPU, the first software adapter; where there is none either, no report.
    """
    tried, software = [], None
    for description, candidate in candidates(env, work):
        found, problem = adapter(program, candidate)
        tried.append({"driver": description, "adapter": found["name"] if found else None, "problem": problem})
        if found and not found["software"]:
            return candidate, found, tried
        if found and software is None:
            software = candidate, found
    return (*(software or (env, None)), tried)


def adapter(program, env):
    try:
        done = subprocess.run([program, "--adapter"], env=env, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, str(error)
    if done.returncode != 0:
        return None, (done.stderr.strip().splitlines() or ["no message"])[-1]
    return json.loads(done.stdout.strip().splitlines()[-1]), None
