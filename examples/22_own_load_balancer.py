"""A load balancer of one's own, told of every success and failure."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator

import wool


@wool.routine
async def my_routine() -> str:
    return "done"


class FewestGiven:
    """Offers the worker first that was given the fewest tasks."""

    def __init__(self) -> None:
        self.given: Counter[str] = Counter()

    async def delegate(
        self, *, context: wool.LoadBalancerContextView
    ) -> AsyncGenerator[tuple[wool.WorkerMetadata, object], wool.WorkerMetadata | None]:
        for worker in sorted(context.workers, key=lambda worker: self.given[worker.uid]):
            self.given[worker.uid] += 1
            try:
                accepted = yield worker, context.workers[worker]
            except wool.RpcError:  # this one failed; it is out of `context` if for good
                self.given[worker.uid] -= 1
                continue
            if accepted is not None:  # the task runs there: say no more
                return


async def main():
    my_balancer = FewestGiven()

    async with wool.WorkerPool(size=4, loadbalancer=my_balancer):
        result = await my_routine()
        print(result)
        await asyncio.gather(*(my_routine() for _ in range(39)))

    print(sorted(my_balancer.given.values()))


asyncio.run(main())
