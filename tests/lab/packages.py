"""Unpack Debian's programs into a folder, without installing them."""

from __future__ import annotations

import os
import platform
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab.commands import LabError, need, run, succeeds
from lab.places import CACHE, key

NEWER: Final = [
    "containerd",
    "debootstrap",
    "docker-buildx",
    "docker-cli",
    "docker-compose",
    "docker.io",
    "prometheus",
    "promtool",
    "tini",
]
"""From trixie: Go programs, which also run on an older C library."""

OLDER: Final = [
    "iptables",
    "libip4tc2",
    "libip6tc2",
    "libmnl0",
    "libnetfilter-conntrack3",
    "libnfnetlink0",
    "libnftnl11",
    "libseccomp2",
    "libxtables12",
    "runc",
]
"""From bookworm: what is linked with the C library."""

KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

SUITES: Final = {"bookworm", "trixie", "forky", "sid"} | {
    "oldstable",
    "stable",
    "testing",
    "unstable",
}

DAEMONS: Final = ["containerd", "containerd-shim-runc-v2", "docker-init", "docker-proxy", "dockerd"]
USELESS: Final = ["bin/containerd-shim", "bin/containerd-shim-runc-v1", "bin/ctr", "share/doc"]
RECIPE: Final = "2"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """Programs that are in a folder of ours."""

    folder: Path

    @property
    def root(self) -> Path:
        return self.folder / "root"

    @property
    def clients(self) -> Path:
        """The folder of what users call: docker, prometheus, promtool."""
        return self.folder / "clients"

    @property
    def plugins(self) -> Path:
        return self.root / "usr/libexec/docker/cli-plugins"

    def environment(self, iptables: str = "legacy") -> dict[str, str]:
        """Return the environment in which the engine finds its programs."""
        libraries = sorted(str(path) for path in self.root.glob("usr/lib/*-linux-gnu*"))
        libraries += sorted(str(path) for path in self.root.glob("lib/*-linux-gnu*"))
        xtables = next(self.root.glob("usr/lib/*/xtables"))
        own = f"{self.folder / iptables}:{self.folder / 'daemons'}:{self.clients}"
        return {
            **os.environ,
            "PATH": f"{own}:{os.environ['PATH']}:/usr/sbin:/sbin",
            "LD_LIBRARY_PATH": ":".join(libraries),
            "XTABLES_LIBDIR": str(xtables),
            "DEBOOTSTRAP_DIR": str(self.root / "usr/share/debootstrap"),
        }


def tools() -> Tools:
    """Return the programs, wherever they have to come from."""
    found = Tools(folder=_folder())
    if not found.folder.exists():
        need("apt-get", "dpkg", why="unpacking Debian's packages")
        part = found.folder.with_suffix(".part")
        shutil.rmtree(part, ignore_errors=True)
        _unpack(part)
        _link(part, found.folder)
        part.replace(found.folder)
    return found


def are_there() -> bool:
    """Tell whether the programs are unpacked already."""
    return _folder().exists()


def mirror() -> str:
    """Return the address of the Debian archive that this machine uses."""
    if given := os.environ.get("WOOL_LAB_MIRROR"):
        return given
    form = "$(RELEASE)|$(COMPONENT)|$(REPO_URI)"
    for line in run(["apt-get", "indextargets", "--format", form, "Created-By: Packages"]).split():
        suite, component, address = line.split("|")
        if suite in SUITES and component == "main" and "security" not in address:
            return address
    raise LabError("apt knows no archive of Debian here; name one in WOOL_LAB_MIRROR")


def iptables_kind(found: Tools) -> str:
    """Return which of the kernel's two packet filters to use: legacy or nft."""
    if given := os.environ.get("WOOL_LAB_IPTABLES"):
        return given
    if shutil.which("iptables"):
        return "nft" if "nf_tables" in run(["iptables", "--version"]) else "legacy"
    env = found.environment("legacy")
    return "legacy" if succeeds(["iptables", "-t", "nat", "-S"], env=env) else "nft"


def _folder() -> Path:
    return CACHE / f"tools-{key(RECIPE, platform.machine(), *NEWER, '-', *OLDER)}"


def _unpack(part: Path) -> None:
    if not KEYRING.exists():
        raise LabError(f"{KEYRING} is missing: the lab is made from Debian's packages")
    lists, debs = part / "apt", part / "debs"
    (lists / "partial").mkdir(parents=True)
    debs.mkdir()
    sources = part / "sources.list"
    lines = [
        f"deb [signed-by={KEYRING}] {mirror()} {suite} main\n" for suite in ("bookworm", "trixie")
    ]
    sources.write_text("".join(lines))
    settings = {
        "Dir::Etc::sourcelist": sources,
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::Etc::preferences": "/dev/null",
        "Dir::Etc::preferencesparts": "/dev/null",
        "Dir::State::Lists": lists,
        "Dir::State::status": "/dev/null",
        "Dir::Cache": part / "cache",
        "Acquire::Languages": "none",
        "Acquire::Retries": "3",
        "APT::Sandbox::User": "root",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    run([*apt, "update"], timeout=180)
    wanted = [f"{name}/trixie" for name in NEWER] + [f"{name}/bookworm" for name in OLDER]
    run(
        ["sh", "-c", 'cd "$1" && shift && exec "$@"', "sh", debs, *apt, "download", *wanted],
        timeout=300,
    )
    for deb in sorted(debs.glob("*.deb")):
        run(["dpkg", "-x", deb, part / "root"])
    for name in ("apt", "debs", "cache"):
        shutil.rmtree(part / name, ignore_errors=True)
    for name in USELESS:
        run(["rm", "-rf", part / "root/usr" / name])


def _link(part: Path, final: Path) -> None:
    """Make the folders that stand in PATH; the links point to where they will be."""
    usr = final / "root/usr"
    for folder in ("daemons", "clients", "legacy", "nft"):
        (part / folder).mkdir()
    for name in DAEMONS:
        inner = "sbin" if (part / "root/usr/sbin" / name).exists() else "bin"
        (part / "daemons" / name).symlink_to(usr / inner / name)
    (part / "daemons/runc").symlink_to(usr / "sbin/runc")
    for name in ("docker", "prometheus", "promtool"):
        (part / "clients" / name).symlink_to(usr / "bin" / name)
    for kind in ("legacy", "nft"):
        for name in ("iptables", "ip6tables"):
            (part / kind / name).symlink_to(usr / f"sbin/xtables-{kind}-multi")
