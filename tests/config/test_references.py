"""Every path that a solver and its nets name, and which of them moved."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.config.files import Files
from caffe2torch.config.references import Reference, notes, references

SOLVER = """net: "a/net.prototxt"
test_net: "t.prototxt" test_net: "b/t.prototxt"
weights: "w/1.caffemodel, 2.caffemodel"
snapshot_prefix: "s/x"
"""
NET = """layer { name: "d" type: "Data" top: "d" data_param { source: "db/train" batch_size: 1 }
  transform_param { mean_file: "m.binaryproto" } }
layer { name: "i" type: "InfogainLoss" bottom: "d" infogain_loss_param { source: "h" } }
"""


def read(tmp_path: Path) -> list[Reference]:
    files = Files({str(tmp_path / "s"): SOLVER, str(tmp_path / "n"): NET})
    solver, net = files.solver(str(tmp_path / "s")), files.net(str(tmp_path / "n"))
    return list(references(solver, [net], files))


def test_all_paths_and_nothing_else(tmp_path: Path) -> None:
    assert [(r.field, r.index, r.path) for r in read(tmp_path)] == [
        ("test_net[0]", None, "t.prototxt"),
        ("test_net[1]", None, "b/t.prototxt"),
        ("snapshot_prefix", None, "s/x"),
        ("net", None, "a/net.prototxt"),
        ("weights[0]", None, "w/1.caffemodel"),
        ("weights[0]", None, "2.caffemodel"),
        ("transform_param.mean_file", 0, "m.binaryproto"),
        ("data_param.source", 0, "db/train"),
        ("infogain_loss_param.source", 1, "h"),
    ]


def test_their_places(tmp_path: Path) -> None:
    places = {r.field: (r.span.line, r.span.col) for r in read(tmp_path) if r.span}
    assert places["test_net[1]"] == (2, 24)
    assert places["data_param.source"] == (1, 54)


def test_nothing_moved_where_nothing_is(tmp_path: Path) -> None:
    assert not [r for r in read(tmp_path) if r.moved or r.place]


@pytest.mark.parametrize(
    ("name", "field", "corrected", "note"),
    [
        ("net.prototxt", "net", "net.prototxt", 'net "a/net.prototxt" does not exist; '),
        ("t.prototxt", "test_net[1]", "t.prototxt", 'test_net "b/t.prototxt" does not'),
        (
            "1.caffemodel",
            "weights[0]",
            "1.caffemodel, 2.caffemodel",
            'weights "w/1.caffemodel" does not exist; "1.caffemodel" beside s is used',
        ),
        ("train", "data_param.source", "train", 'layer "d": source "db/train" does not exist; '),
    ],
)
def test_what_moved_is_corrected_and_told(
    tmp_path: Path, name: str, field: str, corrected: str, note: str
) -> None:
    (tmp_path / name).write_text("")
    (moved,) = [r for r in read(tmp_path) if r.moved]
    assert (moved.field, moved.corrected) == (field, corrected)
    assert note in moved.note


def test_what_only_begins_a_path_is_not_looked_for(tmp_path: Path) -> None:
    (tmp_path / "x").write_text("")
    assert not [r for r in read(tmp_path) if r.moved]


def test_a_note_is_given_once(tmp_path: Path) -> None:
    (tmp_path / "train").mkdir()
    files = Files({str(tmp_path / "n"): NET})
    net = files.net(str(tmp_path / "n"))
    assert len(notes(None, [net, net], files)) == 1
