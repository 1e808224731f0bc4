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


def logistic(x: np.ndarray, rows: list[dict[str, str]]) -> np.ndarray:
    """Weights of the logistic function of failure, by Newton's method."""
    failed = np.array([not learned(r) for r in rows], float)
    w = np.zeros(x.shape[1])
    for _ in range(30):
        p = 1 / (1 + np.exp(-x @ w))
        w += np.linalg.solve(x.T @ (x * (p * (1 - p))[:, None]), x.T @ (failed - p))
    return w


def test_the_risk_is_the_fit_of_the_table() -> None:
    """Newton's method on the runs whose signal is alive as written."""
    rows = [
        r for r in NATURAL
        if plain(r) and not r["revived"] and number(r, "edge") >= 0.1
        and number(r, "input_std") >= 0.1
    ]  # fmt: skip
    x = np.array([[1, math.log(number(r, "edge")), math.log(int(r["layers"]))] for r in rows])
    assert len(rows) >= 100
    np.testing.assert_allclose(rate.RISK, logistic(x, rows), atol=0.02)


def failures(rows: list[dict[str, str]]) -> tuple[int, int]:
    """Runs that failed, and all of them."""
    return sum(not learned(row) for row in rows), len(rows)


def within(row: dict[str, str], key: str, low: float, high: float) -> bool:
    return low <= number(row, key) < high


CLASSIFY = ("softmax", "hinge", "hinge2", "sigmoid")
FAINT_RUNS = [
    r for r in NATURAL
    if r["loss"] in CLASSIFY and r["norm"] == "0" and int(r["depth"]) >= 2
    and number(r, "input_std") > 0
]  # fmt: skip


@pytest.mark.parametrize(
    ("low", "high", "few", "many"),
    [
        (0, 1e-4, (20, 21), (43, 43)),
        (1e-4, 0.005, (25, 31), (18, 18)),
        (0.005, 0.03, (10, 14), (8, 10)),
        (0.03, 0.1, (14, 20), (5, 8)),
        (0.1, 10, (94, 161), (40, 57)),
    ],
)
def test_the_page_of_a_dead_signal_says_what_the_table_holds(
    low: float, high: float, few: tuple[int, int], many: tuple[int, int]
) -> None:
    """C2T201's page: nets of up to six weight layers, and of seven and more."""
    rows = [r for r in FAINT_RUNS if within(r, "input_std", low, high)]
    assert failures([r for r in rows if int(r["depth"]) < 7]) == few
    assert failures([r for r in rows if int(r["depth"]) >= 7]) == many


def test_the_share_of_faint_runs_that_fail_is_the_fit_of_the_table() -> None:
    """C2T201's page: 2.60, 0.77 a decade and 1.54 ln(layers), by Newton's method."""
    rows = [r for r in FAINT_RUNS if number(r, "input_std") < 0.1]
    x = np.array(
        [
            [1, math.log10(max(number(r, "input_std"), 1e-8)), math.log(int(r["depth"]))]
            for r in rows
        ]
    )
    np.testing.assert_allclose(logistic(x, rows), (-2.60, -0.77, 1.54), atol=0.02)


@pytest.mark.parametrize(
    ("low", "high", "failed"),
    [
        (10, 30, [(1, 7), (2, 3), (11, 11)]),
        (30, 100, [(6, 7), (8, 8), (7, 8)]),
        (100, math.inf, [(7, 7), (4, 4), (15, 15)]),
    ],
)
def test_the_page_of_huge_logits_says_what_the_table_holds(
    low: float, high: float, failed: list[tuple[int, int]]
) -> None:
    """C2T202's page: below the largest stable rate, up to 15 times it, and beyond."""
    rows = [r for r in NATURAL if within(r, "std", low, high)]
    edges = ((0, 1), (1, rate.FATAL), (rate.FATAL, math.inf))
    assert [failures([r for r in rows if within(r, "edge", *edge)]) for edge in edges] == failed


def test_the_page_of_small_batches_says_what_the_table_holds() -> None:
    """C2T314's page: batches below 32 whose rate would do with 256."""
    rows = [
        r for r in NATURAL
        if int(r["batch"]) < rate.SMALL_BATCH and not r["revived"]
        and number(r, "median") >= rate.TOO_HIGH
        and number(r, "median") * math.sqrt(int(r["batch"]) / rate.REFERENCE_BATCH) < 0.054
    ]  # fmt: skip
    assert failures(rows) == (28, 42)
    bands = [[r for r in rows if within(r, "edge", *e)] for e in ((0, 1), (1, 3), (3, 7.5))]
    assert list(map(failures, bands)) == [(1, 4), (5, 9), (5, 8)]
    small = [
        r for r in NATURAL
        if plain(r) and not r["revived"] and number(r, "input_std") >= 0.1
        and int(r["batch"]) < rate.SMALL_BATCH and number(r, "edge") >= rate.FATAL
    ]  # fmt: skip
    assert failures(small) == (51, 51)


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
