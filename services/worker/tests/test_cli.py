"""Flags and variables of the worker program."""

from __future__ import annotations

import ipaddress
import math
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from wool_common.credentials import WorkerCredentials
from wool_worker.cli import parse
from wool_worker.config import Announcement, WorkerConfig
from wool_worker.flags import FLAGS, GROUPS

CA = trustme.CA()
LEAF = CA.issue_cert("worker.example")
AUTHORITY = CA.cert_pem.bytes()
KEY = LEAF.private_key_pem.bytes()
CERT = LEAF.cert_chain_pems[0].bytes()

ROWS = [row for rows in GROUPS.values() for row in rows]


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Work in a directory with certificates, a file, and a socket that is served."""
    monkeypatch.chdir(tmp_path)
    contents = {"cert.pem": CERT, "key.pem": KEY, "ca.pem": AUTHORITY, "file": b"x"}
    for name, content in contents.items():
        (tmp_path / name).write_bytes(content)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("taken")
        listener.listen()
        yield tmp_path


def config_of(*argv: str, **environ: str) -> WorkerConfig:
    return parse(argv, environ)[0]


TLS = ("--cert", "cert.pem", "--key", "key.pem", "--ca", "ca.pem")


def test_without_flags_the_worker_serves_this_machine() -> None:
    """The defaults are private: the loopback address and nothing preloaded."""
    config = config_of()

    assert config.bind == "127.0.0.1:50051"
    assert (config.credentials, config.insecure, config.shutdown_grace_period) == (
        None,
        False,
        60.0,
    )
    assert (config.log_level, config.log_format, config.loop) == ("info", "auto", "auto")
    assert config.uid != config_of().uid


@pytest.mark.parametrize(
    ("argv", "field", "value"),
    [
        ("--host localhost", "bind", "localhost:50051"),
        ("--host ::1 --port 7", "bind", "[::1]:7"),
        ("--host [::1]", "bind", "[::1]:50051"),
        ("--host 0.0.0.0 --insecure", "bind", "0.0.0.0:50051"),
        ("--port 0", "port", 0),
        ("--port 65535", "port", 65535),
        ("--tag gpu --tag big", "tags", frozenset({"gpu", "big"})),
        ("--tag a,b", "tags", frozenset({"a,b"})),
        ("--extra zone=x --extra note=a=b", "extra", {"zone": "x", "note": "a=b"}),
        ("--extra empty=", "extra", {"empty": ""}),
        ("--grace 0", "shutdown_grace_period", 0.0),
        ("--grace inf", "shutdown_grace_period", math.inf),
        ("--uid w-1", "uid", "w-1"),
        ("--loop asyncio", "loop", "asyncio"),
        ("--log-level DEBUG", "log_level", "debug"),
        ("--log-format json", "log_format", "json"),
        ("--insecure", "insecure", True),
        ("--max-value 4096", "max_value", 4096),
        ("--max-value 64MiB", "max_value", 64 * 1024 * 1024),
        ("--max-value 1.5GB", "max_value", 1_500_000_000),
        ("--max-value 2k", "max_value", 2000),
        ("--max-value 10b", "max_value", 10),
        ("--announce local:render", "announce", (Announcement("local", "render"),)),
        (
            "--announce lan --announce lan:x --host 0.0.0.0 --insecure",
            "announce",
            (Announcement("lan"), Announcement("lan", "x")),
        ),
        ("--announce lan --advertise gw.example", "announce", (Announcement("lan"),)),
        ("--advertise gw.example", "advertise", "gw.example"),
        ("--probe wool-1", "probe", "wool-1"),
        ("--metrics-port 9464", "metrics_port", 9464),
        ("--metrics-host 0.0.0.0", "metrics_host", "0.0.0.0"),
    ],
)
def test_flag_is_heard(argv: str, field: str, value: object) -> None:
    """Each flag ends where it belongs."""
    assert getattr(config_of(*argv.split()), field) == value


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("WOOL_HOST", "127.0.0.2", "host", "127.0.0.2"),
        ("WOOL_PORT", " 7 ", "port", 7),
        ("WOOL_TAGS", "gpu, big", "tags", frozenset({"gpu", "big"})),
        ("WOOL_EXTRA", "zone=x,rack=7", "extra", {"zone": "x", "rack": "7"}),
        ("WOOL_GRACE", "1.5", "shutdown_grace_period", 1.5),
        ("WOOL_UID", "w-1", "uid", "w-1"),
        ("WOOL_LOOP", "asyncio", "loop", "asyncio"),
        ("WOOL_LOG_LEVEL", "error", "log_level", "error"),
        ("WOOL_LOG_FORMAT", "console", "log_format", "console"),
        ("WOOL_INSECURE", "yes", "insecure", True),
        ("WOOL_INSECURE", "0", "insecure", False),
        ("WOOL_PORT", "", "port", 50051),
        ("WOOL_MAX_VALUE", "1KiB", "max_value", 1024),
        (
            "WOOL_ANNOUNCE",
            "local:a, local:b",
            "announce",
            (Announcement("local", "a"), Announcement("local", "b")),
        ),
        ("WOOL_ADVERTISE", "gw.example", "advertise", "gw.example"),
    ],
)
def test_variable_is_heard(variable: str, text: str, field: str, value: object) -> None:
    """Each variable ends where its flag does; an empty one says nothing."""
    assert getattr(config_of(**{variable: text}), field) == value


def test_flag_wins_over_its_variable() -> None:
    """What is typed beats what is set."""
    config = config_of("--port", "1", "--tag", "a", WOOL_PORT="2", WOOL_TAGS="b")

    assert (config.port, config.tags) == (1, frozenset({"a"}))


def test_socket_replaces_host_and_port(folder: Path) -> None:
    """The path is made absolute, for clients are told it."""
    config = config_of("--socket", "w.sock")

    assert config.host is None
    assert config.bind == config.address(5) == f"unix:{folder}/w.sock"


@pytest.mark.parametrize(
    ("argv", "address"),
    [
        ("", "127.0.0.1:5"),
        ("--host ::1", "[::1]:5"),
        ("--host 0.0.0.0 --insecure --advertise gw.example", "gw.example:5"),
        ("--host :: --insecure --advertise 2001:db8::7", "[2001:db8::7]:5"),
    ],
)
def test_others_are_told_what_to_dial(argv: str, address: str) -> None:
    """What is advertised goes before what is listened on."""
    assert config_of(*argv.split()).address(5) == address


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "[::]"])
def test_what_stands_for_all_addresses_is_told_to_nobody(host: str) -> None:
    """A worker that listens everywhere tells an address of this machine."""
    config = config_of("--host", host, "--insecure")

    own, _, port = config.address(5).rpartition(":")
    assert port == "5"
    assert not ipaddress.ip_address(own.strip("[]")).is_unspecified
    with socket.socket(socket.AF_INET6 if ":" in own else socket.AF_INET) as probe:
        probe.bind((own.strip("[]"), 0))


def test_dead_socket_may_be_taken_over(folder: Path) -> None:
    """What a killed worker left behind does not stop the next one."""
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind("dead")

    assert config_of("--socket", "dead").socket_path == f"{folder}/dead"


@pytest.mark.parametrize(("flags", "mutual"), [((), True), (("--no-mutual", "--insecure"), False)])
def test_certificates_open_the_network(flags: tuple[str, ...], mutual: bool) -> None:
    """With certificates any host will do; clients need one too unless told otherwise."""
    config = config_of("--host", "0.0.0.0", *TLS, *flags)

    assert config.credentials is not None
    assert config.credentials.current() == WorkerCredentials(AUTHORITY, KEY, CERT, mutual)
    assert "PRIVATE" not in repr(config)


WRONG = [
    ("--port 70000", "--port: must be a whole number from 0 to 65535, not '70000'"),
    ("--port -1", "--port: must be a whole number from 0 to 65535, not '-1'"),
    ("--port 5x", "--port: must be a whole number from 0 to 65535, not '5x'"),
    ("--port", "--port: expected one argument"),
    ("--prot 5", "unrecognized arguments: --prot 5"),
    ("serve", "unrecognized arguments: serve"),
    ("--host=", "--host: must not be empty"),
    (
        "--host 0.0.0.0",
        (
            "--host: anyone who reaches 0.0.0.0 could run code here: give --cert, --key and --ca,"
            " or --insecure if that is what you want"
        ),
    ),
    ("--socket file", "--socket: {folder}/file exists and is no socket"),
    ("--socket taken", "--socket: somebody listens on {folder}/taken already"),
    ("--socket no/w", "--socket: there is no directory {folder}/no"),
    ("--socket w --host ::1", "--host: has no meaning beside --socket"),
    ("--socket w --port 1", "--port: has no meaning beside --socket"),
    ("--tag=", "--tag: must not be empty"),
    ("--extra zone", "--extra: must look like KEY=VALUE, not 'zone'"),
    ("--extra =x", "--extra: must look like KEY=VALUE, not '=x'"),
    ("--grace -1", "--grace: must be a number of seconds, 0 or more, or `inf`, not '-1'"),
    ("--grace nan", "--grace: must be a number of seconds, 0 or more, or `inf`, not 'nan'"),
    ("--grace 1m", "--grace: must be a number of seconds, 0 or more, or `inf`, not '1m'"),
    ("--cert none.pem", "--cert: cannot read none.pem: No such file or directory"),
    ("--cert .", "--cert: cannot read .: Is a directory"),
    ("--cert cert.pem", "--cert: needs --key, --ca too"),
    ("--cert cert.pem --key key.pem", "--cert: needs --ca too"),
    (
        "--cert cert.pem --key file --ca ca.pem",
        "--key: file holds no private key in PEM form",
    ),
    ("--mutual", "--mutual: needs --cert, --key and --ca"),
    (" ".join((*TLS, "--insecure")), "--insecure: has no meaning beside --cert"),
    ("--identity worker", "--identity: needs --cert, --key and --ca"),
    (
        " ".join((*TLS, "--identity", "worker:7")),
        "--identity: must be a name as it stands in certificates, not 'worker:7'",
    ),
    (
        " ".join((*TLS, "--no-mutual", "--host", "0.0.0.0")),
        "--no-mutual: anyone who reaches 0.0.0.0 could run code here: leave it out, so that"
        " clients need a certificate, or give --insecure too if that is what you want",
    ),
    ("--loop trio", "--loop: must be one of auto, asyncio, uvloop, not 'trio'"),
    (
        "--log-level loud",
        "--log-level: must be one of debug, info, warning, error, critical, not 'loud'",
    ),
    ("--log-format xml", "--log-format: must be one of auto, json, console, not 'xml'"),
    ("--uid=", "--uid: must not be empty"),
    ("--tag \udcff", "--tag: must be text in UTF-8, not '\\udcff'"),
    *(
        (
            f"--max-value {size}",
            f"--max-value: must be a number of bytes such as 64MiB, not '{size}'",
        )
        for size in ("0", "-1", "much", "1TiB", "0.5B", "MiB")
    ),
    *(
        (
            f"--announce {where}",
            f"--announce: must be lan, lan:NAMESPACE or local:NAMESPACE, not '{where}'",
        )
        for where in ("wan", "lan:", "local:", "LAN", ":x")
    ),
    (
        "--announce local",
        "--announce: local needs a namespace that pools know, such as local:render",
    ),
    (
        "--announce lan",
        "--announce: nobody on the network can reach 127.0.0.1: give --host 0.0.0.0",
    ),
    (
        "--announce lan:x --socket w",
        "--announce: nobody on the network can reach {folder}/w: give --host 0.0.0.0 in place of"
        " --socket",
    ),
    ("--advertise 0.0.0.0", "--advertise: 0.0.0.0 is nothing that others can dial"),
    ("--advertise [::]", "--advertise: [::] is nothing that others can dial"),
    (
        "--advertise gw:7",
        "--advertise: it must be the name of a host without a port, not 'gw:7'",
    ),
    ("--advertise=", "--advertise: must not be empty"),
    ("--probe a/b", "--probe: must have 1 to 64 letters, digits, dots, dashes, not 'a/b'"),
    ("--socket w --advertise x", "--advertise: has no meaning beside --socket"),
]


@pytest.mark.parametrize(("argv", "line"), WRONG)
def test_wrong_flag_is_named_in_one_line(argv: str, line: str, folder: Path) -> None:
    """The line says which flag is wrong, and what would be right."""
    with pytest.raises(ValueError, match=r".") as caught:
        config_of(*argv.split())

    assert str(caught.value) == line.format(folder=folder)


@pytest.mark.parametrize(
    ("variable", "text", "line"),
    [
        ("WOOL_PORT", "x", "WOOL_PORT: must be a whole number from 0 to 65535, not 'x'"),
        ("WOOL_TAGS", "a,,b", "WOOL_TAGS: must not be empty"),
        ("WOOL_EXTRA", "a=b,c", "WOOL_EXTRA: must look like KEY=VALUE, not 'c'"),
        ("WOOL_MUTUAL", "maybe", "WOOL_MUTUAL: must be yes or no, not 'maybe'"),
        ("WOOL_INSECURE", "maybe", "WOOL_INSECURE: must be yes or no, not 'maybe'"),
        ("WOOL_CERT", "cert.pem", "WOOL_CERT: needs --key, --ca too"),
        (
            "WOOL_HOST",
            "10.0.0.1",
            (
                "WOOL_HOST: anyone who reaches 10.0.0.1 could run code here: give --cert, --key and"
                " --ca, or --insecure if that is what you want"
            ),
        ),
    ],
)
def test_wrong_variable_is_named_in_one_line(variable: str, text: str, line: str) -> None:
    """What was set is blamed by its own name, not by the flag's."""
    with pytest.raises(ValueError, match=r".") as caught:
        config_of(**{variable: text})

    assert str(caught.value) == line


def test_a_file_is_blamed_by_the_variable_that_names_it() -> None:
    """Not by the name that the argument has in Python."""
    with pytest.raises(ValueError, match=r"^WOOL_KEY: file holds no private key in PEM form$"):
        config_of(WOOL_CERT="cert.pem", WOOL_KEY="file", WOOL_CA="ca.pem")


def test_too_long_a_socket_path_is_refused(folder: Path) -> None:
    """The limit is the kernel's, so it is said before a server fails on it."""
    with pytest.raises(ValueError, match="--socket: a socket's path has at most 103 bytes"):
        config_of("--socket", "x" * 104)


def test_help_shows_every_flag_beside_its_variable() -> None:
    """A stranger finds all there is to set."""
    text = " ".join(FLAGS.parser().format_help().split())

    for flag, variable, metavar, meaning in ROWS:
        assert f"{flag} {metavar} " in text if metavar else flag in text
        assert f"{meaning} [{variable}]" in text
    assert "--link" not in text


def test_names_of_variables_follow_the_flags() -> None:
    """One name is guessed from the other; lists are in the plural."""
    plural = {"--tag": "WOOL_TAGS"}

    for flag, variable, _, _ in ROWS:
        guess = "WOOL_" + flag.removeprefix("--").replace("-", "_").upper()
        assert variable == plural.get(flag, guess)
