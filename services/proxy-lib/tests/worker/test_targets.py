"""Which addresses can be dialled."""

from __future__ import annotations

import pytest

from wool.runtime.worker.targets import checked_target


@pytest.mark.parametrize(
    "target",
    [
        "localhost:50051",
        "10.0.0.1:1",
        "worker.example:65535",
        "[::1]:50051",
        "dns:///worker.example:50051",
        "dns://8.8.8.8/worker.example:50051",
        "dns:worker.example:50051",
        "ipv4:10.0.0.1:50051",
        "ipv6:[2001:db8::1]:50051",
        "unix:/run/wool/w",
        "unix:///run/wool/w",
        "unix:w",
        "unix-abstract:wool",
    ],
)
def test_what_can_be_dialled_is_returned(target: str) -> None:
    """All the forms that gRPC has for one worker."""
    assert checked_target("target", target) == target


@pytest.mark.parametrize(
    ("target", "problem"),
    [
        ("", "empty or has blanks"),
        ("host: 50051", "empty or has blanks"),
        ("localhost", "no port"),
        ("localhost:", "'' is no port"),
        ("localhost:http", "'http' is no port"),
        ("localhost:0", "'0' is no port"),
        ("localhost:65536", "'65536' is no port"),
        ("localhost:-1", "'-1' is no port"),
        ("localhost:\u0661", "is no port"),
        (":50051", "no host"),
        ("::1:50051", "brackets"),
        ("http://localhost:50051", "'http' is no kind of address"),
        ("localhost:50051/path", "a path or a URL"),
        ("/run/wool/w", "a path or a URL"),
        ("unix:", "names no socket"),
        ("dns:///localhost", "no port"),
    ],
)
def test_what_cannot_is_named(target: str, problem: str) -> None:
    """ValueError says what is wrong, and shows the forms."""
    with pytest.raises(ValueError, match=problem) as caught:
        checked_target("target", target)

    assert "give 'host:port'" in str(caught.value)


@pytest.mark.parametrize("target", [None, 50051, b"localhost:1", ("localhost", 1)])
def test_what_is_no_text_is_named(target: object) -> None:
    """TypeError shows what was given."""
    with pytest.raises(TypeError, match="target is the address of a worker"):
        checked_target("target", target)
