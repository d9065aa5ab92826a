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
    "tornado==6.5.8",
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

    @property
    def needs_environment(self) -> bool:
        """Say whether it runs outside the interpreter of this repository."""
        return bool(self.packages)


SYSTEMS: Final[tuple[System, ...]] = (
    System(key=RAW, title="raw gRPC", module="raw_grpc"),
    System(key=WOOL, title="Wool", module="wool_current"),
    System(key=WOOL_0_15, title="wool 0.15.7", module="wool_0_15", packages=("wool==0.15.7", *GRPC)),
    System(key=RAY, title="Ray actors", module="ray_adapter", packages=RAY_PACKAGES),
    System(
        key="ray_tasks",
        title="Ray tasks",
        module="ray_adapter",
        packages=RAY_PACKAGES,
        arguments=("--tasks",),
    ),
    System(key="dask", title="Dask", module="dask_adapter", packages=DASK_PACKAGES),
)
