"""Hold what the pages give to Compose, Kubernetes and Prometheus to what Wool's programs take."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from lab.client import Engine
from pages import ROOT, Block, blocks, name_of, pages

from wool_discovery_docker.flags import FLAGS as DISCOVERY
from wool_worker.flags import FLAGS as WORKER

Document = dict[str, Any]

VARIABLE: Final = re.compile(r"\bWOOL_[A-Z_]+\b")
FLAG_IN_TEXT: Final = re.compile(r"(?<=[\s\"'\[,])--[a-z][a-z-]+")
OF_PROGRAMS: Final = {row[1] for flags in (WORKER, DISCOVERY) for row in flags.rows}
FLAGS: Final = {row[0] for flags in (WORKER, DISCOVERY) for row in flags.rows}
EXAMPLE: Final = re.compile(r"^#?([A-Z_]+)=", re.MULTILINE)
ROW: Final = re.compile(r"^\|\s*(`WOOL_.+?)\|", re.MULTILINE)

SHOWN: Final = [(page, block) for page in pages() for block in blocks(page, "yaml")]


def place(shown: Path | Block) -> str:
    """Return how a test with a page, or with a block, is called."""
    return name_of(shown) if isinstance(shown, Path) else str(shown.line)


def documents(block: Block) -> list[Document]:
    """Return the documents of *block*."""
    return [found for found in yaml.safe_load_all(block.code) if found is not None]


def known_variables() -> set[str]:
    """Return the variables of the programs, of compose/, and those that tables of pages explain."""
    explained = {
        name
        for page in pages()
        for row in ROW.findall(page.read_text())
        for name in VARIABLE.findall(row)
    }
    compose = set(EXAMPLE.findall((ROOT / "compose/.env.example").read_text()))
    return OF_PROGRAMS | compose | explained


@pytest.mark.parametrize(("page", "block"), SHOWN, ids=place)
def test_yaml_is_read(page: Path, block: Block) -> None:
    """A block is YAML, and says something."""
    assert documents(block)


@pytest.mark.parametrize(("page", "block"), SHOWN, ids=place)
def test_variables_and_flags_are_there(page: Path, block: Block) -> None:
    """What is named `WOOL_…` or `--…` is a variable or a flag that some program has."""
    assert set(VARIABLE.findall(block.code)) - known_variables() == set()
    if any("apiVersion" in document for document in documents(block)):
        assert set(FLAG_IN_TEXT.findall(block.code)) - FLAGS == set()


@pytest.mark.docker
def test_compose_takes_what_is_for_it(engine: Engine, tmp_path: Path) -> None:
    """Each block with services is a file that Compose accepts."""
    found = [block for _, block in SHOWN if "services" in documents(block)[0]]
    file = tmp_path / "compose.yaml"
    quiet = ("--profile", "*", "--env-file", "/dev/null", "--file", file, "config", "--quiet")

    assert found
    for block in found:
        file.write_text(block.code)
        engine.docker("compose", *quiet)


def test_platforms_wait_longer_than_workers() -> None:
    """Compose and systemd end a worker only after its grace."""
    (service,) = (
        documents(block)[0]["services"]["worker"]
        for block in blocks(ROOT / "docs/operations.md", "yaml")
    )
    (unit,) = (block.code for block in blocks(ROOT / "docs/guides/lan.md", "ini"))
    grace, limit = re.findall(r"WOOL_GRACE=(\d+)|TimeoutStopSec=(\d+)", unit)

    assert (
        int(service["stop_grace_period"].rstrip("s")) >= service["environment"]["WOOL_GRACE"] + 10
    )
    assert int(limit[1]) >= int(grace[0]) + 10
    assert set(VARIABLE.findall(unit)) - OF_PROGRAMS == set()


KUBERNETES: Final = ROOT / "docs/guides/kubernetes.md"


@pytest.fixture(name="manifests")
def _manifests() -> dict[str, Document]:
    """Be what the page about Kubernetes has, by kind."""
    found = [document for block in blocks(KUBERNETES, "yaml") for document in documents(block)]
    return {document["kind"]: document for document in found if "kind" in document}


def test_every_object_says_what_it_is(manifests: dict[str, Document]) -> None:
    """An object has a version, a kind and a name, and the page shows one of each kind."""
    assert manifests.keys() == {"Service", "Deployment", "PodDisruptionBudget", "NetworkPolicy"}
    for document in manifests.values():
        assert document["metadata"]["name"] == "wool-worker"
        assert re.fullmatch(r"(\w+(\.k8s\.io)?/)?v1", document["apiVersion"])


def test_objects_select_the_workers(manifests: dict[str, Document]) -> None:
    """The Service, the policy, the budget and the Deployment mean the same Pods."""
    labels = manifests["Deployment"]["spec"]["template"]["metadata"]["labels"]

    assert manifests["Service"]["spec"]["selector"] == labels
    assert manifests["Service"]["spec"]["clusterIP"] == "None"
    for kind, path in (("Deployment", "selector"), ("PodDisruptionBudget", "selector")):
        assert manifests[kind]["spec"][path]["matchLabels"] == labels
    assert manifests["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"] == labels


def test_ports_agree(manifests: dict[str, Document]) -> None:
    """Worker, Service, policy, annotation and application name the same ports."""
    template = manifests["Deployment"]["spec"]["template"]
    (worker,) = template["spec"]["containers"]
    variables = {entry["name"]: entry.get("value") for entry in worker["env"]}
    ports = {port["name"]: port["containerPort"] for port in worker["ports"]}
    allowed = [
        p["port"] for rule in manifests["NetworkPolicy"]["spec"]["ingress"] for p in rule["ports"]
    ]
    (service,) = manifests["Service"]["spec"]["ports"]
    (code,) = (block.code for block in blocks(KUBERNETES, "python"))

    assert ports == {"grpc": 50051, "metrics": int(variables["WOOL_METRICS_PORT"])}
    assert "WOOL_PORT" not in variables, "the default is meant"
    assert allowed == list(ports.values())
    assert ports[service["targetPort"]] == service["port"]
    assert template["metadata"]["annotations"]["prometheus.io/port"] == str(ports["metrics"])
    assert f'DnsDiscovery("{manifests["Service"]["metadata"]["name"]}", {service["port"]})' in code


def test_worker_is_killed_last(manifests: dict[str, Document]) -> None:
    """Kubernetes and its probes wait longer than a worker may drain."""
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    (worker,) = pod["containers"]
    grace = next(int(entry["value"]) for entry in worker["env"] if entry["name"] == "WOOL_GRACE")
    alive = worker["livenessProbe"]

    assert pod["terminationGracePeriodSeconds"] >= grace + 10
    assert alive["periodSeconds"] * alive["failureThreshold"] > grace
    assert manifests["Deployment"]["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"] == 0


def test_probe_is_that_of_the_image(manifests: dict[str, Document]) -> None:
    """Every probe asks as the image's own health check does."""
    (worker,) = manifests["Deployment"]["spec"]["template"]["spec"]["containers"]
    image = (ROOT / "services/worker/Dockerfile").read_text()
    quoted = ", ".join(f'"{word}"' for word in worker["readinessProbe"]["exec"]["command"])

    assert f"CMD [{quoted}]" in image
    assert worker["readinessProbe"]["exec"] == worker["startupProbe"]["exec"]
    assert worker["readinessProbe"]["exec"] == worker["livenessProbe"]["exec"]


def test_files_are_where_they_are_read(manifests: dict[str, Document]) -> None:
    """Variables name files of the Secret that the shell block makes, at the mounted place."""
    pod = manifests["Deployment"]["spec"]["template"]["spec"]
    (worker,) = pod["containers"]
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    secret = next(m for m in worker["volumeMounts"] if "secret" in volumes[m["name"]])
    made = "".join(block.code for block in blocks(KUBERNETES, "sh"))
    name = volumes[secret["name"]]["secret"]["secretName"]
    (line,) = re.findall(rf"generic {name} ((?:.+\\\n)*.+)", made)
    keys = set(re.findall(r"--from-file=(\S+?)=", line))
    variables = {entry["name"]: entry.get("value") for entry in worker["env"]}

    for variable in ("WOOL_CERT", "WOOL_KEY", "WOOL_CA"):
        folder, _, file = variables[variable].rpartition("/")
        assert (folder, file in keys) == (secret["mountPath"], True)
