"""Compiling the two C programs of the bench."""

import subprocess
from pathlib import Path

from bench import machine

HERE = Path(__file__).parent


def build(name: str, folder: Path) -> Path:
    """Compile `name`.c of this folder into `folder` and return the program's path.

    Raises RuntimeError with what the compiler says, or that there is none.
    """
    if machine.find("gcc") is None:
        raise RuntimeError("gcc is needed, with the headers of the C library.")
    program = folder / name
    command = ["gcc", "-O3", "-Wall", "-Wextra", "-o", str(program), str(HERE / f"{name}.c")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{name}.c does not compile:\n{done.stderr}")
    return program
