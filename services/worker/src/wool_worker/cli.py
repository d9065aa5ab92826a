"""Turn flags, with their environment variables, into a worker's configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final
from uuid import uuid4

from wool_common.discovery.addresses import checked_host
from wool_common.flag_security import credentials_of, refuse_strangers
from wool_common.flag_values import one_of, pair, port, text, yes_or_no
from wool_common.flag_values import socket_path as socket_path_of
from wool_common.flags import Answers
from wool_common.metadata import WorkerId
from wool_common.probe_server import checked_probe
from wool_common.startup import GRACE, LOG_FORMATS, LOG_LEVELS, LOOPS, is_loopback
from wool_worker.config import Announcement, WorkerConfig
from wool_worker.flags import DEFAULT_HOST, DEFAULT_PORT, FLAGS
from wool_worker.hosts import is_wildcard

SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmg])(i?)b?|b?)", re.IGNORECASE)


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[WorkerConfig, Answers]:
    """
    Return the configuration, and the answers that need modules to be imported.

    Raises:
        ValueError: a flag or variable is wrong; one line that names it.

    """
    answers = Answers(FLAGS, argv, environ)
    socket_path = answers.one("--socket", socket_path_of, None)
    credentials = credentials_of(answers)
    insecure = answers.one("--insecure", yes_or_no, False)
    host = answers.one("--host", text, DEFAULT_HOST)
    if socket_path is not None:
        answers.refuse_beside("--socket", ("--host", "--port", "--advertise"))
    elif not insecure and not is_loopback(host):
        refuse_strangers(answers, f"anyone who reaches {host} could run code here", credentials)
    config = WorkerConfig(
        uid=WorkerId(answers.one("--uid", text, str(uuid4()))),
        host=None if socket_path is not None else host,
        port=answers.one("--port", port, DEFAULT_PORT),
        socket_path=socket_path,
        tags=frozenset(answers.many("--tag", text)),
        extra=MappingProxyType(dict(answers.many("--extra", pair))),
        shutdown_grace_period=answers.one("--grace", _seconds, GRACE),
        credentials=credentials,
        insecure=insecure,
        max_value=answers.one("--max-value", _size, None),
        announce=tuple(answers.many("--announce", _announcement)),
        advertise=answers.one("--advertise", _host, None),
        probe=answers.one("--probe", checked_probe, ""),
        owner_timeout=answers.one("--owner-timeout", _seconds, None),
        metrics_host=answers.one("--metrics-host", text, DEFAULT_HOST),
        metrics_port=answers.one("--metrics-port", _metrics_port, 0),
        traces=answers.one("--traces", _traces, False),
        log_level=answers.one("--log-level", one_of(LOG_LEVELS), "info"),
        log_format=answers.one("--log-format", one_of(LOG_FORMATS), "auto"),
        loop=answers.one("--loop", _loop, "auto"),
    )
    if config.advertise is None and (socket_path is not None or is_loopback(host)):
        _refuse_to_announce_afar(config, answers)
    return config, answers


def _refuse_to_announce_afar(config: WorkerConfig, answers: Answers) -> None:
    if any(announcement.kind == "lan" for announcement in config.announce):
        remedy = "give --host 0.0.0.0" + (" in place of --socket" if config.socket_path else "")
        raise ValueError(
            f"{answers.name('--announce')}: nobody on the network can reach"
            f" {config.socket_path or config.host}: {remedy}"
        )


def _seconds(said: str) -> float:
    try:
        seconds = float(said)
    except ValueError:
        seconds = -1.0
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(f"must be a number of seconds, 0 or more, or `inf`, not {said!r}")
    return seconds


def _size(said: str) -> int | None:
    found = SIZE.fullmatch(said.strip())
    size = 0
    if found:
        number, unit, binary = found.groups()
        base = 1024 if binary else 1000
        size = int(float(number) * base ** (" kmg".index(unit.lower()) if unit else 0))
    if size < 1:
        raise ValueError(f"must be a number of bytes such as 64MiB, not {said!r}")
    return size


def _announcement(said: str) -> Announcement:
    kind, colon, namespace = said.partition(":")
    if kind not in ("lan", "local") or bool(colon) != bool(namespace):
        raise ValueError(f"must be lan, lan:NAMESPACE or local:NAMESPACE, not {said!r}")
    if kind == "local" and not namespace:
        raise ValueError("local needs a namespace that pools know, such as local:render")
    return Announcement(kind, namespace or None)


def _host(said: str) -> str | None:
    host = text(said)
    if is_wildcard(host):
        raise ValueError(f"{host} is nothing that others can dial")
    checked_host("it", host.removeprefix("[").removesuffix("]"))
    return host


def _metrics_port(said: str) -> int:
    number = port(said)
    if number and find_spec("prometheus_client") is None:
        raise ValueError("Prometheus needs an extra: pip install 'wool-worker[metrics]'")
    return number


def _traces(said: str) -> bool:
    wanted = yes_or_no(said)
    if wanted and find_spec("opentelemetry") is None:
        raise ValueError("OpenTelemetry needs an extra: pip install 'wool-worker[otel]'")
    return wanted


def _loop(said: str) -> str:
    name = one_of(LOOPS)(said)
    if name == "uvloop" and find_spec(name) is None:
        raise ValueError("uvloop needs an extra: pip install 'wool-worker[uvloop]'")
    return name
