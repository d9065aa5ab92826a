"""The systems compared, each with its packages and their versions."""

from dataclasses import dataclass
from typing import Final

from benchmarks.metrics import RAW, RAY, WOOL, WOOL_0_15

NUMPY: Final = "numpy==2.4.6"
GRPC: Final = ("grpcio==1.85.1", "protobuf==6.33.6", "cloudpickle==3.1.2", NUMPY)
RAY_PACKAGES: Final = ("ray==2.60.0", NUMPY)
DASK_PACKAGES: Final = (
    "dask==2026.8.0",
    "distributed==2026.8.0",
    "tornado==6.6.1",
    "cloudpickle==3.1.2",
    NUMPY,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class System:
    """One column of the comparison."""

    key: str
    title: str
    module: str
    packages: tuple[str, ...] = ()
    arguments: tuple[str, ...] = ()
    setting: str

    @property
    def needs_environment(self) -> bool:
        """Say whether it runs outside the interpreter of this repository."""
        return bool(self.packages)


SYSTEMS: Final[tuple[System, ...]] = (
    System(
        key=RAW,
        title="raw gRPC",
        module="raw_grpc",
        setting="`grpc.aio` with bytes and no pickling, one server process on a Unix socket, "
        "streams that stay open; values in chunks of 256 KiB, whole before they are sent back",
    ),
    System(
        key=WOOL,
        title="Wool",
        module="wool_current",
        setting="`WorkerPool(size=2)`, default settings; `prefetch=64` where it runs ahead",
    ),
    System(
        key=WOOL_0_15,
        title="wool 0.15.7",
        module="wool_0_15",
        packages=("wool==0.15.7", *GRPC),
        setting="`WorkerPool(spawn=2)`, the same routines; `max_concurrent_streams` raised to "
        "10,000, for with the default of 100 `fib(14)` waits for ever",
    ),
    System(
        key=RAY,
        title="Ray actors",
        module="ray_adapter",
        packages=RAY_PACKAGES,
        setting="two async actors of one CPU each, called in turn with `await`, "
        "`max_concurrency=10000`; no dashboard",
    ),
    System(
        key="ray_tasks",
        title="Ray tasks",
        module="ray_adapter",
        packages=RAY_PACKAGES,
        arguments=("--tasks",),
        setting="stateless tasks, `num_cpus=2`; the lock-step generator is a streaming one with "
        "`_generator_backpressure_num_objects=1`",
    ),
    System(
        key="dask",
        title="Dask",
        module="dask_adapter",
        packages=DASK_PACKAGES,
        setting="`LocalCluster(n_workers=2, threads_per_worker=1)`, asynchronous client, "
        "`pure=False`; values by direct `scatter` and `gather`, nesting by `worker_client`",
    ),
)

TITLES: Final = {system.key: system.title for system in SYSTEMS}
