"""The second loop of a worker, in a thread of its own, on which routines run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Final

from wool_common import logs
from wool_common.loops import Handover
from wool_worker.runs import Run

Errand = Callable[[], None]

REST_SECONDS: Final = 0.2
"""What tasks that routines have left running get to clean up when the worker ends."""


class Executor:
    """
    Runs routines on a loop of its own.

    A routine that blocks its loop therefore never delays what the worker answers:
    refusals, cancellations, health, stop.
    """

    def __init__(self, new_loop: Callable[[], asyncio.AbstractEventLoop]) -> None:
        self.loop = new_loop()
        self._runs: set[Run] = set()
        self._mail: Handover[Errand] = Handover(self.loop, lambda errand: errand())
        self._thread = threading.Thread(target=self._serve, name="wool-routines", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    @property
    def here(self) -> bool:
        """True on the routines' loop."""
        return threading.get_ident() == self._thread.ident

    def do(self, errand: Errand) -> None:
        """Run *errand* on the routines' loop, in order; at once where this is that loop."""
        if self.here:
            errand()
        else:
            self._mail.put(errand)

    def begin(self, run: Run) -> None:
        """Start *run*; on the routines' loop."""
        self._runs.add(run)
        run.begin(self.loop, self._runs.discard)

    def cancel_all(self, reason: str) -> None:
        """Cancel every task because the worker, not its caller, wants it."""

        def errand() -> None:
            for run in tuple(self._runs):
                run.cancel(reason)

        self.do(errand)

    def stop(self, timeout: float) -> bool:
        """
        End the loop, waiting at most *timeout* seconds for its thread.

        Return False where a routine has outlived its cancellation, or blocks the loop.
        """
        self._mail.put(self.loop.stop)
        self._thread.join(timeout)
        return not self._runs

    def _serve(self) -> None:
        asyncio.set_event_loop(self.loop)
        try:
            while self._is_broken_out_of():
                pass
            self.loop.run_until_complete(self._end_rest())
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
        finally:
            self.loop.close()

    def _is_broken_out_of(self) -> bool:
        """Run the loop; return False once it was stopped, True where a routine broke out of it."""
        try:
            self.loop.run_forever()
        except (SystemExit, KeyboardInterrupt) as exc:
            # asyncio lets these through from any task; the routines beside it go on.
            logs.get().warning("exit_ignored", error=repr(exc))
            return True
        return False

    async def _end_rest(self) -> None:
        """Cancel what routines have left running on their loop."""
        left = asyncio.all_tasks() - {asyncio.current_task()}
        for task in left:
            task.cancel()
        if left:
            await asyncio.wait(left, timeout=REST_SECONDS)
