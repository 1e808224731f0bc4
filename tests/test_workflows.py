"""The workflow files and issue forms parse, and call only what is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import ROOT

WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
FORMS = sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml"))


def read(path: Path) -> dict[str, Any]:
    value = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert isinstance(value, dict)
    return value


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_a_workflow_has_the_shape_of_one(path: Path) -> None:
    workflow = read(path)
    # YAML 1.1 reads the key `on` as true.
    assert set(workflow) <= {"name", True, "permissions", "concurrency", "jobs"}
    assert workflow["permissions"] == {"contents": "read"}
    for name, job in workflow["jobs"].items():
        assert job["runs-on"], name
        for step in job["steps"]:
            assert ("uses" in step) != ("run" in step), step
            if "uses" in step:
                assert re.fullmatch(r"[\w-]+/[\w-]+@[\w/.-]+", step["uses"]), step["uses"]


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda p: p.stem)
def test_a_workflow_calls_targets_and_scripts_that_there_are(path: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = path.read_text(encoding="utf-8")
    assert set(re.findall(r"run: make (\w+)", text)) <= targets
    for script in re.findall(r"run: (?:bash|python) (\S+\.?\w*)$", text, re.MULTILINE):
        assert (ROOT / script).is_file(), script


def test_the_tests_run_on_every_python_that_is_promised() -> None:
    jobs = read(ROOT / ".github" / "workflows" / "tests.yml")["jobs"]
    tested = jobs["pythons"]["strategy"]["matrix"]["python"]
    assert tested == ["3.10", "3.11", "3.12", "3.13", "3.14"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f'requires-python = ">={tested[0]}"' in project
    assert set(re.findall(r"Python :: (3\.\d+)", project)) <= set(tested)


@pytest.mark.parametrize("path", FORMS, ids=lambda p: p.stem)
def test_an_issue_form_asks_for_something(path: Path) -> None:
    form = read(path)
    assert {"name", "description", "body"} <= set(form)
    for field in form["body"]:
        assert field["type"] in ("textarea", "input", "dropdown", "checkboxes", "markdown")
        assert field["attributes"]["label"]
    assert any(f.get("validations", {}).get("required") for f in form["body"])


def test_the_citation_parses() -> None:
    citation = read(ROOT / "CITATION.cff")
    assert {"cff-version", "message", "title", "authors", "license"} <= set(citation)


def test_the_dockerfile_is_small_and_unprivileged() -> None:
    text = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith(("#", " "))]
    words = [line.split()[0] for line in lines]
    assert words[0] == "ARG" and "FROM" in words
    assert words.index("USER") < words.index("ENTRYPOINT")
    assert "--no-cache-dir" in text and "ADD" not in words and "sudo" not in text
    for line in lines:
        if line.startswith("COPY"):
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
    ignored = (ROOT / ".dockerignore").read_text().splitlines()
    copied = {s.strip("./") for ln in lines if ln.startswith("COPY") for s in ln.split()[1:-1]}
    assert copied <= {line.lstrip("!") for line in ignored if line.startswith("!")}
