"""The table of short runs, and what the rules claim of it: an error is a run that cannot learn."""

from __future__ import annotations

import csv
import math
from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest

from caffe2torch.lint import engine, rate
from tools import lint_runs
from tools.lint_runs import Config, learned

TABLE = Path(__file__).with_name("runs.csv").read_text(encoding="utf-8")
ROWS = list(csv.DictReader(TABLE.splitlines()))
PREDICTIONS = ("C2T2", "C2T301", "C2T307", "C2T314", "C2T408")
ERROR_SHARE = 0.99


def plain(row: dict[str, str]) -> bool:
    """What `rate.Assessment.plain` is: several layers, rectifiers alone, no BatchNorm."""
    return row["activation"] == "ReLU" and row["norm"] == "0" and int(row["depth"]) >= 2


def number(row: dict[str, str], key: str) -> float:
    return float(row[key] or "nan")


NATURAL = [row for row in ROWS if row["only"] != "cured"]
BEYOND = [r for r in NATURAL if plain(r) and number(r, "edge") >= rate.FATAL]
REPLACED = [
    r for r in NATURAL if plain(r) and not r["edge"] and number(r, "median") >= rate.REPLACED
]


def test_the_runs_are_many_and_of_many_kinds() -> None:
    assert len(NATURAL) >= 600
    for key, least in (("kind", 6), ("loss", 5), ("batch", 6), ("momentum", 5), ("filler", 4)):
        assert len({row[key] for row in NATURAL}) >= least, key
    rates = [number(row, "base_lr") for row in NATURAL]
    assert math.log10(max(rates) / min(rates)) >= 5


@pytest.mark.parametrize(("runs", "least"), [(BEYOND, 100), (REPLACED, 30)], ids=["edge", "median"])
def test_a_rate_is_an_error_where_every_run_failed(runs: list[dict[str, str]], least: int) -> None:
    assert len(runs) >= least
    assert sum(not learned(row) for row in runs) >= ERROR_SHARE * len(runs)


def test_below_that_some_learn() -> None:
    """So nothing less is an error: single layers, bounded activations and BatchNorm."""
    others = [r for r in NATURAL if not plain(r) and number(r, "edge") >= rate.FATAL]
    assert any(map(learned, others))
    nearly = [r for r in NATURAL if plain(r) and 5 <= number(r, "edge") < rate.FATAL]
    assert any(map(learned, nearly))


def test_the_risk_is_the_fit_of_the_table() -> None:
    """Newton's method on the runs whose signal is alive as written."""
    rows = [
        r for r in NATURAL
        if plain(r) and not r["revived"] and number(r, "edge") >= 0.1
        and number(r, "input_std") >= 0.1
    ]  # fmt: skip
    x = np.array([[1, math.log(number(r, "edge")), math.log(int(r["layers"]))] for r in rows])
    failed = np.array([not learned(r) for r in rows], float)
    w = np.zeros(3)
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        w += np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]), x.T @ (failed - p))
    assert len(rows) >= 100
    np.testing.assert_allclose(rate.RISK, w, atol=0.02)


def test_the_proposed_rate_trains() -> None:
    """Runs of 300 iterations at the rate proposed in place of a fatal one."""
    cured = [row for row in ROWS if row["only"] == "cured"]
    assert len(cured) >= 20
    assert sum(map(learned, cured)) >= 0.95 * len(cured)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("runs")
    lint_runs.write_data(folder)
    return folder


UNSURE = ("regression", "siamese")
"""Kinds whose losses hang on targets that no file tells: what is predicted for the signal that a
cure would give is a warning there, since published nets of these kinds did train."""


def predictions(row: dict[str, str], *severities: str) -> list[str]:
    """What is predicted for a run's config, which is written into the working directory."""
    kinds = {f.name: {"int": int, "float": float, "str": str}[str(f.type)] for f in fields(Config)}
    config = Config(**{name: kind(row[name]) for name, kind in kinds.items()})
    Path("net.prototxt").write_text(lint_runs.net(config), encoding="utf-8")
    Path("solver.prototxt").write_text(lint_runs.solver(config), encoding="utf-8")
    found = engine.lint_file("solver.prototxt")
    return [f.text for f in found if f.severity in severities and f.code.startswith(PREDICTIONS)]


HARDEST = sorted(filter(learned, NATURAL), key=lambda r: number(r, "median"), reverse=True)[:25]
FAINTEST = sorted(filter(learned, NATURAL), key=lambda r: number(r, "input_std"))[:15]


@pytest.mark.parametrize("row", HARDEST + FAINTEST, ids=lambda r: f"{r['only']}{r['seed']}")
def test_what_learned_has_no_error(
    row: dict[str, str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    assert not predictions(row, "error")


@pytest.mark.parametrize("row", BEYOND[::15], ids=lambda r: f"{r['only']}{r['seed']}")
def test_what_every_run_failed_at_has_one(
    row: dict[str, str], data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(data)
    assert predictions(row, "error", *(["warning"] if row["kind"] in UNSURE else []))
