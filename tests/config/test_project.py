"""Which nets a solver trains and tests, and in which state."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch import caffe_pb2 as pb
from caffe2torch.config.nets import NetUse
from caffe2torch.config.project import Project
from caffe2torch.errors import C2TError
from caffe2torch.format import upgrade

EMPTY = 'name: "n" state { stage: "own" level: 1 } layer { name: "x" type: "Input" top: "x" }'


@pytest.fixture(autouse=True)
def nets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a", "b"):
        (tmp_path / f"{name}.prototxt").write_text(EMPTY.replace('"n"', f'"{name}"'))


def chosen(text: str, file: str = "s.prototxt") -> tuple[NetUse, list[NetUse]]:
    project = Project.of(upgrade.parse_solver(text, file))
    project.refuse()
    return project.train, project.tests


def test_the_generic_net_is_tested_as_often_as_there_are_test_iter() -> None:
    train, tests = chosen('net: "a.prototxt" test_iter: 1 test_iter: 2 test_interval: 5')
    assert train.origin == "net from net file: a.prototxt"
    assert [t.origin for t in tests] == ["net file: a.prototxt"] * 2


def test_explicit_test_nets_come_first() -> None:
    text = 'net: "a.prototxt" test_net: "b.prototxt" test_iter: 1 test_iter: 2 test_interval: 5 '
    _, tests = chosen(text + 'test_net_param { name: "p" } test_iter: 3')
    assert [t.net.message.name for t in tests] == ["p", "b", "a"]


def test_states_merge_default_net_and_solver_in_this_order() -> None:
    train, tests = chosen(
        'net: "a.prototxt" test_iter: 1 test_interval: 1 '
        'train_state { level: 3 stage: "t" } test_state { phase: TRAIN }'
    )
    assert (train.state.phase, train.state.level, list(train.state.stage)) == (
        pb.TRAIN, 3, ["own", "t"],
    )  # fmt: skip
    assert (tests[0].state.phase, tests[0].state.level) == (pb.TRAIN, 1)


def test_a_net_beside_the_solver_is_found_from_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "far").mkdir()
    monkeypatch.chdir(tmp_path / "far")
    train, _ = chosen('net: "a.prototxt"', str(tmp_path / "s.prototxt"))
    assert train.net.message.name == "a"


def test_an_inline_net_knows_its_places() -> None:
    text = 'train_net_param {\n  layer { name: "x" type: "Input" top: "x" }\n}'
    train, _ = chosen(text)
    assert train.origin == "net specified in train_net_param."
    assert str(train.net.span(0, "type")) == "s.prototxt:2:21"


@pytest.mark.parametrize(
    ("text", "place", "message"),
    [
        ("base_lr: 1", "1:1", "names no net"),
        ('net: "a.prototxt"\ntrain_net: "b.prototxt"', "2:1", "more than once: net and train_net"),
        ('\nnet: "absent.prototxt"', "2:1", 'net "absent.prototxt" does not exist'),
        (
            'train_net: "a.prototxt"\ntest_net: "c.prototxt" test_iter: 1 test_interval: 1',
            "2:1",
            "c.prototxt",
        ),
        ('net: "a.prototxt"\ntest_net: "b.prototxt"', "2:1", "1 test nets, but 0 test_iter"),
        ('train_net: "a.prototxt"\ntest_iter: 1', "2:1", "1 test_iter, but 0 test nets"),
        ('net: "a.prototxt"\ntest_iter: 1', "2:1", "test_interval (it is 0)"),
        ('net: "a.prototxt" test_iter: 1\ntest_interval: -1', "2:1", "test_interval (it is -1)"),
        (
            'net: "a.prototxt" test_iter: 1 test_interval: 1\ntest_state {} test_state {}',
            "2:1",
            "2 test_state for 1 test nets",
        ),
    ],
)
def test_what_caffe_refuses_is_refused_at_its_place(text: str, place: str, message: str) -> None:
    with pytest.raises(C2TError) as refused:
        chosen(text)
    assert message in str(refused.value)
    assert str(refused.value).startswith(f"s.prototxt:{place}: ")


def test_more_test_nets_than_a_machine_can_hold_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tests = 'net: "a.prototxt" test_interval: 1 ' + "test_iter: 1 " * 3
    assert len(chosen(tests)[1]) == 3
    monkeypatch.setattr("caffe2torch.config.project.MOST_LAYERS", 2)
    with pytest.raises(C2TError, match="the first 3 test nets have 3 layers together; at most 2"):
        chosen(tests)


def test_more_files_of_weights_than_anybody_has_are_refused() -> None:
    solver = upgrade.parse_solver('net: "a.prototxt" weights: "' + "w," * 101 + '"', "s.prototxt")
    project = Project.of(solver)
    with pytest.raises(C2TError, match="101 files of weights are named; at most 100 are read"):
        _ = project.weights
