"""Understand what is asked of the lab."""

from __future__ import annotations

import argparse
import os
import shlex
import shutil
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from lab import client, engine, host, images, memory, packages, processes, prometheus, state, swarm
from lab.client import Engine
from lab.commands import LabError
from lab.places import CACHE, CGROUP, RUN
from lab.state import State

PARTS: Final = ["engine", "images", "swarm", "prometheus"]

START: Final = time.monotonic()


def main(arguments: list[str]) -> int:
    """Do what *arguments* say; return the exit code."""
    parser = argparse.ArgumentParser(prog="lab", description="A Docker lab on one machine.")
    commands = parser.add_subparsers(dest="command", required=True)
    up = commands.add_parser("up", help="start all of it, or parts; what runs is kept")
    up.add_argument("parts", nargs="*", metavar="PART", help=", ".join(PARTS))
    up.add_argument("--config", type=Path, help="what Prometheus is to follow")
    down = commands.add_parser("down", help="end all of it and leave no trace")
    down.add_argument("--purge", action="store_true", help="remove the cache, too")
    commands.add_parser("status", help="tell what runs; exit code 1 when nothing does")
    commands.add_parser("env", help="print what a shell has to export")
    given = parser.parse_args(arguments)
    if unknown := [part for part in vars(given).get("parts", []) if part not in PARTS]:
        parser.error(f"no such part: {', '.join(unknown)}")
    try:
        return _do(given)
    except LabError as exc:
        print(f"lab: {exc}", file=sys.stderr)
        return 1


def _do(given: argparse.Namespace) -> int:
    match given.command:
        case "up":
            with state.changing():
                memory.take(RUN)
                _up(state.load(), given.parts or PARTS, given.config)
            print(f'\nTo use it: eval "$({sys.executable} {Path(__file__).parent} env)"')
        case "down":
            with state.changing():
                _down(state.load())
            if given.purge:
                shutil.rmtree(CACHE)
        case "env":
            for name, value in _exports(state.load()).items():
                print(f"export {name}={shlex.quote(value)}")
        case _:
            return _status(state.load())
    return 0


def _up(current: State, parts: list[str], config: Path | None) -> None:
    engines: list[Engine] = []
    if "engine" in parts or "images" in parts:
        engines.append(engine.up(current, own=_own()))
        _say(f"engine: {current.engine}" + (" (the machine's own)" if current.borrowed else ""))
    with ThreadPoolExecutor(1) as pool:
        making = None
        if "images" in parts and ("swarm" in parts or current.swarm or not current.borrowed):
            making = pool.submit(images.tarballs)
        if "swarm" in parts:
            engines += swarm.up(current).values()
            _say("swarm: " + ", ".join(current.swarm.values()))
        elif "images" in parts:
            engines += swarm.find(current).values()
        if "prometheus" in parts:
            _say(f"prometheus: {prometheus.up(current, config)}")
        if "images" in parts:
            _give(current, engines, making.result() if making else {})


def _give(current: State, engines: list[Engine], made: dict[str, Path]) -> None:
    """Give every engine its images."""
    first, *others = engines
    if current.borrowed:
        images.lend(current, first)
        images.give(others, made)
    else:
        images.give(engines, made)
        images.give_prometheus(first)
    _say("images: " + ", ".join([*map(images.base, images.PYTHONS), images.PROMETHEUS]))


def _down(current: State) -> None:
    processes.end()
    prometheus.down(current)
    swarm.down(current)
    engine.down(current)
    memory.give_back(RUN)
    if current.before is not None:
        host.remove_groups(CGROUP)
        host.tidy(current.before)
    _say("everything is gone")


def _status(current: State) -> int:
    alive = {
        "engine": engine.find(current) is not None,
        "swarm": bool(swarm.find(current)),
        "prometheus": bool(current.prometheus) and prometheus.is_ready(current.prometheus),
    }
    where = {
        "engine": current.engine,
        "swarm": ", ".join(current.swarm.values()),
        "prometheus": current.prometheus,
    }
    for part, up in alive.items():
        print(f"{part:<11}{'up  ' if up else 'down'} {where[part] if up else ''}".rstrip())
    return 0 if any(alive.values()) else 1


def _exports(current: State) -> dict[str, str]:
    """Return what a shell has to export to use the lab."""
    found: dict[str, str] = {} if current.borrowed else {"WOOL_LAB": "1"}
    if current.engine and current.borrowed:
        found["DOCKER_HOST"] = current.engine
    elif current.engine:
        found |= client.exports(current.engine, packages.tools())
    for name, at in current.swarm.items():
        found[f"WOOL_LAB_{name.upper()}"] = at
    if current.prometheus:
        found["WOOL_LAB_PROMETHEUS"] = current.prometheus
    return found


def _own() -> bool:
    return os.environ.get("WOOL_LAB") == "1"


def _say(text: str) -> None:
    print(f"{time.monotonic() - START:6.1f} s  {text}", flush=True)
