"""Find the containers of workers, and remove those that are left over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any, Final

from wool.runtime.worker.docker_document import CREATED, OWNER, PORT, TAGS, WORKER
from wool.runtime.worker.docker_owner import Life, life
from wool_common.discovery.addresses import DEFAULT_PORT, joined
from wool_common.engine import Engine

RUNNING: Final = frozenset({"running", "paused", "restarting"})
SHORT: Final = 12
STOP_SECONDS: Final = 70.0
"""What a worker that still runs gets for its tasks."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """
    A container of a worker.

    *owner* is `alive`, `gone`, `elsewhere`, or `none`; *age* is in seconds.
    """

    id: str
    name: str
    image: str
    status: str
    owner: str
    tags: str
    address: str
    age: float

    @property
    def runs(self) -> bool:
        """True where there may be a worker in it."""
        return self.status in RUNNING

    def facts(self) -> dict[str, object]:
        """Return what is told of it, for programs."""
        facts = asdict(self)
        facts["tags"] = self.tags.split(",") if self.tags else []
        return facts


async def found(engine: str | None) -> list[Found]:
    """
    Return the containers of workers, by name.

    Raises:
        DockerUnavailable: the Engine cannot be reached.
    """
    async with Engine(engine) as asked:
        summaries = await asked.containers({WORKER: "true"}, stopped=True)
    now = datetime.now(UTC)
    return sorted((read(summary, now) for summary in summaries), key=lambda one: one.name)


def read(summary: Mapping[str, Any], now: datetime) -> Found:
    """Return what the Engine's *summary* of a container says."""
    labels: Mapping[str, str] = summary.get("Labels") or {}
    names: Sequence[str] = summary.get("Names") or [""]
    owner = labels.get(OWNER)
    return Found(
        id=str(summary["Id"])[:SHORT],
        name=names[0].removeprefix("/"),
        image=str(summary.get("Image", "")),
        status=str(summary.get("State", "")),
        owner="none" if owner is None else life(owner).value,
        tags=labels.get(TAGS, ""),
        address=_address(summary, labels),
        age=max(0.0, (now - _created(summary, labels)).total_seconds()),
    )


def prunable(there: Iterable[Found], *, every: bool, older: float) -> list[Found]:
    """
    Return those that nobody needs any more.

    Of those that run only the ones whose owner is gone count, and only with *every*; of
    those that do not, what belongs to somebody elsewhere has to be *older*.
    """

    def is_left(one: Found) -> bool:
        if one.owner == Life.GONE.value:
            return every or not one.runs
        return one.owner == Life.ELSEWHERE.value and not one.runs and one.age >= older

    return [one for one in there if is_left(one)]


async def prune(engine: str | None, old: Iterable[Found]) -> None:
    """
    Remove *old*, letting those that run finish their tasks.

    Raises:
        DockerUnavailable, DockerRefused: the Engine cannot, or will not.
    """
    async with Engine(engine) as asked:

        async def remove(one: Found) -> None:
            if one.runs:
                await asked.stop(one.id, STOP_SECONDS)
            await asked.remove(one.id)

        await asyncio.gather(*(remove(one) for one in old))


def _created(summary: Mapping[str, Any], labels: Mapping[str, str]) -> datetime:
    try:
        return datetime.fromisoformat(labels[CREATED])
    except (KeyError, ValueError):
        return datetime.fromtimestamp(float(summary.get("Created") or 0), UTC)


def _address(summary: Mapping[str, Any], labels: Mapping[str, str]) -> str:
    port = labels.get(PORT) or str(DEFAULT_PORT)
    published: Sequence[Mapping[str, Any]] = summary.get("Ports") or []
    for one in published:
        if str(one.get("PrivatePort")) == port and one.get("PublicPort"):
            return joined(str(one.get("IP") or "0.0.0.0"), int(one["PublicPort"]))
    settings: Mapping[str, Any] = summary.get("NetworkSettings") or {}
    networks: Mapping[str, Mapping[str, Any]] = settings.get("Networks") or {}
    for network in networks.values():
        if port.isdecimal() and network.get("IPAddress"):
            return joined(str(network["IPAddress"]), int(port))
    return ""
