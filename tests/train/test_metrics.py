"""metrics.csv and the curve: rows from records, a resumed run, what is drawn."""

from __future__ import annotations

import csv
import errno
import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from caffe2torch.train import metrics
from caffe2torch.train.metrics import Metrics
from caffe2torch.train.watch import DisplayRecord, Score, ScoreRecord


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def at(iteration: int) -> SimpleNamespace:
    return SimpleNamespace(iter=iteration)


def display(iteration: int, loss: float, lr: float | None = 0.5) -> DisplayRecord:
    return DisplayRecord(iteration, loss, lr, [Score("loss", loss, 1.0)], 60, 0.5)


def test_a_row_is_one_iteration_shown_and_tested(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    watcher = Metrics(path)
    watcher.on_start(at(0))
    watcher.on_test(ScoreRecord(0, 0, [Score("accuracy", 0.25)]))
    watcher.on_display(display(0, 2.0))
    watcher.on_display(display(5, 1.0))
    watcher.on_test(ScoreRecord(10, 0, [Score("accuracy", 0.75)]))
    watcher.on_test(ScoreRecord(10, 1, [Score("p", 1.0), Score("p", 2.0)]))
    watcher.on_end()
    assert rows(path) == [
        {
            "iteration": iteration, "loss": loss, "lr": lr, "images_per_second": speed,
            "test0 accuracy": accuracy, "train loss": loss, "test1 p[0]": p0, "test1 p[1]": p1,
        }
        for iteration, loss, lr, speed, accuracy, p0, p1 in [
            ("0", "2", "0.5", "120", "0.25", "", ""),
            ("5", "1", "0.5", "120", "", "", ""),
            ("10", "", "", "", "0.75", "1", "2"),
        ]
    ]  # fmt: skip


def test_a_run_that_goes_on_keeps_the_rows_before_it(tmp_path: Path) -> None:
    path = tmp_path / "m.csv"
    first = Metrics(path)
    first.on_start(at(0))
    for iteration in (0, 5, 10):
        first.on_display(display(iteration, 1.0))
    first.on_end()
    second = Metrics(path)
    second.on_start(at(7))
    second.on_display(display(10, 3.0))
    second.on_end()
    assert [(row["iteration"], row["loss"]) for row in rows(path)] == [
        ("0", "1"),
        ("5", "1"),
        ("10", "3"),
    ]


def test_the_way_to_a_loss_that_is_no_number_is_in_the_table(tmp_path: Path) -> None:
    """Where nothing is displayed in between, the curve of a run that blew up would be one dot."""
    watcher = Metrics(tmp_path / "m.csv")
    watcher.on_start(at(0))
    losses = [2.0, 5.5, 76.0, float("nan")]
    for iteration, loss in enumerate(losses):
        watcher.on_gradients(SimpleNamespace(iter=iteration, loss=loss))
        if iteration == 0:
            watcher.on_display(display(0, loss))
    watcher.on_end()
    written = [(row["iteration"], row["loss"]) for row in rows(tmp_path / "m.csv")]
    assert written == [("0", "2"), ("1", "5.5"), ("2", "76"), ("3", "nan")]


def test_a_run_that_ends_well_shows_what_was_displayed(tmp_path: Path) -> None:
    watcher = Metrics(tmp_path / "m.csv")
    watcher.on_start(at(0))
    for iteration in range(3):
        watcher.on_gradients(SimpleNamespace(iter=iteration, loss=1.0))
    watcher.on_display(display(2, 1.0))
    watcher.on_end()
    assert [row["iteration"] for row in rows(tmp_path / "m.csv")] == ["2"]


def test_a_snapshot_writes_what_there_is(tmp_path: Path) -> None:
    watcher = Metrics(tmp_path / "m.csv")
    watcher.on_start(at(0))
    watcher.on_display(display(0, 2.0))
    assert rows(tmp_path / "m.csv") == []
    watcher.on_snapshot("s")
    assert len(rows(tmp_path / "m.csv")) == 1


def test_outputs_of_several_numbers_have_columns_of_their_own() -> None:
    scores = [Score("p", 1.0), Score("p", 2.0), Score("loss", 3.0, 1.0)]
    assert metrics.named("test1", scores) == {
        "test1 p[0]": "1",
        "test1 p[1]": "2",
        "test1 loss": "3",
    }


@pytest.mark.parametrize(("body", "drawn"), [("0,2.5,0.5\n5,1.5,0.5\n", True), ("", False)])
def test_the_curve_is_drawn_if_there_is_something(tmp_path: Path, body: str, drawn: bool) -> None:
    (tmp_path / "m.csv").write_text("iteration,loss,test0 accuracy\n" + body)
    assert metrics.draw(tmp_path / "m.csv", tmp_path / "c.png", "net") is drawn
    assert (tmp_path / "c.png").exists() is drawn


def test_rows_that_a_full_disk_refuses_are_written_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "m.csv"
    watcher = Metrics(path)
    watcher.on_start(at(0))
    watcher.on_display(display(0, 2.0))
    watcher.on_snapshot("")
    before = path.read_bytes()
    real = Path.open

    def full(self: Path, mode: str = "r", *rest: object, **more: object) -> object:
        if "r" not in mode:
            raise OSError(errno.ENOSPC, "No space left on device", str(self))
        return real(self, mode, *rest, **more)

    monkeypatch.setattr(Path, "open", full)
    for iteration in (5, 10):
        watcher.on_display(display(iteration, 1.0))
        with pytest.raises(OSError, match="No space"):
            watcher.on_snapshot("")
    assert path.read_bytes() == before
    monkeypatch.undo()
    watcher.on_end()
    assert [row["iteration"] for row in rows(path)] == ["0", "5", "10"]


def test_a_table_that_was_removed_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "run" / "m.csv"
    watcher = Metrics(path)
    watcher.on_start(at(0))
    watcher.on_display(display(0, 2.0))
    watcher.on_snapshot("")
    shutil.rmtree(path.parent)
    watcher.on_display(display(5, 1.0))
    watcher.on_end()
    assert [row["iteration"] for row in rows(path)] == ["5"]


def test_a_curve_of_nothing_but_nan_is_drawn(tmp_path: Path) -> None:
    (tmp_path / "m.csv").write_text("iteration,loss\n0,nan\n5,nan\n")
    assert metrics.draw(tmp_path / "m.csv", tmp_path / "c.png")


def test_of_thousands_of_curves_some_are_drawn(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[str] = []

    class Axes:
        def plot(self, *_values: object, label: str, **_style: object) -> None:
            drawn.append(label)

        def legend(self, title: str | None) -> None:
            drawn.append(str(title))

        def __getattr__(self, _name: str) -> object:
            return lambda *_a, **_k: None

    metrics._plot(Axes(), {f"s{i}": [(0, 1.0), (1, 2.0)] for i in range(1000)})
    assert len(drawn) == metrics.MOST_CURVES + 1
    assert drawn[-1] == "and 960 more, in metrics.csv"
