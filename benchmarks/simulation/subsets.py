"""Which workers each of very many clients connects to."""

from collections import Counter
from collections.abc import Sequence
from functools import cache

from wool.runtime.loadbalancer.rendezvous import closest, fingerprint

try:
    import numpy as np
except ImportError:  # the same numbers, later
    np = None

BATCH = 64


@cache
def subsets(clients: int, workers: int, count: int) -> tuple[tuple[int, ...], ...]:
    """Return, for each client, the *count* workers that rank highest for it, best first."""
    if np is None or clients == 1:
        return tuple(_one(client, workers, count) for client in range(clients))
    prints = np.array([fingerprint(worker_name(at)) for at in range(workers)], dtype=np.uint64)
    found: list[tuple[int, ...]] = []
    for start in range(0, clients, BATCH):
        batch = range(start, min(start + BATCH, clients))
        own = np.array([fingerprint(client_name(at)) for at in batch], dtype=np.uint64)
        scores = _mix(own[:, None] ^ prints[None, :])
        best = np.argpartition(scores, workers - count, axis=1)[:, workers - count :]
        order = np.argsort(np.take_along_axis(scores, best, axis=1), axis=1)[:, ::-1]
        found.extend(tuple(row) for row in np.take_along_axis(best, order, axis=1).tolist())
    return tuple(found)


def agrees_with_closest(clients: Sequence[int], workers: int, count: int) -> bool:
    """Tell whether the figures made in bulk are those the library makes one by one."""
    bulk = subsets(max(clients) + 1, workers, count)
    return all(bulk[at] == _one(at, workers, count) for at in clients)


def connections(chosen: Sequence[Sequence[int]], workers: int) -> list[int]:
    """Return how many clients each worker hears from."""
    counts = Counter(at for each in chosen for at in each)
    return [counts[at] for at in range(workers)]


def worker_name(at: int) -> str:
    return f"worker-{at}"


def client_name(at: int) -> str:
    return f"client-{at}"


def _one(client: int, workers: int, count: int) -> tuple[int, ...]:
    names = {worker_name(at): at for at in range(workers)}
    return tuple(names[name] for name in closest(client_name(client), names, count))


def _mix(bits):
    """Return what `rendezvous.mix` returns, for a whole array."""
    bits = (bits ^ (bits >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    bits = (bits ^ (bits >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return bits ^ (bits >> np.uint64(31))
