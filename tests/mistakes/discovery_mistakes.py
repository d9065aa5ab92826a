"""Get addresses wrong, and the other ways to find workers."""

from __future__ import annotations

from mistake import Area, wrong

DISCOVERIES = Area(
    title="Finding workers",
    mistakes=(
        wrong(
            "no address",
            "wool.StaticDiscovery()",
            "ValueError",
            "addresses must not be empty: StaticDiscovery('host:port', ...)",
        ),
        wrong(
            "a list of addresses",
            'wool.StaticDiscovery(["one:50051", "two:50051"])',
            "TypeError",
            "an address is a string",
            "['one:50051', 'two:50051']",
        ),
        wrong(
            "a URL",
            'wool.StaticDiscovery("http://one:50051")',
            "ValueError",
            "'http://one:50051' is a URL, and no address: host, host:port",
        ),
        wrong(
            "a port that is no number",
            'wool.StaticDiscovery("one:grpc")',
            "ValueError",
            "the port in the address 'one:grpc' is not a number",
        ),
        wrong(
            "a port that there is not",
            'wool.StaticDiscovery("one:70000")',
            "ValueError",
            "the port in the address 'one:70000' must be from 1 to 65535, not 70000",
        ),
        wrong(
            "a socket without a path",
            'wool.StaticDiscovery("unix:")',
            "ValueError",
            "names a path",
            "'unix:'",
        ),
        wrong(
            "asked without a pause",
            'wool.StaticDiscovery("one", interval=0)',
            "ValueError",
            "interval must be above 0 seconds, not 0",
        ),
        wrong(
            "workers are announced where only addresses count",
            'async with wool.WorkerPool(size=1, discovery=wool.StaticDiscovery("one")): pass',
            "DiscoveryError",
            "StaticDiscovery only finds workers at addresses it was given",
            "use it without size, or another discovery",
        ),
        wrong(
            "a name with its port",
            'wool.DnsDiscovery("tasks.worker:50051")',
            "ValueError",
            "name must be the name of a host without a port, not 'tasks.worker:50051'",
        ),
        wrong(
            "a name that is none",
            "wool.DnsDiscovery(50051)",
            "TypeError",
            "name must be a string, not 50051",
        ),
        wrong(
            "a port as a text",
            'wool.DnsDiscovery("tasks.worker", "50051")',
            "TypeError",
            "port must be a number, not '50051'",
        ),
        wrong(
            "a resolver that cannot be called",
            'wool.DnsDiscovery("tasks.worker", resolve=["10.0.0.2"])',
            "TypeError",
            "resolve must be an async function of name and port, not ['10.0.0.2']",
        ),
        wrong(
            "a namespace that is empty",
            'wool.LocalDiscovery("")',
            "ValueError",
            "namespace must not be empty",
        ),
        wrong(
            "a namespace that is no text",
            "wool.LocalDiscovery(7)",
            "TypeError",
            "namespace must be a string, not 7",
        ),
        wrong(
            "a namespace that is too long",
            'wool.LocalDiscovery("render" * 40)',
            "ValueError",
            "namespace must have at most 200 characters",
            "240",
        ),
        wrong(
            "a filter that cannot be called",
            'wool.LocalDiscovery("render").subscribe("gpu")',
            "TypeError",
            "filter must be called with a worker's metadata, not 'gpu'",
        ),
        wrong(
            "news that there is not",
            'await wool.LocalDiscovery("render").publisher.publish("added", None)',
            "ValueError",
            "type must be one of worker-added",
            "'added'",
        ),
        wrong(
            "a namespace of the network that is empty",
            'LanDiscovery("")',
            "ValueError",
            "namespace has 1 to 200 characters, or is left out",
        ),
        wrong(
            "an address that stands for all",
            'LanDiscovery(advertise_host="0.0.0.0")',
            "ValueError",
            "advertise_host: nobody can dial 0.0.0.0",
        ),
        wrong(
            "an address with its port",
            'LanDiscovery(advertise_host="render-1:50051")',
            "ValueError",
            "advertise_host must be a name or an address without port, not 'render-1:50051'",
        ),
        wrong(
            "one network in place of several",
            'LanDiscovery(interfaces="eth0")',
            "TypeError",
            "interfaces is a list of names or addresses, not 'eth0'",
        ),
        wrong(
            "a network that this machine has not",
            'async with LanDiscovery(interfaces=["nowhere0"]).publisher: pass',
            "DiscoveryError",
            "it is not on nowhere0",
        ),
        wrong(
            "news before it was entered",
            'await LanDiscovery().publisher.publish("worker-added", None)',
            "DiscoveryError",
            "enter the publisher first",
        ),
    ),
    given="from wool.runtime.discovery.lan import LanDiscovery\n",
)
