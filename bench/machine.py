"""The machine: its processors, limits and disk, and the programs it has."""

import os
import platform
import resource
import shutil
import statistics
import subprocess
import time
from pathlib import Path

PACKAGES = {"gcc": ["gcc", "libc6-dev"], "ngircd": ["ngircd"], "inspircd": ["inspircd"]}
SPARE_FILES = 500
"""What a server opens besides the connections of its users, generously."""


def find(program: str) -> str | None:
    """Return the path of a program, looked for where servers are, too."""
    places = [os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"]
    return shutil.which(program, path=os.pathsep.join(places))


def provide(programs: list[str]) -> None:
    """Install what is missing with apt-get if we may, say what to install if not."""
    missing = [name for name in programs if name in PACKAGES and not find(name)]
    if not missing:
        return
    packages = [package for name in missing for package in PACKAGES[name]]
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    if os.geteuid() != 0 or not find("apt-get"):
        print(f"Not here: {', '.join(missing)}. To have them: sudo {' '.join(command)}")
        return
    print(f"Installing {' '.join(packages)} ...", flush=True)
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "capture_output": True}
    subprocess.run(["apt-get", "update", "--quiet"], check=False, **quiet)
    done = subprocess.run(command, check=False, text=True, **quiet)
    if done.returncode:
        print(f"apt-get could not install them:\n{done.stderr.strip()}")


def cores() -> tuple[int, int]:
    """Return the core for servers and the core for the load generator.

    They are the same where there is only one, which spoils every figure.
    """
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[-1], allowed[0]


def raise_file_limit(wanted: int) -> int:
    """Let us and our children open `wanted` files each; return how many it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    for limit in (max(hard, wanted), hard):
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit))
        except (OSError, ValueError):
            continue
        return limit
    return soft


def first_line(*command: str) -> str:
    """Return the first line that a program prints, "" if it cannot be run."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next(iter((done.stdout or done.stderr).splitlines()), "").strip()


def _read(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except OSError:
        return ""


def _processor() -> str:
    lines = _read("/proc/cpuinfo").splitlines()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _system() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def file_system(folder: Path) -> str:
    """Return the kind of file system a folder is on."""
    return first_line("stat", "--file-system", "--format=%T", str(folder))


def sync_milliseconds(folder: Path, times: int = 50) -> float:
    """Return the median time of a 4 KB write with fdatasync in a folder, in milliseconds."""
    path = folder / "sync"
    descriptor = os.open(path, os.O_CREAT | os.O_WRONLY)
    taken = []
    try:
        for _ in range(times):
            began = time.perf_counter()
            os.write(descriptor, b"x" * 4096)
            os.fdatasync(descriptor)
            taken.append(time.perf_counter() - began)
    finally:
        os.close(descriptor)
        path.unlink()
    return round(statistics.median(taken) * 1000, 3)


def describe(folder: Path) -> dict[str, object]:
    """Return what one has to know of this machine to understand the figures."""
    server, generator = cores()
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "server core": server,
        "generator core": generator,
        "system": _system(),
        "kernel": platform.release(),
        "tcp": _read("/proc/sys/net/ipv4/tcp_congestion_control"),
        "load before": os.getloadavg()[0],
        "file system": file_system(folder),
        "fdatasync ms": sync_milliseconds(folder),
        "compiler": first_line("gcc", "--version"),
        "date": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
    }
