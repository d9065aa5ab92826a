"""Make images without a registry: Debian with Python, and Prometheus."""

from __future__ import annotations

import platform
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from lab import engine, packages, processes
from lab.client import Engine
from lab.commands import LabError, need, run
from lab.places import AUTHORITIES, CACHE, RUN, key
from lab.state import State

PYTHONS: Final = {"3.11": "bookworm", "3.13": "trixie"}
"""The releases of Debian, by the Python they come with."""

PROMETHEUS: Final = "wool-lab-prometheus:latest"
LABEL: Final = "wool.lab"
INCLUDE: Final = "ca-certificates,python3,python3-pip,python3-venv"
INSIDE: Final = "/etc/ssl/certs/ca-certificates.crt"

# Made to resemble `python:slim`: `python` is there, and pip installs where it is told to.
FINISH: Final = """
set -e
cd "$1"
rm -rf var/cache/apt/*.bin var/cache/apt/archives/*.deb var/lib/apt/lists/* var/log/*.log
rm -rf usr/share/doc usr/share/man usr/share/info usr/share/locale
rm -f usr/lib/python3*/EXTERNALLY-MANAGED
find usr -name __pycache__ -prune -exec rm -rf {} +
ln -s python3 usr/bin/python
cp -L "$2" etc/ssl/certs/ca-certificates.crt
tar --numeric-owner -c . > "$3.part"
mv "$3.part" "$3"
"""

CHANGES: Final = [
    f"ENV SSL_CERT_FILE={INSIDE} PIP_CERT={INSIDE} LANG=C.UTF-8 PIP_ROOT_USER_ACTION=ignore",
    'CMD ["python3"]',
]

DOCKERFILE: Final = f"""
FROM wool-lab-base:trixie
COPY prometheus /bin/prometheus
RUN mkdir -p /etc/prometheus /prometheus && chown nobody:nogroup /prometheus && \\
    echo 'scrape_configs: []' > /etc/prometheus/prometheus.yml
LABEL {LABEL}=RECIPE
USER nobody
WORKDIR /prometheus
EXPOSE 9090
ENTRYPOINT ["/bin/prometheus"]
CMD ["--config.file=/etc/prometheus/prometheus.yml", "--storage.tsdb.path=/prometheus"]
"""

LENT: Final = {
    "python:3.11-slim-bookworm": "wool-lab-base:bookworm",
    "python:3.13-slim-trixie": "wool-lab-base:trixie",
    "prom/prometheus": PROMETHEUS,
}
"""What stands in for our images on an engine that has a registry."""


def base(python: str) -> str:
    """Return the name of the base image that has *python*, such as 3.13."""
    return f"wool-lab-base:{PYTHONS[python]}"


def tarballs() -> dict[str, Path]:
    """Return the root file systems by release of Debian, made when they are not there."""
    names = list(PYTHONS.values())
    with ThreadPoolExecutor(len(names)) as pool:
        return dict(zip(names, pool.map(_tarball, names), strict=True))


def give(engines: list[Engine], made: dict[str, Path]) -> None:
    """See that every one of *engines* has the base images."""
    with ThreadPoolExecutor(2) as pool:
        jobs = [
            pool.submit(_import, each, release, tarball)
            for release, tarball in made.items()
            for each in engines
        ]
        for job in jobs:
            job.result()


def give_prometheus(to: Engine) -> None:
    """See that *to*, which has the base images, has the one of Prometheus."""
    binary = packages.tools().root / "usr/bin/prometheus"
    recipe = key(DOCKERFILE, str(binary), _key("trixie"))
    if to.label(PROMETHEUS, LABEL) == recipe:
        return
    context = RUN / "prometheus-image"
    context.mkdir(parents=True, exist_ok=True)
    shutil.copy2(binary, context / "prometheus")
    (context / "Dockerfile").write_text(DOCKERFILE.replace("RECIPE", recipe))
    to.docker("build", "--quiet", "--tag", PROMETHEUS, context)
    shutil.rmtree(context)


def lend(state: State, to: Engine) -> None:
    """Give an engine of the machine, which has a registry, the official images by our names."""
    for official, name in LENT.items():
        if to.label(name, LABEL) is None:
            state.tags.append(name)
            state.save()
            to.docker("pull", "--quiet", official, timeout=600)
            to.docker("tag", official, name)


def share(image: str, source: Engine, target: Engine) -> None:
    """Copy *image* from one engine to another, without a registry."""
    packed = RUN / f"share-{key(image, target.docker_host)}.tar"
    try:
        source.docker("save", "--output", packed, image)
        target.docker("load", "--quiet", "--input", packed)
    finally:
        packed.unlink(missing_ok=True)


def _import(to: Engine, release: str, tarball: Path) -> None:
    name = f"wool-lab-base:{release}"
    if to.label(name, LABEL) == _key(release):
        return
    changes = [*CHANGES, f"LABEL {LABEL}={_key(release)}"]
    options = [part for change in changes for part in ("--change", change)]
    to.docker("import", *options, tarball, name)


def _key(release: str) -> str:
    authorities = AUTHORITIES.read_text() if AUTHORITIES.exists() else ""
    return key(release, platform.machine(), INCLUDE, FINISH, *CHANGES, authorities)


def _tarball(release: str) -> Path:
    tarball = CACHE / f"base-{release}-{_key(release)}.tar"
    if tarball.exists():
        return tarball
    need("chroot", "mount", "tar", "unshare", why="making a root file system")
    if not AUTHORITIES.exists():
        raise LabError(f"{AUTHORITIES} is missing; install ca-certificates")
    tools = packages.tools()
    folder = RUN / f"root-{release}"
    shutil.rmtree(folder, ignore_errors=True)
    apart = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"]
    debootstrap = tools.root / "usr/sbin/debootstrap"
    options = ["--variant=minbase", f"--include={INCLUDE}", f"--keyring={packages.KEYRING}"]
    env = {**engine.environment(tools), **processes.mark(f"debootstrap-{release}")}
    # The libraries that the engine's programs need are not for those inside.
    env.pop("LD_LIBRARY_PATH")
    command = [*apart, debootstrap, *options, release, folder, packages.mirror()]
    run(command, timeout=400, env=env)
    run(["sh", "-c", FINISH, "sh", folder, AUTHORITIES, tarball], timeout=120)
    shutil.rmtree(folder)
    return tarball
