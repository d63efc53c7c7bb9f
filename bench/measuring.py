"""One server in one scenario, once: start, load, figures, stop."""

import json
import os
import shutil
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.scenarios import FILL, Scenario
from bench.servers import Kind, Running

LOAD_SECONDS = 300
"""How long the load generator may take in all."""


@dataclass(frozen=True)
class Place:
    """Where things are: the load generator, a folder for files, and the two cores."""

    load: Path
    folder: Path
    server_core: int
    load_core: int


def run_load(
    place: Place, server: Running, scenario: Scenario, dialect: str = "", port: int = 0
) -> dict[str, Any]:
    """Put a scenario's load on a running server and return what the generator says.

    The load speaks `dialect` at `port`, the server's own where they are not given. Raises
    RuntimeError with the generator's sentence if it gave up.
    """
    command = ["taskset", "--cpu-list", str(place.load_core), str(place.load)]
    command += ["--dialect", dialect or server.dialect, "--port", str(port or server.port)]
    command += ["--line-port", str(server.line_port), *scenario.options()]
    command += ["--at-once", str(server.at_once)]
    command += ["--pids", ",".join(map(str, server.pids()))]
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=LOAD_SECONDS
        )
    except subprocess.TimeoutExpired:
        raise RuntimeError(f"no end after {LOAD_SECONDS} seconds") from None
    if done.returncode:
        raise RuntimeError(done.stderr.strip() or f"load ended with {done.returncode}")
    result: dict[str, Any] = json.loads(done.stdout)
    return result


def _create_room(port: int, room: str) -> None:
    """Make a room that outlives its members."""
    with socket.create_connection(("127.0.0.1", port), 10) as line:
        line.sendall(f"nick maker\ncreate {room}\nquit\n".encode())
        said = b"".join(iter(lambda: line.recv(65536), b""))
    if b"+ created" not in said:
        raise RuntimeError(f"no room was made: {said.decode(errors='replace')}")


def _fill(place: Place, kind: Kind, data: Path, count: int) -> None:
    """Write the messages of the backlog, unless an earlier round has done so."""
    done = data.with_name(f"{data.name}.filled-{count}")
    if done.exists():
        return
    shutil.rmtree(data, ignore_errors=True)
    server = kind.start(place.folder / kind.name, data, place.server_core)
    try:
        _create_room(server.line_port, "r0")
        scenario = Scenario(**{**vars(FILL), "count": count})
        result = run_load(place, server, scenario, "line", server.line_port)
    finally:
        server.stop()
    if result["received"] != count:
        raise RuntimeError(f"only {result['received']} messages were written: {result}")
    done.touch()


def measure(place: Place, kind: Kind, scenario: Scenario) -> dict[str, Any]:
    """Start a server, measure it in a scenario and stop it; a failure is in `error`.

    Each measurement has a server of its own with empty data; for the backlog, with data that
    another server process has written.
    """
    folder = place.folder / kind.name
    data = folder / ("backlog" if scenario.mode == "fetch" else "data")
    folder.mkdir(parents=True, exist_ok=True)
    server = None
    try:
        if scenario.mode != "fetch":
            shutil.rmtree(data, ignore_errors=True)
        elif kind.keeps:
            _fill(place, kind, data, scenario.count)
        else:
            return {"error": "keeps nothing"}
        os.sync()  # what others wrote before does not delay its fsync
        server = kind.start(folder, data, place.server_core)
        result = run_load(place, server, scenario)
        if scenario.mode in ("talk", "fetch") and not result["window"]["deliveries"]:
            return {"error": f"nothing was delivered; {result['complaint']}", "raw": result}
        return result
    except (RuntimeError, OSError) as problem:
        return {"error": str(problem)}
    finally:
        if server:
            server.stop(patience=3)
