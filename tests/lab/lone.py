"""
Start and end a lab where nothing else is, and print what the machine was like before and after.

To be run as root by `unshare --net --mount`, with places of its own in `WOOL_LAB_DIR`.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from lab import cli, client, engine, host, packages, processes, state
from lab.commands import run, succeeds
from lab.places import CGROUP, RUN


def look() -> dict[str, object]:
    """Return everything in which the lab might leave a trace."""
    tools = packages.tools()
    env = {kind: tools.environment(kind) for kind in ("legacy", "nft")}
    return {
        "processes": processes.of_part(),
        "links": host.links(),
        "addresses": run(["ip", "-o", "address"]),
        "namespaces": run(["ip", "netns"]),
        "rules": {kind: host.look(env[kind]).rules for kind in env},
        "forward": host.FORWARD.read_text(),
        "mounts": sorted(Path("/proc/self/mounts").read_text().splitlines()),
        "groups": [str(path) for path in Path("/sys/fs/cgroup").rglob(CGROUP)],
        "folders": [path for path in host.ABSENT if Path(path).exists()],
        "own folder": RUN.exists(),
    }


def ask(*arguments: str) -> None:
    """Do what the command line of the lab would do."""
    if cli.main([*arguments]):
        raise SystemExit(f"failed: {' '.join(arguments)}")


def main() -> None:
    """Be alone, look, let the lab live, end it twice, look again."""
    # Copies of what others have mounted come and go with theirs.
    while succeeds(["umount", "--recursive", "--lazy", "/run/netns"]):
        pass
    run(["mount", "-t", "tmpfs", "tmpfs", "/run"])
    run(["ip", "link", "set", "lo", "up"])
    before = look()
    try:
        during = live()
    finally:
        ask("down")
    after = look()
    ask("down")
    print(json.dumps({"before": before, "during": during, "after": after}))


def live() -> dict[str, object]:
    """Start the lab, make a mess, crash it and start it again; return what there was to see."""
    ask("up", "engine", "swarm", "prometheus")
    own = client.of_lab(engine.OWN.docker_host, packages.tools())
    own.docker("network", "create", "mess")
    manager = client.of_lab(state.load().swarm["node1"], packages.tools())
    manager.docker("network", "create", "--driver", "overlay", "mess")
    seen = look()
    processes.end("engine")
    processes.end("node2")
    ask("up", "engine", "swarm", "prometheus")
    ask("status")
    return seen


if __name__ == "__main__":
    main()
