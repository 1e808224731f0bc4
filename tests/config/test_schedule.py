"""Rates over a run, and epochs."""

from __future__ import annotations

import pytest

from caffe2torch.config import schedule
from caffe2torch.config.project import Project
from tests.lint.checks import Folder
from tests.lint.steady import steady


@pytest.fixture
def folder(folder: Folder) -> Folder:
    return steady(folder)


def project(folder: Folder) -> Project:
    return Project(str(folder.solver_file))


def test_multistep_drops_at_its_values(folder: Folder) -> None:
    rate = schedule.rate_of(project(folder))
    assert rate is not None
    rates = [rate(i) for i in (0, 1199, 1200, 1599, 1600, 1999)]
    assert rates == pytest.approx([0.02, 0.02, 0.002, 0.002, 0.0002, 0.0002])


def test_an_incomplete_policy_has_no_rate(folder: Folder) -> None:
    folder.solver({'lr_policy: "multistep"': 'lr_policy: "step"'})
    assert schedule.rate_of(project(folder)) is None


@pytest.mark.parametrize(
    ("values", "drops"),
    [([10, 20], [10, 20]), ([20, 10], [20, 21]), ([5, 5, 5], [5, 6, 7]), ([], [])],
)
def test_one_drop_at_a_time(values: list[int], drops: list[int]) -> None:
    assert schedule.drops_of(values) == drops


@pytest.mark.parametrize(("limit", "first"), [(0.5, 7), (2.0, 0), (0.05, None), (0.1, None)])
def test_first_below(limit: float, first: int | None) -> None:
    assert schedule.first_below(lambda i: 1.0 if i < 7 else 0.1, limit, 100) == first


def test_nothing_is_below_in_no_iterations() -> None:
    assert schedule.first_below(lambda _: 0.0, 1.0, 0) is None


def test_epochs(folder: Folder) -> None:
    source, records, how = schedule.training_set(project(folder))
    assert (source.name if source else "", records, how) == ("digits", 1437, "")
    assert schedule.epochs(project(folder), 2000) == pytest.approx(2000 * 64 / 1437)
    folder.solver({"": "iter_size: 2"})
    assert schedule.epochs(project(folder), 2000) == pytest.approx(2000 * 128 / 1437)


@pytest.mark.parametrize(
    ("name", "records"),
    [
        ("ilsvrc12_train_lmdb", 1_281_167),
        ("tiny_imagenet_train", 0),
        ("faces_lmdb", 0),
        ("ilsvrc12_train10class_lmdb", 0),
    ],
)
def test_known_sets(folder: Folder, name: str, records: int) -> None:
    folder.net({"digits_train_lmdb": name})
    assert schedule.training_set(project(folder))[1] == records


def test_driven_by_a_program(folder: Folder) -> None:
    assert not schedule.driven(project(folder))
    python = 'layer { name: "p" type: "Python" bottom: "ip2" top: "p" }'
    assert schedule.driven(project(folder.net({"": python})))
