"""`wool top` and Prometheus, side by side, over the same workers."""

from __future__ import annotations

import asyncio
import json
import time
import urllib.parse
import urllib.request
from collections.abc import Callable
from statistics import median
from typing import Final

import pytest
from lab.prometheus import free_port
from readings import Reading, readings
from steady_load import SteadyLoad
from terminal_workers import WOOL, Durable, durable
from tmux import needed, terminal

from wool.runtime.worker.proxy import WorkerProxy

pytestmark = [pytest.mark.docker, pytest.mark.slow]

WINDOW: Final = 10
"""How many seconds both look back."""
LOOKS: Final = 9
CHORES: Final = (50.0, 25.0, 10.0)
HELD: Final = 20
REFUSED: Final = 5.0
LIMIT: Final = 20.0

CONFIG: Final = """\
global: {{scrape_interval: 500ms}}
scrape_configs:
  - job_name: wool
    static_configs: [{{targets: {targets}}}]
"""

# What docs/metrics.md says these are, for one worker or for all that have been scraped.
RATE: Final = "sum(rate(wool_task_seconds_count{{{one}}}[{window}s]))"
LATENCY: Final = (
    "histogram_quantile({share}, sum by (le) (rate(wool_task_seconds_bucket{{{one}}}[{window}s])))"
)
QUERIES: Final = {
    "rate": RATE,
    "active": 'sum(avg_over_time(wool_tasks_active{{side="worker",{one}}}[{window}s]))',
    "p50": LATENCY.replace("{share}", "0.5"),
    "p95": LATENCY.replace("{share}", "0.95"),
    "p99": LATENCY.replace("{share}", "0.99"),
    "failed": RATE.replace("{one}", '{one},outcome=~"raised|lost"'),
    "refused": "sum(rate(wool_refusals_total{{{one}}}[{window}s]))",
}


async def test_both_tell_the_same(prometheus: Callable[[str], str]) -> None:
    """Every number on screen, of each worker and of all, is within a tenth of Prometheus'."""
    needed()
    ports = [free_port() for _ in CHORES]
    hook = ("--backpressure", "steady_load:choosy")
    async with (
        durable(*hook, "--metrics-port", str(ports[0])) as one,
        durable(*hook, "--metrics-port", str(ports[1])) as two,
        durable(*hook, "--metrics-port", str(ports[2])) as three,
        WorkerProxy(workers=[one.address, two.address, three.address]) as proxy,
        terminal(140, 20) as pane,
    ):
        workers = (one, two, three)
        targets = [f"127.0.0.1:{port}" for port in ports]
        url = await asyncio.to_thread(prometheus, CONFIG.format(targets=targets))
        chores = {worker.uid: rate for worker, rate in zip(workers, CHORES, strict=True)}
        async with SteadyLoad(proxy).sent(chores, held=HELD, refused=REFUSED):
            addresses = ",".join(worker.address for worker in workers)
            await pane.run(*WOOL, "top", "--static", addresses, "--window", str(WINDOW))
            await pane.shows(r"3 workers: 3 ready")
            await asyncio.sleep(2 * WINDOW)  # until both have a window full of this load alone
            shown: list[dict[str, Reading]] = []
            asked: list[dict[str, Reading]] = []
            for _ in range(LOOKS):
                await asyncio.sleep(1.0)  # as often as workers are asked
                at, screen = time.time(), await pane.screen()
                shown.append(readings(screen))
                asked.append(await told(url, at, workers, targets))

    # The load goes on evenly, so that what lies between the two looks evens out.
    assert middle(shown) == {
        name: {what: pytest.approx(value, rel=0.1) for what, value in reading.items()}
        for name, reading in middle(asked).items()
    }


async def told(
    url: str, at: float, workers: tuple[Durable, ...], targets: list[str]
) -> dict[str, Reading]:
    """Return what Prometheus tells of each worker's address, and of `all`."""
    labels = {"all": 'job="wool"'}
    for worker, target in zip(workers, targets, strict=True):
        labels[worker.address] = f'instance="{target}"'
    return await asyncio.to_thread(
        lambda: {
            name: {
                what: ask(url, at, query.format(one=label, window=WINDOW))
                for what, query in QUERIES.items()
            }
            for name, label in labels.items()
        }
    )


def ask(url: str, at: float, query: str) -> float:
    """Return the one number that *query* evaluates to at that moment."""
    words = urllib.parse.urlencode({"query": query, "time": f"{at:.3f}"})
    with urllib.request.urlopen(f"{url}/api/v1/query?{words}", timeout=LIMIT) as answer:
        document = json.load(answer)
    [sample] = document["data"]["result"]
    return float(sample["value"][1])


def middle(looks: list[dict[str, Reading]]) -> dict[str, Reading]:
    """Return the median of each number."""
    return {
        name: {what: median(look[name][what] for look in looks) for what in reading}
        for name, reading in looks[-1].items()
    }
