"""Turn flags, with their environment variables, into the service's configuration."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from types import MappingProxyType
from typing import Final

from wool_common.flag_security import credentials_of, refuse_strangers
from wool_common.flag_values import one_of, pair, port, socket_path, text, yes_or_no
from wool_common.flags import Answers
from wool_common.probe_server import checked_probe
from wool_common.startup import LOG_FORMATS, LOG_LEVELS, is_loopback
from wool_discovery_docker.config import (
    DEFAULT_HOST,
    DEFAULT_PORT,
    DEFAULT_WORKER_PORT,
    DiscoveryConfig,
    SourceChoice,
)
from wool_discovery_docker.flags import FLAGS
from wool_discovery_docker.wishes import BASE

SCHEMES: Final = ("unix:///", "tcp://", "ssh://", "http://", "https://")


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> DiscoveryConfig:
    """
    Return the configuration.

    Raises:
        ValueError: a flag or variable is wrong; one line that names it.
    """
    answers = Answers(FLAGS, argv, environ)
    path = answers.one("--socket", socket_path, None)
    credentials = credentials_of(answers)
    insecure = answers.one("--insecure", yes_or_no, False)
    host = answers.one("--host", text, DEFAULT_HOST)
    if path is not None:
        answers.refuse_beside("--socket", ("--host", "--port"))
    elif not insecure and not is_loopback(host):
        danger = f"anyone who reaches {host} could tell clients of workers that are none"
        refuse_strangers(answers, danger, credentials)
    config = DiscoveryConfig(
        engine=answers.one("--engine", _engine, None),
        sources=_sources(answers),
        network=answers.one("--network", text, ""),
        labels=MappingProxyType(dict(answers.many("--label", pair)) or BASE),
        host=host,
        port=answers.one("--port", port, DEFAULT_PORT),
        socket_path=path,
        credentials=credentials,
        insecure=insecure,
        metrics_port=answers.one("--metrics-port", port, 0),
        probe=answers.one("--probe", checked_probe, ""),
        end_with_stdin=answers.one("--end-with-stdin", yes_or_no, False),
        log_level=answers.one("--log-level", one_of(LOG_LEVELS), "info"),
        log_format=answers.one("--log-format", one_of(LOG_FORMATS), "auto"),
    )
    if all(source.kind != "docker" for source in config.sources):
        answers.refuse_beside("--source", ("--engine", "--network", "--label"))
    return config


def _sources(answers: Answers) -> tuple[SourceChoice, ...]:
    several = answers.many("--source", _several)
    found = tuple(dict.fromkeys(source for one in several for source in one))
    return found or (SourceChoice("docker"),)


def _several(said: str) -> list[SourceChoice]:
    return [_source(one.strip()) for one in said.split(",")]


def _source(said: str) -> SourceChoice:
    kind, colon, rest = said.partition(":")
    if kind == "docker" and not colon:
        return SourceChoice(kind)
    if kind == "lan" and bool(colon) == bool(rest):
        if find_spec("zeroconf") is None:
            raise ValueError("lan needs an extra: pip install 'wool-discovery-docker[lan]'")
        return SourceChoice(kind, rest)
    if kind == "dns" and rest:
        return _named(rest)
    raise ValueError(f"must be docker, lan, lan:NAMESPACE or dns:NAME[:PORT], not {said!r}")


def _named(rest: str) -> SourceChoice:
    name, colon, number = rest.partition(":")
    if not name or not (not colon or (number.isdecimal() and 0 < int(number) < 65536)):
        raise ValueError(f"must name a host, and a port from 1 to 65535 if any, not {rest!r}")
    return SourceChoice("dns", name, int(number) if colon else DEFAULT_WORKER_PORT)


def _engine(said: str) -> str | None:
    url = text(said)
    if not url.startswith(SCHEMES) or url in SCHEMES:
        raise ValueError(f"must look like unix:///path, tcp://host:port or ssh://host, not {url!r}")
    return url
