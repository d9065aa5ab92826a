"""Readings of how full the memory is."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from wool_common.memory import EVERY, ONLY_PEAK, MemoryGauge

MACHINE = {"proc/meminfo": "MemTotal: 1000 kB\nMemFree: 100 kB\nMemAvailable: 600 kB\n"}


def put(root: Path, contents: dict[str, str]) -> None:
    for name, content in contents.items():
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)


def group(folder: str, limit: str, used: int, inactive: int = 0) -> dict[str, str]:
    """Return the files of a control group of version 2."""
    return {
        f"sys/fs/cgroup/{folder}/memory.max": f"{limit}\n",
        f"sys/fs/cgroup/{folder}/memory.current": f"{used}\n",
        f"sys/fs/cgroup/{folder}/memory.stat": f"anon 1\ninactive_file {inactive}\n",
    }


def old_group(folder: str, limit: int, used: int, inactive: int = 0) -> dict[str, str]:
    """Return the files of a control group of version 1."""
    return {
        f"sys/fs/cgroup/{folder}/memory.limit_in_bytes": f"{limit}\n",
        f"sys/fs/cgroup/{folder}/memory.usage_in_bytes": f"{used}\n",
        f"sys/fs/cgroup/{folder}/memory.stat": f"cache 1\ntotal_inactive_file {inactive}\n",
    }


def own(path: str) -> dict[str, str]:
    return {"proc/self/cgroup": path}


@pytest.mark.parametrize(
    ("contents", "fullness"),
    [
        ({}, 0.4),
        (own("0::/\n") | group("", "max", 900), 0.4),
        (own("0::/\n") | group("", "1000", 700, 100), 0.6),
        (own("0::/a/b\n") | group("a/b", "1000", 700), 0.7),
        (own("0::/a/b\n") | group("a/b", "max", 1) | group("a", "1000", 800), 0.8),
        (own("0::/a/b\n") | group("a/b", "1000", 500) | group("a", "1000", 100), 0.5),
        (own("0::/host/path\n") | group("", "1000", 900), 0.9),
        (own("0::/../../outside\n") | group("", "1000", 900), 0.9),
        (own("5:cpu:/x\n4:memory:/d\n") | old_group("memory/d", 1000, 700, 200), 0.5),
        (own("4:memory:/d\n") | old_group("memory", 1000, 700), 0.7),
        (own("4:memory:/\n") | old_group("memory", 9223372036854771712, 700), 0.4),
        (own("4:cpu,memory:/\n") | old_group("cpu,memory", 1000, 600), 0.6),
        (own("0::/\n") | group("", "1000", 100, 900), 0.4),
        (own("0::/\n") | group("", "nonsense", 100), 0.4),
        (own("0::/\n") | group("", "0", 100), 0.4),
    ],
)
def test_the_fullest_limit_counts(
    contents: dict[str, str], fullness: float, tmp_path: Path
) -> None:
    """Of machine and control groups of either version, the one nearest to its limit."""
    put(tmp_path, MACHINE | contents)

    assert MemoryGauge(tmp_path).fullness() == pytest.approx(fullness)


def test_readings_are_kept_for_a_while(tmp_path: Path) -> None:
    """A thousand questions in a moment read the files once."""
    now = [100.0]
    put(tmp_path, MACHINE)
    gauge = MemoryGauge(tmp_path, lambda: now[0])
    assert gauge.fullness() == pytest.approx(0.4)

    put(tmp_path, {"proc/meminfo": "MemTotal: 1000 kB\nMemAvailable: 100 kB\n"})
    before = gauge.fullness()
    now[0] += 2 * EVERY

    assert (before, gauge.fullness()) == (pytest.approx(0.4), pytest.approx(0.9))


def test_a_limit_may_change_meanwhile(tmp_path: Path) -> None:
    """A container can be given more memory while it runs; a group may even vanish."""
    now = [0.0]
    put(tmp_path, MACHINE | own("0::/\n") | group("", "1000", 900))
    gauge = MemoryGauge(tmp_path, lambda: now[0])
    seen = [gauge.fullness()]

    put(tmp_path, group("", "2000", 900))
    now[0] += 1
    seen.append(gauge.fullness())
    (tmp_path / "sys/fs/cgroup/memory.max").unlink()
    now[0] += 1
    seen.append(gauge.fullness())

    assert seen == [pytest.approx(0.9), pytest.approx(0.45), pytest.approx(0.4)]


def test_without_proc_there_is_the_peak_of_the_process(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Where the system tells nothing else, that is said, and goes by what is known."""
    with caplog.at_level(logging.WARNING, logger="wool"):
        fullness = MemoryGauge(tmp_path).fullness()

    assert 0.0 < fullness < 1.0
    assert [record.msg for record in caplog.records] == [ONLY_PEAK]


def test_this_machine_can_be_read() -> None:
    """The real files give a share."""
    assert 0.0 < MemoryGauge().fullness() <= 1.0
