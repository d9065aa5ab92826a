"""Check what a worker's container is to be like."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

from wool.runtime.checks import checked_flag, checked_seconds
from wool.runtime.worker.base import require_text

Volumes: TypeAlias = Mapping[str, str] | Sequence[str]
"""What is mounted: `host:container[:ro]`, or the one by the other."""

SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)([kmg]?)b?", re.IGNORECASE)
FACTORS: Final = {"": 1, "k": 1 << 10, "m": 1 << 20, "g": 1 << 30}

LEAST_MEMORY: Final = 6 << 20
"""No Engine takes less."""

OWN_LABELS: Final = "wool."


@dataclass(frozen=True, slots=True, kw_only=True)
class Mount:
    """A folder or file of the host, or a named volume, as the container sees it."""

    source: str
    target: str
    read_only: bool = False

    @property
    def kind(self) -> str:
        """`bind` for a path, `volume` for a name."""
        return "bind" if self.source.startswith("/") else "volume"


@dataclass(frozen=True, slots=True, kw_only=True)
class ContainerOptions:
    """
    What a worker's container is to be like.

    *cpus* and *memory*, in bytes, are limits; None is none. *owner_timeout* is for how many
    seconds the worker lives on without anybody, None for ever.
    """

    image: str
    network: str | None
    port: int
    environment: Mapping[str, str]
    mounts: tuple[Mount, ...]
    cpus: float | None
    memory: int | None
    publish: bool
    namespace: str | None
    labels: Mapping[str, str]
    owner_timeout: float | None


def checked_options(
    *,
    image: object,
    network: object,
    port: object,
    environment: object,
    volumes: object,
    cpus: object,
    memory: object,
    publish: object,
    namespace: object,
    labels: object,
    owner_timeout: object,
) -> ContainerOptions:
    """
    Return what was given.

    Raises:
        TypeError, ValueError: an argument is not what it should be; the text names it.
    """
    require_text("image", image)
    for name, value in (("network", network), ("namespace", namespace)):
        if value is not None:
            require_text(name, value)
    if isinstance(port, bool) or not isinstance(port, int):
        raise TypeError(f"port is a whole number, not {port!r}")
    if not 1 <= port <= 65535:
        raise ValueError(f"port must be from 1 to 65535, not {port}")
    marked = checked_texts("labels", labels)
    if own := [key for key in marked if key.startswith(OWN_LABELS)]:
        raise ValueError(f"labels: those that begin with {OWN_LABELS} are Wool's own, as {own[0]}")
    return ContainerOptions(
        image=str(image),
        network=cast("str | None", network),
        port=port,
        environment=checked_texts("environment", environment),
        mounts=tuple(_mounts(volumes)),
        cpus=_cpus(cpus),
        memory=_memory(memory),
        publish=checked_flag("publish", publish),
        namespace=cast("str | None", namespace),
        labels=marked,
        owner_timeout=None
        if owner_timeout is None
        else checked_seconds("owner_timeout", owner_timeout),
    )


def checked_texts(name: str, value: object) -> dict[str, str]:
    """
    Return *value* as a dictionary of texts, None standing for an empty one.

    Raises:
        TypeError, ValueError: it is something else; the text names the argument.
    """
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise TypeError(f"{name} must be a mapping of strings, not {type(value).__name__}")
    found: dict[str, str] = {}
    for key, text in cast("Mapping[object, object]", value).items():
        require_text(f"a name in {name}", key)
        # Not the value: what stands in an environment may be secret.
        if not isinstance(text, str):
            raise TypeError(f"{name}[{key!r}] must be a string, not {type(text).__name__}")
        found[str(key)] = text
    return found


def _mounts(volumes: object) -> Iterable[Mount]:
    if volumes is None:
        return
    if isinstance(volumes, Mapping):
        pairs = cast("Mapping[object, object]", volumes).items()
        lines: list[object] = [f"{source}:{target}" for source, target in pairs]
    elif isinstance(volumes, Sequence) and not isinstance(volumes, str | bytes):
        lines = list(cast("Sequence[object]", volumes))
    else:
        raise TypeError(
            f"volumes must be a list of 'host:container[:ro]' or a mapping, not {volumes!r}"
        )
    for line in lines:
        require_text("an entry of volumes", line)
        yield _mount(str(line))


def _mount(line: str) -> Mount:
    source, _, rest = line.partition(":")
    target, _, mode = rest.partition(":")
    if not source or not target.startswith("/") or mode not in ("", "ro", "rw"):
        raise ValueError(f"volumes: {line!r} must look like host:/container[:ro]")
    if source.startswith(("/", ".", "~")):
        source = str(Path(source).expanduser().absolute())
    return Mount(source=source, target=target, read_only=mode == "ro")


def _cpus(cpus: object) -> float | None:
    if cpus is None:
        return None
    if isinstance(cpus, bool) or not isinstance(cpus, int | float):
        raise TypeError(f"cpus is a number of processors, such as 1.5, not {cpus!r}")
    if not (cpus >= 0.01 and math.isfinite(cpus)):
        raise ValueError(f"cpus must be 0.01 or more, not {cpus!r}")
    return float(cpus)


def _memory(memory: object) -> int | None:
    if memory is None:
        return None
    if isinstance(memory, bool) or not isinstance(memory, int | str):
        raise TypeError(f"memory is a number of bytes or a text such as '512m', not {memory!r}")
    if isinstance(memory, str):
        found = SIZE.fullmatch(memory.strip())
        if found is None:
            raise ValueError(f"memory must be a number of bytes such as '512m', not {memory!r}")
        memory = int(float(found[1]) * FACTORS[found[2].lower()])
    if memory < LEAST_MEMORY:
        raise ValueError(f"memory must be 6m or more, not {memory} bytes")
    return memory
