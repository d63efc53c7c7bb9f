"""Compile `chatsvc/protocols/_sending.c` where that is possible; all works without it.

Hatchling runs this when it builds a wheel. For an editable installation the result goes
beside the source, else into the wheel alone, which is then one for this platform. Without a
C compiler, Python's headers or CPython, or with `CHATSVC_PURE` set, one line says so and
the wheel is plain Python. `CC` names another compiler.

    python hatch_build.py    compile beside the source, to work on it
"""

import os
import shlex
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

SOURCE = "chatsvc/protocols/_sending.c"
MODULE = "chatsvc/protocols/_sending.abi3.so"


class Uncompiled(Exception):
    """It could not be compiled; says why."""


def compile_sending(root: Path, target: Path) -> None:
    """Compile the module to the path `target`; nothing is there if `Uncompiled` is raised."""
    target.unlink(missing_ok=True)
    if os.environ.get("CHATSVC_PURE"):
        raise Uncompiled("CHATSVC_PURE is set")
    if sys.implementation.name != "cpython":
        raise Uncompiled("this is not CPython")
    compiler = shlex.split(os.environ.get("CC") or sysconfig.get_config_var("CC") or "cc")
    options = ["-O2", "-Wall", "-fPIC", "-shared", "-I" + sysconfig.get_path("include")]
    if sys.platform == "darwin":
        options += ["-undefined", "dynamic_lookup"]
    command = [*compiler, *options, "-o", str(target), str(root / SOURCE)]
    try:
        subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    except OSError as error:
        raise Uncompiled(f"{compiler[0]}: {error.strerror}") from error
    except subprocess.CalledProcessError as error:
        target.unlink(missing_ok=True)
        said = error.stderr.strip() or f"exit status {error.returncode}"
        raise Uncompiled(f"{compiler[0]}: {said.splitlines()[0]}") from error


class CompilingHook(BuildHookInterface[Any]):
    """Hatchling's hook."""

    PLUGIN_NAME = "custom"

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile before a wheel is built, and say in `build_data` what came of it."""
        if self.target_name != "wheel":
            return
        root = Path(self.root)
        self._folder = tempfile.TemporaryDirectory()
        is_editable = version == "editable"
        target = root / MODULE if is_editable else Path(self._folder.name, "_sending.abi3.so")
        try:
            compile_sending(root, target)
        except Uncompiled as reason:
            self.app.display_info(f"chatsvc is installed without its compiled part: {reason}")
            return
        if not is_editable:
            build_data["pure_python"] = False
            build_data["infer_tag"] = True
            build_data["force_include"][str(target)] = MODULE

    def finalize(self, *_: Any) -> None:
        """Remove what was compiled for the wheel."""
        if self.target_name == "wheel":
            self._folder.cleanup()


if __name__ == "__main__":
    try:
        compile_sending(Path(__file__).parent, Path(__file__).parent / MODULE)
    except Uncompiled as reason:
        sys.exit(f"It was not compiled: {reason}")
