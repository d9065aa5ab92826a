"""The dashboard of those who work."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards import INSTANCE, JOB, ROUTINE_RUN, board
from dashboards.panels import Panel, columns, figure, lines
from dashboards.queries import (
    CHOSEN,
    IS_WORKER,
    ROUTINES,
    Query,
    quantile,
    quantiles,
    summed,
    total,
)

OWN: Final = f'{CHOSEN},side="worker"'
TASKS: Final = f"wool_task_seconds_count{{{ROUTINES}}}"
SERVED: Final = f'{CHOSEN},grpc_service=~"wool[.]worker[.].*"'


def workers() -> Dashboard:
    """Return it."""
    return board(
        "Workers",
        "How the worker processes do.",
        [JOB, INSTANCE, ROUTINE_RUN],
        {
            "Now": _now(),
            "Tasks": _tasks(),
            "Processes": _processes(),
            "Sessions and payloads": _sessions(),
            "gRPC": _grpc(),
        },
    )


def _now() -> list[Panel]:
    return [
        figure(
            "Workers",
            "Workers that answer Prometheus. Fewer than there should be: see their logs.",
            Query(f"count(wool_sessions{{{OWN}}})"),
        ),
        figure(
            "Active",
            "Tasks that workers have and that have not ended.",
            Query(summed(f"wool_tasks_active{{{OWN}}}")),
        ),
        figure(
            "Waiting to begin",
            "Tasks that were taken and have not begun. Above zero for long: the loops of routines "
            "are late, or there are too few workers.",
            Query(summed(f"wool_tasks_waiting{{{OWN}}}")),
            warn=1,
            alarm=100,
        ),
        figure(
            "Tasks per second",
            "Tasks that have ended.",
            Query(total(TASKS)),
            unit="ops",
        ),
        figure(
            "Latest loop",
            "How late the latest event loop of a worker is. High: a routine blocks; find it under "
            "“Lateness of loops”.",
            Query(f'max(wool_loop_lag_seconds{{{CHOSEN},loop!="home"}})'),
            unit="s",
            warn=0.1,
            alarm=0.5,
        ),
        figure(
            "Largest worker",
            "Memory of the worker that has most. Near its limit: it is about to be killed, and "
            "what runs there to be lost. Set --max-memory, or give it more.",
            Query(f"max(process_resident_memory_bytes{{{CHOSEN}}} and {IS_WORKER})"),
            unit="bytes",
        ),
    ]


def _tasks() -> list[Panel]:
    return [
        lines(
            "Active, by worker",
            "Tasks that each worker has. One far above the others: a long-running task, or the "
            "load balancer sends by key.",
            Query(f"wool_tasks_active{{{OWN}}}", "{{instance}}"),
            width=8,
        ),
        lines(
            "Waiting to begin, by worker",
            "Tasks that were taken and have not begun. High: the worker's loop is late, or it "
            "loads modules.",
            Query(f"wool_tasks_waiting{{{OWN}}}", "{{instance}}"),
            width=8,
        ),
        lines(
            "Refusals by reason",
            "“max-tasks”, “max-memory”, “max-loop-lag”: the worker is at its limits; add workers. "
            "“backpressure” is what an admission hook says. “draining”: the worker is being "
            "stopped. “too-large”: the arguments are.",
            Query(total(f"wool_refusals_total{{{CHOSEN}}}", "reason"), "{{reason}}"),
            unit="ops",
            width=8,
        ),
        lines(
            "Tasks by how they ended",
            "“raised” is the routine's own error. “cancelled”: callers gave up, or their sessions "
            "broke.",
            Query(total(TASKS, "outcome"), "{{outcome}}"),
            unit="ops",
            width=8,
        ),
        lines(
            "Time on the worker",
            "From a task's arrival to its end. Callers see more: the difference is the way, and "
            "waiting for a worker.",
            *quantiles(f"wool_task_seconds_bucket{{{ROUTINES}}}"),
            unit="s",
            width=8,
            log=True,
        ),
        lines(
            "Tasks by routine",
            "Tasks that have ended.",
            Query(total(TASKS, "routine"), "{{routine}}"),
            unit="ops",
            width=8,
            stacked=True,
        ),
    ]


def _processes() -> list[Panel]:
    return [
        lines(
            "Lateness of loops",
            "How late event loops were, at the worst of the last 15 seconds. “routines”: a routine "
            "computes or blocks without await; use asyncio.to_thread, or more workers. “main”: the "
            "processor is overloaded.",
            Query(
                f'max by (instance, loop) (wool_loop_lag_seconds{{{CHOSEN},loop!="home"}})',
                "{{instance}} {{loop}}",
            ),
            unit="s",
        ),
        lines(
            "Processor time",
            "Processors that each worker keeps busy. Near its limit: add workers.",
            Query(
                f"{_rate('process_cpu_seconds_total')} and {IS_WORKER}",
                "{{instance}}",
            ),
            unit="cores",
        ),
        lines(
            "Memory",
            "Grows without end: routines keep what they should not. Near the limit: set "
            "--max-memory, so that the worker refuses before it is killed.",
            Query(f"process_resident_memory_bytes{{{CHOSEN}}} and {IS_WORKER}", "{{instance}}"),
            unit="bytes",
            width=8,
        ),
        lines(
            "Open files",
            "Sessions and what routines have opened. Grows without end: a routine does not close.",
            Query(f"process_open_fds{{{CHOSEN}}} and {IS_WORKER}", "{{instance}}"),
            width=8,
        ),
        lines(
            "Age",
            "Falls to zero where a worker was started anew. Not by you: its log, or the engine's, "
            "says why it ended.",
            Query(
                f"time() - process_start_time_seconds{{{CHOSEN}}} and {IS_WORKER}", "{{instance}}"
            ),
            unit="s",
            width=8,
        ),
    ]


def _sessions() -> list[Panel]:
    payload = f"wool_payload_bytes_bucket{{{CHOSEN}}}"
    return [
        lines(
            "Sessions, by worker",
            "Clients that are connected: applications, and workers whose routines call. Falls to "
            "zero while clients run: the network, or certificates.",
            Query(f"wool_sessions{{{OWN}}}", "{{instance}}"),
        ),
        lines(
            "Workers, as pools see them",
            "Of the client that has most in that state. “incompatible” above zero: versions of "
            "Python or Wool, or certificates, differ. “evicted” for long: workers fail or cannot "
            "be reached. “known” are spares.",
            Query(f"max by (state) (wool_pool_workers{{{CHOSEN}}})", "{{state}}"),
        ),
        lines(
            "Sizes of values",
            "Pickled arguments and results, on workers. High: hand over a reference, such as a "
            "path, in place of the data.",
            *(
                Query(
                    quantile(share, payload, "direction", only=f"and {IS_WORKER}"),
                    f"{{{{direction}}}} {name}",
                )
                for name, share in (("p50", 0.5), ("p99", 0.99))
            ),
            unit="decbytes",
            log=True,
        ),
        lines(
            "Bytes of values",
            "What arguments and results add up to, on workers.",
            Query(
                summed(
                    f"{_rate('wool_payload_bytes_sum')} and {IS_WORKER}",
                    "direction",
                ),
                "{{direction}}",
            ),
            unit="Bps",
        ),
    ]


def _grpc() -> list[Panel]:
    return [
        lines(
            "Calls answered, by code",
            "The calls of a worker's service. A session is one call for as long as it is open; "
            "“Unavailable” and “Canceled” are sessions that broke off.",
            Query(
                f"{total(f'grpc_server_handled_total{{{SERVED}}}', 'grpc_method', 'grpc_code')} > 0",
                "{{grpc_method}} {{grpc_code}}",
            ),
            unit="ops",
            width=8,
        ),
        lines(
            "Calls to workers, by code",
            "Calls of clients and of discovery. “Unavailable”: nobody listens there. "
            "“Unauthenticated” or “PermissionDenied”: certificates.",
            Query(
                f"{total(f'grpc_client_handled_total{{{SERVED}}}', 'grpc_method', 'grpc_code')} > 0",
                "{{grpc_method}} {{grpc_code}}",
            ),
            unit="ops",
            width=8,
        ),
        lines(
            "p99 of unary calls",
            "How long a worker takes to describe itself and the like. High: its main loop is late.",
            Query(
                quantile(
                    0.99,
                    f'grpc_server_handling_seconds_bucket{{{SERVED},grpc_type="unary"}}',
                    "grpc_method",
                ),
                "{{grpc_method}}",
            ),
            unit="s",
            width=8,
        ),
        lines(
            "Messages of sessions",
            "Many small tasks share one message, so under load there are fewer of them than tasks.",
            Query(total(f"grpc_server_msg_received_total{{{SERVED}}}"), "received"),
            Query(total(f"grpc_server_msg_sent_total{{{SERVED}}}"), "sent"),
            unit="ops",
        ),
        columns(
            "Versions",
            "More than one row for long: an update has stopped half-way.",
            {
                "processes": Query(
                    f"count by (job, version, python, grpc, protobuf) (wool_build_info{{{CHOSEN}}})"
                )
            },
            units={},
            sort="processes",
        ),
    ]


def _rate(counter: str) -> str:
    return f"rate({counter}{{{CHOSEN}}}[$__rate_interval])"
