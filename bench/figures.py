"""From what the generator saw to the figures that count, and their medians."""

import statistics
from collections.abc import Iterable
from typing import Any

Figures = dict[str, float]

BUSY = 0.9
"""From this share of a core on, a process may be what limits the rate."""


def _of_talk(raw: dict[str, Any]) -> Figures:
    window = raw["window"]
    latency, acknowledged = raw["latency_us"] or {}, raw["acknowledged_us"] or {}
    return {
        "cpu_us": window["server_cpu"] / window["deliveries"] * 1e6,
        "per_second": window["deliveries"] / window["seconds"],
        "p50_ms": latency.get("p50", 0) / 1000,
        "p99_ms": latency.get("p99", 0) / 1000,
        **({"ack_p50_ms": acknowledged["p50"] / 1000} if acknowledged else {}),
        "resident_mb": raw["resident"]["end"] / 2**20,
    }


def _of_idle(raw: dict[str, Any]) -> Figures:
    full, empty = raw["resident"]["full"], raw["resident"]["empty"]
    sockets = raw["sockets"]["full"] - raw["sockets"]["empty"]
    window = raw["window"]
    return {
        "bytes_each": (full - empty) / raw["connections"],
        "resident_mb": full / 2**20,
        "socket_mb": sockets / 2**20,
        "idle_cpu_percent": window["server_cpu"] / window["seconds"] * 100,
        "per_second": raw["connections"] / raw["arrival"]["seconds"],
        "cpu_us": raw["arrival"]["server_cpu"] / raw["connections"] * 1e6,
    }


def _of_storm(raw: dict[str, Any]) -> Figures:
    arrival = raw["arrival"]
    return {
        "per_second": raw["connections"] / arrival["seconds"],
        "cpu_us": arrival["server_cpu"] / raw["connections"] * 1e6,
        "resident_mb": raw["resident"]["full"] / 2**20,
    }


def _of_fetch(raw: dict[str, Any]) -> Figures:
    window = raw["window"]
    return {
        "per_second": window["deliveries"] / window["seconds"],
        "cpu_us": window["server_cpu"] / window["deliveries"] * 1e6,
        "resident_mb": raw["resident"]["end"] / 2**20,
    }


_READERS = {"talk": _of_talk, "idle": _of_idle, "storm": _of_storm, "fetch": _of_fetch}


def figures_of(raw: dict[str, Any]) -> Figures:
    """Return the figures of one measurement.

    Processor time is in microseconds (for each delivered message; for each connection in idle
    and storm), latencies in milliseconds, memory in MiB, or in bytes for each connection.
    """
    span = raw["arrival"] if raw["mode"] == "storm" else raw["window"]
    ours = span["server_cpu"] + span["generator_cpu"]
    shares = {
        "server_share": span["server_cpu"] / span["seconds"],
        "generator_share": span["generator_cpu"] / span["seconds"],
        "others_share": max(0.0, span["machine_cpu"] - ours) / span["seconds"],
    }
    return {**_READERS[raw["mode"]](raw), **shares}


def complaints_about(raw: dict[str, Any]) -> list[str]:
    """Return what went wrong in a measurement, in words."""
    found = []
    if raw["received"] != raw["expected"]:
        found.append(f"{raw['received']} of {raw['expected']} deliveries arrived")
    if raw["closed"]:
        found.append(f"{raw['closed']} connections were closed by the server")
    if raw["refused"]:
        found.append(f"{raw['refused']} refusals, the first: {raw['complaint']}")
    return found


def medians(rounds: Iterable[Figures]) -> Figures:
    """Return the median of each figure over the rounds that have it."""
    rounds = list(rounds)
    names = dict.fromkeys(name for figures in rounds for name in figures)
    return {
        name: statistics.median(figures[name] for figures in rounds if name in figures)
        for name in names
    }


def generator_limits(figures: Figures) -> bool:
    """Tell whether the load generator had no time left while the server had."""
    return figures["generator_share"] > BUSY > figures["server_share"]
