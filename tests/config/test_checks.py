"""What Caffe refuses of a solver, and where snapshots go."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.config import checks
from caffe2torch.errors import SolverError
from caffe2torch.format.upgrade import Solver, parse_solver


def solver(text: str, file: str = "s.prototxt") -> Solver:
    return parse_solver(text, file)


@pytest.mark.parametrize(
    ("text", "messages"),
    [
        ('net: "n"', []),
        ('net: "n" test_iter: 1 test_interval: 1', []),
        ('train_net: "n" test_net: "t" test_iter: 1 test_interval: 1', []),
        ('net: "n" test_net: "t" test_iter: 1 test_iter: 1 test_interval: 1', []),
        ("", ["names no net"]),
        (
            'train_net: "n" iter_size: 0 test_iter: 1',
            ["iter_size is 0", "1 test_iter, but 0 test nets", "without a positive test_interval"],
        ),
        (
            'net: "n" test_net: "t" test_iter: 1 test_interval: 1 test_state {} test_state {}',
            ["2 test_state for 1 test nets"],
        ),
    ],
)
def test_all_refusals_in_order(text: str, messages: list[str]) -> None:
    found = [error.message for error in checks.refusals(solver(text))]
    assert len(found) == len(messages)
    assert all(want in message for want, message in zip(messages, found, strict=True)), found


@pytest.mark.parametrize(
    ("name", "hint"),
    [("SGD", None), ("adam", None), ("AdamW", 'did you mean "Adam"?'), ("LBFGS", "known: SGD, ")],
)
def test_methods(name: str, hint: str | None) -> None:
    errors = list(checks.unknown_method(solver(f'type: "{name}"')))
    assert bool(errors) == (hint is not None)
    if hint:
        assert hint in str(errors[0].hint)


def test_a_prefix_takes_the_folder_where_the_search_ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "far").mkdir()
    (tmp_path / "caffe" / "models" / "x").mkdir(parents=True)
    monkeypatch.chdir(tmp_path / "far")
    one = solver('snapshot_prefix: "models/x/snap"', str(tmp_path / "caffe/models/x/s.prototxt"))
    assert checks.set_prefix(one) == ""
    assert one.message.snapshot_prefix == str(tmp_path / "caffe/models/x/snap")
    checks.check_writable(one)


def test_a_prefix_whose_folder_is_nowhere_is_refused(tmp_path: Path) -> None:
    one = solver('snapshot_prefix: "gone/x"', str(tmp_path / "s.prototxt"))
    checks.set_prefix(one)
    with pytest.raises(SolverError, match="snapshot_prefix does not exist: gone"):
        checks.check_writable(one)


def test_no_prefix_is_the_solvers_name_and_a_folder_gets_it() -> None:
    one = solver("", "a/s.prototxt")
    assert checks.set_prefix(one).endswith("is set to a/s")
    other = solver('snapshot_prefix: "."', "a/s.prototxt")
    assert checks.set_prefix(other).endswith("is replaced to s")
