"""Rows of metrics.csv, and curves that share an axis."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.train import table

TEXT = """\
iteration,loss,lr,images_per_second,train loss,train loss2,test0 accuracy
0,2.5,0.1,,2.5,1.5,0.1
x,2.5,0.1,,2.5,1.5,0.1
5,nan,,30,2,1,
"""


def test_rows_without_an_iteration_are_left_out_and_absent_files_are_empty(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(TEXT)
    assert [row["iteration"] for row in table.read(tmp_path / "m.csv")] == ["0", "5"]
    assert table.read(tmp_path / "none.csv") == []


def test_points_are_the_rows_that_have_the_column() -> None:
    rows = [{"iteration": "0", "loss": "2.5"}, {"iteration": "5", "loss": ""}]
    assert table.points(rows, "loss") == [(0, 2.5)]


def test_curves_are_sorted_by_what_they_show(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text(TEXT)
    groups = table.split(table.curves_of(table.read(tmp_path / "m.csv")))
    assert {kind: list(curves) for kind, curves in groups.items()} == {
        "loss": ["loss", "train loss", "train loss2"],
        "scores": ["test0 accuracy"],
        "rate": ["lr"],
        "speed": ["images_per_second"],
    }


def test_a_single_train_loss_is_the_smoothed_one_again() -> None:
    curves = {"loss": [(0, 2.0)], "train loss": [(0, 2.0)], "test0 loss": [(0, 2.0)]}
    assert list(table.split(curves)["loss"]) == ["loss", "test0 loss"]


def test_what_is_no_row_of_ours_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    path.write_bytes(
        b"iteration,loss,lr\n0,1,2,3,4\n1,abc,0.5\n\xb2,1,1\n" + b"9" * 30 + b",1,1\n2\n"
    )
    assert table.read(path) == [
        {"iteration": "0", "loss": "1", "lr": "2"},
        {"iteration": "1", "lr": "0.5"},
        {"iteration": "2", "loss": None, "lr": None},
    ]
    assert table.points(table.read(path), "loss") == [(0, 1.0)]
    path.write_text("iteration,loss\n0,1\n" + "9" * 200_000 + ",1\n")
    assert [row["iteration"] for row in table.read(path)] == ["0"]
