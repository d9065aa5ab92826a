"""Take the same worker for the same key."""

from __future__ import annotations

import functools
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from wool.runtime.loadbalancer.picker import C, Candidate, Picker
from wool.runtime.loadbalancer.ring import Ring
from wool.runtime.loadbalancer.snapshots import Snapshots
from wool_common.errors import WoolError

if TYPE_CHECKING:
    from wool.runtime.loadbalancer.placed import PlacedTask

Key = str | bytes | int


class StickyLoadBalancer(Picker):
    """
    Takes the same worker for the same key while it is there.

    *key* is called with each task before it is placed. A worker that comes or goes moves
    its own share of the keys and no others; every client that knows the same workers
    agrees, in whatever process it runs.

    Raises:
        TypeError: *key* cannot be called.
    """

    needs_task: ClassVar[bool] = True

    def __init__(self, *, key: Callable[[PlacedTask], Key]) -> None:
        if not callable(key):
            raise TypeError(f"key must be a callable that takes the task, not {key!r}")
        self._key = key
        self._lock = threading.Lock()
        self._rings: Snapshots[Ring] = Snapshots()

    def pick(self, members: Sequence[C], task: PlacedTask | None) -> C:
        """
        Return the one of *members* that has the key of *task*.

        Raises:
            WoolError: the function for the key failed; its exception is the cause.
            TypeError: it returned what cannot be a key.
        """
        if task is None:
            raise TypeError("StickyLoadBalancer needs the task to find its key")
        key = self._key_of(task)
        return members[self._ring(members).place(key)]

    def _key_of(self, task: PlacedTask) -> bytes:
        try:
            key: object = self._key(task)
        except Exception as exc:
            raise WoolError(
                f"the key of StickyLoadBalancer failed for {task.tag}: {type(exc).__name__}: {exc}"
            ) from exc
        match key:
            case str():
                return b"s" + key.encode(errors="surrogatepass")
            case bytes():
                return b"b" + key
            case int():
                return b"i%d" % key
            case _:
                raise TypeError(
                    "the key of StickyLoadBalancer must return str, bytes or int, not "
                    f"{type(key).__name__}, for {task.tag}"
                )

    def _ring(self, members: Sequence[Candidate]) -> Ring:
        with self._lock:
            ring = self._rings.get(members)
            if ring is None:
                ring = Ring(member.metadata.uid for member in members)
                if isinstance(members, tuple):  # other sequences may change
                    self._rings.put(members, ring)
            return ring

    def __reduce__(self) -> tuple[object, ...]:
        return functools.partial(type(self), key=self._key), ()
