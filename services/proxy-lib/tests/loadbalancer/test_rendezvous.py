"""How clients spread over workers when each knows only some of them."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections import Counter

from hypothesis import given, settings
from hypothesis import strategies as st

from wool.runtime.loadbalancer.rendezvous import closest, fingerprint, mix, score
from wool_common.metadata import WorkerId

WORKERS = [WorkerId(f"worker-{number}") for number in range(100)]


def test_scores_are_the_same_for_ever() -> None:
    """Scores are part of no protocol, but a fleet that is updated must not reshuffle."""
    assert fingerprint("client") == 0x6239ED1A63096E18
    assert score("client", WorkerId("worker")) == 0x64D8BA35C06EE09F
    assert mix(1) == 0x5692161D100B05E5


def test_other_processes_agree() -> None:
    """Ranks do not depend on the process that asks."""
    code = (
        "from wool.runtime.loadbalancer.rendezvous import score\n"
        "print([score('client', f'worker-{n}') for n in range(5)])"
    )

    told = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONHASHSEED": "5", "PYTHONPATH": ":".join(sys.path)},
        capture_output=True,
        text=True,
        check=True,
    ).stdout

    assert told.strip() == str([score("client", worker) for worker in WORKERS[:5]])


@settings(deadline=None)
@given(client=st.text(), gone=st.sampled_from(WORKERS), count=st.integers(1, 30))
def test_one_that_leaves_changes_one_place(client: str, gone: WorkerId, count: int) -> None:
    """Without one worker the others of a subset stay, and the next in rank joins them."""
    before = closest(client, WORKERS, count)
    after = closest(client, [worker for worker in WORKERS if worker != gone], count)

    assert len(before) == count
    assert [worker for worker in before if worker != gone] == after[: count - (gone in before)]


@settings(deadline=None)
@given(client=st.text(), count=st.integers(1, 120))
def test_order_of_the_workers_does_not_matter(client: str, count: int) -> None:
    """The subset depends on who is there alone, and has everybody where there are few."""
    chosen = closest(client, WORKERS, count)

    assert chosen == closest(client, reversed(WORKERS), count)
    assert len(chosen) == min(count, len(WORKERS))


def test_clients_spread_evenly() -> None:
    """Connections per worker are as a fair draw would have them: binomial."""
    clients, count = 1000, 20
    met = Counter(
        worker for number in range(clients) for worker in closest(f"c{number}", WORKERS, count)
    )
    share = count / len(WORKERS)

    assert sum(met.values()) == clients * count
    variance = statistics.pvariance([met[worker] for worker in WORKERS])
    assert 0.6 < variance / (clients * share * (1 - share)) < 1.5
