"""The dashboard of those who find workers."""

from __future__ import annotations

from typing import Final

from grafana_foundation_sdk.models.dashboard import Dashboard

from dashboards.boards import INSTANCE, JOB, board
from dashboards.panels import Panel, figure, lines
from dashboards.queries import CHOSEN, IS_DISCOVERY, Query, quantile, rate, summed, total

FOUND: Final = f"wool_discovery_workers{{{CHOSEN}}}"
SYNCED: Final = f"wool_discovery_last_sync_timestamp_seconds{{{CHOSEN}}}"
EVENTS: Final = f"wool_discovery_events_total{{{CHOSEN}}}"
RESYNCS: Final = f"wool_discovery_resyncs_total{{{CHOSEN}}}"
SERVED: Final = f'{CHOSEN},grpc_service=~"wool[.]discovery[.].*"'
ASKED: Final = f'{CHOSEN},grpc_service=~"wool[.]worker[.].*",grpc_method="Describe"'
ANSWERS: Final = rate(f"grpc_client_handled_total{{{ASKED}}}")


def discovery() -> Dashboard:
    """Return it."""
    return board(
        "Discovery",
        "Which workers there are, who has found them, and whether that is up to date.",
        [JOB, INSTANCE],
        {"Now": _now(), "Members": _members(), "Synchronisation": _syncs(), "Service": _service()},
    )


def _now() -> list[Panel]:
    return [
        figure(
            "Members",
            "Workers that there are, by the service that knows most. Fewer than there should be: "
            "its log has a line `no_worker_answers` for each container that is none.",
            Query(f"sum(max by (source) ({FOUND}))"),
        ),
        figure(
            "Age of the last sync",
            "Everything is listed each 45 seconds, and whenever something was missed. Higher: the "
            "Docker Engine does not answer; see the service's log.",
            Query(f"max(time() - {SYNCED})"),
            unit="s",
            warn=90,
            alarm=180,
        ),
        figure(
            "Changes per minute",
            "Workers that came, changed or went. High without a reason: workers restart, or fail "
            "to answer at times.",
            Query(f"60 * {total(EVENTS)}"),
        ),
        figure(
            "Syncs per minute",
            "Between one and two where nothing happens.",
            Query(f"60 * {total(RESYNCS)}"),
        ),
        figure(
            "Watchers",
            "Clients that follow what is found. Zero while pools use this service: they cannot "
            "reach it, or their certificates are refused.",
            Query(_open("Watch")),
        ),
        figure(
            "Services",
            "Discovery services that answer Prometheus.",
            Query(f"count(count by (job, instance) ({FOUND}))"),
        ),
    ]


def _members() -> list[Panel]:
    return [
        lines(
            "Members by source",
            "Who has found the workers that are there now. Falls while containers run: their "
            "health checks fail, or they do not answer.",
            Query(f"max by (source) ({FOUND})", "{{source}}"),
            width=8,
        ),
        lines(
            "Members by state",
            "As pools see them: of the client that has most in that state. “incompatible”: "
            "versions or certificates differ. “evicted” for long: found, but out of use after "
            "failures.",
            Query(f"max by (state) (wool_pool_workers{{{CHOSEN}}})", "{{state}}"),
            width=8,
        ),
        lines(
            "Found and used",
            "Used are those that the client with most can use. Fewer than found for long: its "
            "pool wants other tags, or see “Members by state”.",
            Query(f"sum(max by (source) ({FOUND}))", "found"),
            Query(f'max(wool_pool_workers{{{CHOSEN},state="ready"}})', "used"),
            width=8,
        ),
        lines(
            "Events per minute",
            "Workers that came, changed or went. Added and dropped in turn: workers restart, or "
            "answer too late.",
            Query(f"60 * {total(EVENTS, 'source', 'type')}", "{{source}} {{type}}"),
        ),
        lines(
            "Drops in the shown time",
            "Workers that went. Unless somebody stopped them, look into their logs.",
            Query(
                f'sum by (source) (increase(wool_discovery_events_total{{{CHOSEN},type="worker-dropped"}}'
                "[$__range]))",
                "{{source}}",
            ),
        ),
    ]


def _syncs() -> list[Panel]:
    return [
        lines(
            "Age of the last sync, by service",
            "A saw of 45 seconds is as it should be. A line that climbs: the Docker Engine does "
            "not answer that service, and new workers are not found.",
            Query(f"time() - {SYNCED}", "{{instance}} {{source}}"),
            unit="s",
        ),
        lines(
            "Syncs per minute, by cause",
            "“timer” each 45 seconds. “stream_ended” or “engine_failed” often: the Docker Engine "
            "restarts or hangs up. “events” or “tasks”: containers come and go.",
            Query(f"60 * {total(RESYNCS, 'cause')}", "{{cause}}"),
        ),
    ]


def _service() -> list[Panel]:
    return [
        lines(
            "Open calls",
            "“Watch” is one for each client that follows. All gone at once: the service was "
            "restarted; clients come back within seconds.",
            Query(
                f"sum by (grpc_method) (grpc_server_started_total{{{SERVED}}}) - "
                f"sum by (grpc_method) (grpc_server_handled_total{{{SERVED}}})",
                "{{grpc_method}}",
            ),
            width=8,
        ),
        lines(
            "Calls answered, by code",
            "“Unavailable”: no source could be reached. “Unauthenticated”: clients without the "
            "right certificate.",
            Query(
                f"{total(f'grpc_server_handled_total{{{SERVED}}}', 'grpc_method', 'grpc_code')} > 0",
                "{{grpc_method}} {{grpc_code}}",
            ),
            unit="ops",
            width=8,
        ),
        lines(
            "Workers asked, by code",
            "The service asks each worker what it is. “Unavailable” or “DeadlineExceeded”: a "
            "container that counts as a worker does not answer as one.",
            Query(
                f"{summed(f'{ANSWERS} and {IS_DISCOVERY}', 'grpc_code')} > 0",
                "{{grpc_code}}",
            ),
            unit="ops",
            width=8,
        ),
        lines(
            "p99 of workers' answers",
            "High: workers' main loops are late. After 1.5 s twice a worker is dropped.",
            Query(
                quantile(
                    0.99,
                    f"grpc_client_handling_seconds_bucket{{{ASKED}}}",
                    only=f"and {IS_DISCOVERY}",
                ),
                "p99",
            ),
            unit="s",
            width=8,
        ),
        *_process(),
    ]


def _process() -> list[Panel]:
    return [
        lines(
            "Processor time",
            "High: many containers come and go, or many clients with filters of their own.",
            Query(
                f"rate(process_cpu_seconds_total{{{CHOSEN}}}[$__rate_interval]) and {IS_DISCOVERY}",
                "{{instance}}",
            ),
            unit="cores",
            width=8,
        ),
        lines(
            "Memory",
            "Grows with workers and clients.",
            Query(f"process_resident_memory_bytes{{{CHOSEN}}} and {IS_DISCOVERY}", "{{instance}}"),
            unit="bytes",
            width=8,
        ),
    ]


def _open(method: str) -> str:
    what = f'{SERVED},grpc_method="{method}"'
    return f"sum(grpc_server_started_total{{{what}}}) - sum(grpc_server_handled_total{{{what}}})"
