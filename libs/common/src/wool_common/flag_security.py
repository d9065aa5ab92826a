"""Read the flags by which a program is told whom to trust."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from wool_common.credentials import CredentialsLike
from wool_common.flag_values import file, text, yes_or_no
from wool_common.flags import Answers
from wool_common.providers import WorkerCredentialsProvider

FLAGS: Final[Mapping[str, str]] = {
    "ca_path": "--ca",
    "key_path": "--key",
    "cert_path": "--cert",
    "identity": "--identity",
}
"""By which flag each argument of `WorkerCredentialsProvider.from_files` is given."""


def credentials_of(answers: Answers) -> CredentialsLike | None:
    """
    Return what --cert, --key, --ca, --mutual and --identity say together.

    Raises:
        ValueError: they do not go together, or the files hold nothing useful.
    """
    flags = ("--cert", "--key", "--ca")
    files = [answers.one(flag, file, None) for flag in flags]
    given = [flag for flag, found in zip(flags, files, strict=True) if found is not None]
    mutual = answers.one("--mutual", yes_or_no, None)
    identity = answers.one("--identity", text, None)
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
        answers.refuse_beside(given[0], ("--insecure",))
    try:
        return WorkerCredentialsProvider.from_files(ca, key, cert, mutual is not False, identity)
    except (OSError, ValueError) as exc:
        raise ValueError(by_flag(exc, answers.name)) from exc


def by_flag(error: Exception, name: Callable[[str], str | None]) -> str:
    """Return what *error* says of credentials, by the *name* of the flag that is to blame."""
    text = str(error)
    for argument, flag in FLAGS.items():
        if text.startswith((f"{argument}: ", f"{argument} ")):
            return f"{name(flag) or flag}: {text.removeprefix(argument).lstrip(': ')}"
    return text


def refuse_strangers(answers: Answers, danger: str, credentials: CredentialsLike | None) -> None:
    """
    Refuse to answer clients on a network that show nothing; *danger* is what they could do.

    Raises:
        ValueError: they need show nothing.
    """
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
