"""Turn flags, with their environment variables, into a worker's configuration."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar
from uuid import uuid4

from wool_common.credentials import CredentialsLike
from wool_common.metadata import WorkerId
from wool_common.probe_server import checked_probe
from wool_common.providers import WorkerCredentialsProvider
from wool_common.startup import GRACE, LOG_FORMATS, LOG_LEVELS, LOOPS, is_loopback
from wool_worker.config import Announcement, WorkerConfig
from wool_worker.flags import DEFAULT_HOST, DEFAULT_PORT, GROUPS, REPEATABLE, parser
from wool_worker.hosts import is_wildcard
from wool_worker.sockets import refuse_unusable

T = TypeVar("T")

YES: Final = frozenset({"1", "true", "yes", "on"})
NO: Final = frozenset({"0", "false", "no", "off"})

SIZE: Final = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmg])(i?)b?|b?)", re.IGNORECASE)


def parse(argv: Sequence[str], environ: Mapping[str, str]) -> tuple[WorkerConfig, Answers]:
    """
    Return the configuration, and the answers that need modules to be imported.

    Raises:
        ValueError: a flag or variable is wrong; one line that names it.

    """
    answers = Answers(argv, environ)
    socket_path = answers.one("--socket", _socket_path, None)
    credentials = _credentials(answers)
    insecure = answers.one("--insecure", _yes_or_no, False)
    host = answers.one("--host", _text, DEFAULT_HOST)
    if socket_path is not None:
        _refuse_beside(answers, "--socket", ("--host", "--port", "--advertise"))
    elif not insecure and not is_loopback(host):
        _refuse_strangers(answers, host, credentials)
    config = WorkerConfig(
        uid=WorkerId(answers.one("--uid", _text, str(uuid4()))),
        host=None if socket_path is not None else host,
        port=answers.one("--port", _port, DEFAULT_PORT),
        socket_path=socket_path,
        tags=frozenset(answers.many("--tag", _text)),
        extra=MappingProxyType(dict(answers.many("--extra", _pair))),
        shutdown_grace_period=answers.one("--grace", _seconds, GRACE),
        credentials=credentials,
        insecure=insecure,
        max_value=answers.one("--max-value", _size, None),
        announce=tuple(answers.many("--announce", _announcement)),
        advertise=answers.one("--advertise", _host, None),
        probe=answers.one("--probe", checked_probe, ""),
        owner_timeout=answers.one("--owner-timeout", _seconds, None),
        metrics_host=answers.one("--metrics-host", _text, DEFAULT_HOST),
        metrics_port=answers.one("--metrics-port", _port, 0),
        log_level=answers.one("--log-level", _one_of(LOG_LEVELS), "info"),
        log_format=answers.one("--log-format", _one_of(LOG_FORMATS), "auto"),
        loop=answers.one("--loop", _loop, "auto"),
    )
    if config.advertise is None and (socket_path is not None or is_loopback(host)):
        _refuse_to_announce_afar(config, answers)
    return config, answers


class Answers:
    """What was said for each flag, and by which name."""

    def __init__(self, argv: Sequence[str], environ: Mapping[str, str]) -> None:
        spoken: dict[str, object] = vars(parser().parse_args(argv))
        self._said: dict[str, tuple[str, list[str]]] = {}
        for flag, variable, _, _ in (row for rows in GROUPS.values() for row in rows):
            by_flag = spoken[flag.removeprefix("--").replace("-", "_")]
            by_variable = environ.get(variable, "").strip()
            if isinstance(by_flag, list):
                self._said[flag] = (flag, [str(part) for part in by_flag])  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
            elif by_flag is not None:
                self._said[flag] = (flag, [str(by_flag)])
            elif by_variable:
                parts = by_variable.split(",") if flag in REPEATABLE else [by_variable]
                self._said[flag] = (variable, [part.strip() for part in parts])

    def name(self, flag: str) -> str | None:
        """Return the name *flag* was said by: its own, its variable's, None if not at all."""
        return self._said[flag][0] if flag in self._said else None

    def one(self, flag: str, convert: Callable[[str], T], default: T) -> T:
        """Return what was said for *flag*, converted; ValueErrors are told with the name."""
        said = self.many(flag, convert)
        return said[-1] if said else default

    def many(self, flag: str, convert: Callable[[str], T]) -> list[T]:
        """Return everything that was said for *flag*, converted as in `one`."""
        name, texts = self._said.get(flag, (flag, []))
        with blaming(name):
            return [convert(_utf8(text)) for text in texts]


@contextmanager
def blaming(name: str) -> Generator[None]:
    """Put *name* before the words of a ValueError."""
    try:
        yield
    except ValueError as exc:
        raise ValueError(f"{name}: {exc}") from exc


def _credentials(answers: Answers) -> CredentialsLike | None:
    flags = ("--cert", "--key", "--ca")
    files = [answers.one(flag, _file, None) for flag in flags]
    given = [flag for flag, file in zip(flags, files, strict=True) if file is not None]
    mutual = answers.one("--mutual", _yes_or_no, None)
    identity = answers.one("--identity", _text, None)
    if not given:
        for flag, value in (("--mutual", mutual), ("--identity", identity)):
            if value:
                raise ValueError(f"{answers.name(flag)}: needs --cert, --key and --ca")
        return None
    cert, key, ca = files
    if cert is None or key is None or ca is None:
        missing = ", ".join(flag for flag in flags if flag not in given)
        raise ValueError(f"{answers.name(given[0])}: needs {missing} too")
    if mutual is not False:
        _refuse_beside(answers, given[0], ("--insecure",))
    try:
        return WorkerCredentialsProvider.from_files(ca, key, cert, mutual is not False, identity)
    except OSError as exc:
        raise ValueError(str(exc)) from exc


def _refuse_strangers(answers: Answers, host: str, credentials: CredentialsLike | None) -> None:
    """Raise ValueError where a worker on *host* would answer clients that show nothing."""
    danger = f"anyone who reaches {host} could run code here"
    if credentials is None:
        raise ValueError(
            f"{answers.name('--host')}: {danger}: give --cert, --key and --ca, or --insecure if"
            " that is what you want"
        )
    if not credentials.current().mutual:
        name = answers.name("--mutual")
        raise ValueError(
            f"{'--no-mutual' if name == '--mutual' else name}: {danger}: leave it out, so that"
            " clients need a certificate, or give --insecure too if that is what you want"
        )


def _refuse_beside(answers: Answers, flag: str, others: Sequence[str]) -> None:
    for other in others:
        if (name := answers.name(other)) is not None:
            raise ValueError(f"{name}: has no meaning beside {answers.name(flag)}")


def _refuse_to_announce_afar(config: WorkerConfig, answers: Answers) -> None:
    if any(announcement.kind == "lan" for announcement in config.announce):
        raise ValueError(
            f"{answers.name('--announce')}: nobody on the network can reach"
            f" {config.socket_path or config.host}: give --host 0.0.0.0"
        )


def _utf8(text: str) -> str:
    if not text.isascii() and text.encode(errors="ignore").decode() != text:
        raise ValueError(f"must be text in UTF-8, not {text!r}")
    return text


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError("must not be empty")
    return text.strip()


def _port(text: str) -> int:
    if not text.isdecimal() or not 0 <= int(text) <= 65535:
        raise ValueError(f"must be a whole number from 0 to 65535, not {text!r}")
    return int(text)


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if math.isnan(seconds) or seconds < 0:
        raise ValueError(f"must be a number of seconds, 0 or more, or `inf`, not {text!r}")
    return seconds


def _size(text: str) -> int | None:
    found = SIZE.fullmatch(text.strip())
    size = 0
    if found:
        number, unit, binary = found.groups()
        base = 1024 if binary else 1000
        size = int(float(number) * base ** (" kmg".index(unit.lower()) if unit else 0))
    if size < 1:
        raise ValueError(f"must be a number of bytes such as 64MiB, not {text!r}")
    return size


def _announcement(text: str) -> Announcement:
    kind, colon, namespace = text.partition(":")
    if kind not in ("lan", "local") or bool(colon) != bool(namespace):
        raise ValueError(f"must be lan, lan:NAMESPACE or local:NAMESPACE, not {text!r}")
    if kind == "local" and not namespace:
        raise ValueError("local needs a namespace that pools know, such as local:render")
    return Announcement(kind, namespace or None)


def _host(text: str) -> str | None:
    host = _text(text)
    if is_wildcard(host):
        raise ValueError(f"{host} is nothing that others can dial")
    return host


def _pair(text: str) -> tuple[str, str]:
    key, equals, value = text.partition("=")
    if not equals or not key.strip():
        raise ValueError(f"must look like KEY=VALUE, not {text!r}")
    return key.strip(), value


def _file(text: str) -> Path | None:
    path = Path(_text(text)).expanduser()
    try:
        with path.open("rb"):
            return path
    except OSError as exc:
        raise ValueError(f"cannot read {text}: {exc.strerror}") from exc


def _socket_path(text: str) -> str | None:
    path = str(Path(_text(text)).expanduser().absolute())
    refuse_unusable(path)
    return path


def _yes_or_no(text: str) -> bool:
    word = text.lower()
    if word not in YES | NO:
        raise ValueError(f"must be yes or no, not {text!r}")
    return word in YES


def _loop(text: str) -> str:
    name = _one_of(LOOPS)(text)
    if name == "uvloop" and find_spec(name) is None:
        raise ValueError("uvloop needs an extra: pip install 'wool-worker[uvloop]'")
    return name


def _one_of(words: Collection[str]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text.lower() not in words:
            raise ValueError(f"must be one of {', '.join(words)}, not {text!r}")
        return text.lower()

    return convert
