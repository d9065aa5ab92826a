"""Flags and variables of the discovery service."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from wool_discovery_docker.cli import parse
from wool_discovery_docker.config import DiscoveryConfig, SourceChoice
from wool_discovery_docker.flags import FLAGS

CA = trustme.CA()
LEAF = CA.issue_cert("discovery.example")

TLS = ("--cert", "cert.pem", "--key", "key.pem", "--ca", "ca.pem")


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a directory with certificates, a file, and a socket that is served."""
    monkeypatch.chdir(tmp_path)
    contents = {
        "cert.pem": LEAF.cert_chain_pems[0].bytes(),
        "key.pem": LEAF.private_key_pem.bytes(),
        "ca.pem": CA.cert_pem.bytes(),
        "file": b"x",
    }
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("taken")
        listener.listen()
        yield tmp_path


def config_of(*argv: str, **environ: str) -> DiscoveryConfig:
    return parse(argv, environ)


def test_without_flags_it_serves_this_machine() -> None:
    """The defaults are private, and those that docs/discovery-service.md names."""
    assert config_of() == DiscoveryConfig()
    assert config_of().bind == "127.0.0.1:50052"
    assert dict(config_of().labels) == {"wool.worker": "true"}


@pytest.mark.parametrize(
    ("argv", "field", "value"),
    [
        ("--engine tcp://proxy:2375", "engine", "tcp://proxy:2375"),
        (
            "--source docker,lan:blue",
            "sources",
            (SourceChoice("docker"), SourceChoice("lan", "blue")),
        ),
        ("--source lan --source lan", "sources", (SourceChoice("lan"),)),
        ("--source dns:tasks.worker", "sources", (SourceChoice("dns", "tasks.worker", 50051),)),
        ("--source dns:w:7", "sources", (SourceChoice("dns", "w", 7),)),
        ("--network wool", "network", "wool"),
        ("--label a=b --label c=", "labels", {"a": "b", "c": ""}),
        ("--host localhost", "bind", "localhost:50052"),
        ("--host [::1] --port 7", "bind", "[::1]:7"),
        ("--host 0.0.0.0 --insecure", "bind", "0.0.0.0:50052"),
        ("--metrics-port 9095", "metrics_port", 9095),
        ("--probe wool", "probe", "wool"),
        ("--end-with-stdin", "end_with_stdin", True),
        ("--log-level DEBUG", "log_level", "debug"),
        ("--log-format json", "log_format", "json"),
    ],
)
def test_each_flag_says_something(argv: str, field: str, value: object) -> None:
    """What is said by a flag is what the configuration holds."""
    assert getattr(config_of(*argv.split()), field) == value


def test_each_flag_has_a_variable() -> None:
    """The flag wins; lists are separated by commas; yes and no have several words."""
    environ = {
        "WOOL_DISCOVERY_SOURCES": "docker, dns:w:7",
        "WOOL_DISCOVERY_LABELS": "a=b,c=d",
        "WOOL_DISCOVERY_END_WITH_STDIN": "on",
        "WOOL_DISCOVERY_PORT": "7",
        "WOOL_DISCOVERY_NETWORK": "",
        "WOOL_PROBE": "wool",
    }
    config = config_of("--port", "8", **environ)

    assert config.sources == (SourceChoice("docker"), SourceChoice("dns", "w", 7))
    assert config.labels == {"a": "b", "c": "d"}
    assert (config.end_with_stdin, config.port, config.network) == (True, 8, "")
    assert config.probe == "wool"
    named = [variable for _, variable, _, _ in FLAGS.rows if variable != "WOOL_PROBE"]
    assert all(variable.startswith("WOOL_DISCOVERY_") for variable in named)
    assert len(named) == len(set(named))


def test_logs_look_as_those_of_all_programs_unless_told_otherwise() -> None:
    """The variables that workers have stand in where the service's own say nothing."""
    shared = {"WOOL_LOG_LEVEL": "debug", "WOOL_LOG_FORMAT": "json"}
    config = config_of(**shared, WOOL_DISCOVERY_LOG_LEVEL="")

    assert (config.log_level, config.log_format) == ("debug", "json")
    assert config_of(**shared, WOOL_DISCOVERY_LOG_LEVEL="error").log_level == "error"
    assert config_of("--log-level", "error", **shared).log_level == "error"
    with pytest.raises(ValueError, match=r"^WOOL_LOG_LEVEL: must be one of"):
        config_of(WOOL_LOG_LEVEL="loud")


def test_a_network_is_served_with_certificates() -> None:
    """Clients must show theirs, unless that is what is wanted."""
    config = config_of("--host", "0.0.0.0", *TLS, "--identity", "worker")
    assert config.credentials is not None
    assert config.credentials.current().mutual
    config = config_of("--host", "0.0.0.0", *TLS, "--no-mutual", "--insecure")
    assert config.credentials is not None
    assert not config.credentials.current().mutual


DANGER = "anyone who reaches 0.0.0.0 could tell clients of workers that are none"


@pytest.mark.parametrize(
    ("argv", "line"),
    [
        ("--port x", "--port: must be a whole number from 0 to 65535, not 'x'"),
        ("--prot", "unrecognized arguments: --prot"),
        ("--source", "--source: expected one argument"),
        (
            "--source docker,moon",
            "--source: must be docker, lan, lan:NAMESPACE or dns:NAME[:PORT], not 'moon'",
        ),
        (
            "--source lan:",
            "--source: must be docker, lan, lan:NAMESPACE or dns:NAME[:PORT], not 'lan:'",
        ),
        (
            "--source dns:w:0",
            "--source: must name a host, and a port from 1 to 65535 if any, not 'w:0'",
        ),
        ("--source lan --engine tcp://x", "--engine: has no meaning beside --source"),
        ("--label a", "--label: must look like KEY=VALUE, not 'a'"),
        (
            "--engine docker.sock",
            "--engine: must look like unix:///path, tcp://host:port or ssh://host, not 'docker.sock'",
        ),
        ("--socket file", "--socket: {}/file exists and is no socket"),
        ("--socket taken", "--socket: somebody listens on {}/taken already"),
        ("--socket no/where", "--socket: there is no directory {}/no"),
        ("--socket s --port 1", "--port: has no meaning beside --socket"),
        ("--cert cert.pem", "--cert: needs --key, --ca too"),
        (
            "--cert none --key key.pem --ca ca.pem",
            "--cert: cannot read none: No such file or directory",
        ),
        ("--identity x", "--identity: needs --cert, --key and --ca"),
        ("--probe a/b", "--probe: must have 1 to 64 letters, digits, dots, dashes, not 'a/b'"),
        (
            "--metrics-port 65536",
            "--metrics-port: must be a whole number from 0 to 65535, not '65536'",
        ),
        (
            "--log-level loud",
            "--log-level: must be one of debug, info, warning, error, critical, not 'loud'",
        ),
        (
            "--host 0.0.0.0",
            f"--host: {DANGER}: give --cert, --key and --ca, or --insecure if that is what you want",
        ),
    ],
)
def test_what_is_wrong_is_one_line(argv: str, line: str, folder: Path) -> None:
    """It names the flag, and what to do."""
    with pytest.raises(ValueError, match=r"^--|^unrec") as caught:
        config_of(*argv.split())

    assert str(caught.value) == line.format(folder)


def test_a_wrong_variable_is_named() -> None:
    """Who set a variable is told of the variable."""
    with pytest.raises(ValueError, match=r"^WOOL_DISCOVERY_HOST: anyone who reaches"):
        config_of(WOOL_DISCOVERY_HOST="0.0.0.0")
    with pytest.raises(ValueError, match=r"^WOOL_DISCOVERY_END_WITH_STDIN: must be yes or no"):
        config_of(WOOL_DISCOVERY_END_WITH_STDIN="perhaps")
    with pytest.raises(ValueError, match=r"^--no-mutual: anyone who reaches"):
        config_of("--host", "0.0.0.0", *TLS, "--no-mutual")
