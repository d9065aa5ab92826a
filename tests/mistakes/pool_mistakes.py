"""Get the arguments of pools wrong."""

from __future__ import annotations

from mistake import Area, wrong

POOLS = Area(
    title="Pools",
    mistakes=(
        wrong(
            "fewer than no workers",
            "wool.WorkerPool(size=-1)",
            "ValueError",
            "size must be 0 or more workers",
            "-1",
        ),
        wrong(
            "half a worker",
            "wool.WorkerPool(size=1.5)",
            "TypeError",
            "size is a number of workers",
            "1.5",
        ),
        wrong(
            "the number of workers as a text",
            'wool.WorkerPool(spawn="2")',
            "TypeError",
            "spawn is a number of workers",
            "'2'",
        ),
        wrong(
            "the number of workers twice",
            "wool.WorkerPool(size=2, spawn=2)",
            "TypeError",
            "size and spawn are two names for one thing; give one of them",
        ),
        wrong(
            "the number of workers without its name",
            "wool.WorkerPool(4)",
            "TypeError",
            "a tag is a non-empty string, not 4",
        ),
        wrong(
            "a list of tags",
            'wool.WorkerPool(["gpu", "big"])',
            "TypeError",
            "a tag is a non-empty string",
            "['gpu', 'big']",
        ),
        wrong(
            "a list of tags by name", 'wool.WorkerPool(tags=["gpu", "big"])', "TypeError", "tags"
        ),
        wrong(
            "a tag that is empty",
            'wool.WorkerPool("")',
            "TypeError",
            "a tag is a non-empty string, not ''",
        ),
        wrong(
            "a worker in place of what makes one",
            "wool.WorkerPool(worker=wool.LocalWorker())",
            "TypeError",
            "worker",
        ),
        wrong(
            "a lease where nothing is found",
            "wool.WorkerPool(size=2, lease=4)",
            "IneffectiveLeaseWarning",
            "lease limits how many workers are found",
            "give discovery",
        ),
        wrong(
            "a lease of nobody",
            "wool.WorkerPool(discovery=wool.LocalDiscovery(), lease=0)",
            "ValueError",
            "lease must be 1 or more found workers, not 0",
        ),
        wrong(
            "a quorum that cannot be",
            "wool.WorkerPool(size=2, quorum=3)",
            "ValueError",
            "quorum is 3",
            "at most 2 workers",
        ),
        wrong(
            "less than no quorum",
            "wool.WorkerPool(quorum=-1)",
            "ValueError",
            "quorum must be 0 or more workers, not -1",
        ),
        wrong(
            "no time for the quorum",
            "wool.WorkerPool(quorum_timeout=0)",
            "ValueError",
            "quorum_timeout must be above 0 seconds, not 0",
        ),
        wrong(
            "time for no quorum",
            "wool.WorkerPool(quorum=None, quorum_timeout=5)",
            "IneffectiveQuorumTimeoutWarning",
            "quorum_timeout limits the wait for the quorum",
            "give quorum",
        ),
        wrong(
            "a quorum that is not reached",
            'async with wool.WorkerPool(discovery=wool.LocalDiscovery("nobody-here"), lazy=False, quorum_timeout=0.1): pass',
            "NoWorkersAvailable",
            "0.1 s: LocalDiscovery('nobody-here') has found none",
        ),
        wrong(
            "no time to finish",
            "wool.WorkerPool(shutdown_timeout=0)",
            "ValueError",
            "shutdown_timeout must be above 0 seconds, not 0",
        ),
        wrong(
            "a word for yes",
            'wool.WorkerPool(lazy="yes")',
            "TypeError",
            "lazy must be True or False, not 'yes'",
        ),
        wrong(
            "a number for yes",
            "wool.WorkerPool(respawn=1)",
            "TypeError",
            "respawn must be True or False, not 1",
        ),
        wrong(
            "connections to nobody",
            "wool.WorkerPool(subset=0)",
            "ValueError",
            "subset must be 1 or more workers, not 0",
        ),
        wrong(
            "files for credentials",
            'wool.WorkerPool(credentials="ours/ca.pem")',
            "TypeError",
            "credentials must be WorkerCredentials or a WorkerCredentialsProvider, not str",
        ),
        wrong(
            "a name for a discovery",
            'wool.WorkerPool(discovery="lan")',
            "TypeError",
            "discovery must be a DiscoveryLike",
            "'lan'",
        ),
        wrong(
            "what makes the discovery makes something else",
            "async with wool.WorkerPool(discovery=lambda: 3): pass",
            "TypeError",
            "discovery must be",
            "3",
        ),
        wrong(
            "what makes the discovery wants more",
            "async with wool.WorkerPool(discovery=wool.DnsDiscovery): pass",
            "TypeError",
            "discovery",
            "name",
        ),
        wrong(
            "a discovery that cannot announce",
            "wool.WorkerPool(size=1, discovery=wool.LocalDiscovery().subscriber)",
            "TypeError",
            "size goes with a discovery that can publish",
            "leave size out",
        ),
        wrong(
            "a name for a load balancer",
            'wool.WorkerPool(loadbalancer="random")',
            "TypeError",
            "loadbalancer must be a load balancer",
            "'random'",
        ),
    ),
)
