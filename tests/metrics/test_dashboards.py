"""The dashboards are what the code gives, and hold together."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import Any

import pytest
from shown import BUILT_IN, ROOT, VARIABLE, asked, documents, metrics_in, panels, told

DOCUMENTS = documents()


def test_committed_json_is_what_the_code_gives() -> None:
    """`task dashboards` has been run since the code was changed."""
    command = [sys.executable, ROOT / "tools/dashboards", "--check"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_there_are_three() -> None:
    """Each has an id of its own, by which links find it."""
    ids = {name: document["uid"] for name, document in DOCUMENTS.items()}

    assert ids == {name: f"wool-{name}" for name in ("discovery", "dispatch", "workers")}


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_panels_say_what_to_do(document: dict[str, Any]) -> None:
    """Each has a title that no other has, an id, a description, and names its series."""
    found = panels(document)

    assert len({panel["id"] for panel in found}) == len(found)
    assert len({panel["title"] for panel in found}) == len(found)
    for panel in found:
        assert panel["description"].endswith("."), panel["title"]
        letters = [target["refId"] for target in panel["targets"]]
        assert len(set(letters)) == len(letters) > 0
        if panel["type"] == "timeseries":
            assert all(target["legendFormat"] != "__auto" for target in panel["targets"])


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_panels_do_not_overlap(document: dict[str, Any]) -> None:
    """No two take the same place, and rows are filled."""
    places: set[tuple[int, int]] = set()
    for panel in document["panels"]:
        at = panel["gridPos"]
        taken = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not taken & places, panel.get("title")
        places |= taken

    assert max(x for x, _ in places) == 23
    assert len(places) == 24 * (1 + max(y for _, y in places))


@pytest.mark.parametrize("document", DOCUMENTS.values(), ids=DOCUMENTS)
def test_variables_are_used_and_known(document: dict[str, Any]) -> None:
    """What the reader chooses at the top counts, and nothing else is asked for."""
    names = {variable["name"] for variable in document["templating"]["list"]}
    used = {
        m[1] or m[2]
        for panel in panels(document)
        for target in panel["targets"]
        for m in VARIABLE.finditer(target["expr"])
    }

    assert names <= used <= names | BUILT_IN.keys()


def test_queries_ask_for_metrics_that_are_told() -> None:
    """Names in expressions are names of the catalogue."""
    for query in asked():
        assert metrics_in(query.expression) <= told(), query.name


def test_legends_name_labels_that_are_there() -> None:
    """A label in a legend is one that the expression keeps."""
    for document in DOCUMENTS.values():
        for panel in panels(document):
            for target in panel["targets"]:
                expression = target["expr"]
                for label in re.findall(r"{{(\w+)}}", target["legendFormat"]):
                    kept = re.search(rf"by \([^)]*\b{label}\b[^)]*\)", expression)
                    assert kept or label in {"instance", "source"}, (panel["title"], label)
