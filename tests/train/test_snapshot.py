"""Snapshots: both formats, going on bit by bit, and what a kill in between leaves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from caffe2torch.errors import SolverError, WeightsError
from caffe2torch.train import snapshot_files
from caffe2torch.train.solver import Solver
from caffe2torch.train.watch import Watcher
from caffe2torch.weights import SolverState, read_solverstate, read_weights, write_solverstate
from tests.train import tiny


class Notes(Watcher):
    def __init__(self) -> None:
        self.texts: list[str] = []

    def on_note(self, text: str) -> None:
        self.texts.append(text)


def trained(path: Path, restore: str = "", **changes: object) -> Solver:
    solver = tiny.solver(path, **changes)
    if restore:
        solver.restore(restore)
    solver.solve()
    solver.close()
    return solver


@pytest.mark.parametrize("form", ["BINARYPROTO", "HDF5"])
@pytest.mark.parametrize("kind", ["SGD", "Adam", "AdaDelta"])
def test_a_resumed_run_ends_bit_by_bit_where_the_other_does(
    tmp_path: Path, form: str, kind: str
) -> None:
    path = tiny.write(tmp_path, more=f"snapshot_format: {form}")
    whole = trained(path, type=kind)
    end = ".h5" if form == "HDF5" else ""
    state = tmp_path / f"snap_iter_20.solverstate{end}"
    torch.manual_seed(99)
    resumed = trained(path, str(state), type=kind)
    tiny.assert_same(tiny.weights(whole), tiny.weights(resumed))
    assert whole.state.average == resumed.state.average


def test_without_the_third_file_the_data_begins_again_and_that_is_told(tmp_path: Path) -> None:
    path, notes = tiny.write(tmp_path), Notes()
    whole = trained(path)
    (tmp_path / "snap_iter_20.c2tstate").unlink()
    resumed = trained(path, str(tmp_path / "snap_iter_20.solverstate"), watchers=[notes])
    assert any("the data begins at its first record again" in text for text in notes.texts)
    assert resumed.iter == 30
    assert not np.array_equal(whole.net.score.weight.detach(), resumed.net.score.weight.detach())


def test_other_options_are_told(tmp_path: Path) -> None:
    from caffe2torch.module.options import Options

    path, notes = tiny.write(tmp_path), Notes()
    trained(path, max_iter=10)
    options = Options(ignore_shape_mismatch=True)
    state = str(tmp_path / "snap_iter_10.solverstate")
    trained(path, state, max_iter=10, watchers=[notes], options=options)
    assert any("made with other options" in text for text in notes.texts)


def test_every_kill_while_writing_leaves_the_older_snapshot_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tiny.write(tmp_path)
    trained(path, max_iter=10)
    before = tiny.weights(tiny.solver(path))
    real, moves = Path.replace, []

    class KilledError(Exception):
        pass

    for fatal in range(3):  # the three files are moved into place one after the other
        moves.clear()

        def replace(self: Path, target: object, fatal: int = fatal) -> Path:
            if "snap_iter_20" in str(target) and ".part" not in str(target):
                if len(moves) == fatal:
                    raise KilledError
                moves.append(target)
            return real(self, target)

        monkeypatch.setattr(Path, "replace", replace)
        with pytest.raises(KilledError):
            trained(path, str(tmp_path / "snap_iter_10.solverstate"), max_iter=20)
        monkeypatch.setattr(Path, "replace", real)
        last, _ = snapshot_files.newest([str(tmp_path / "snap")])
        assert last == str(tmp_path / "snap_iter_10.solverstate")
        again = tiny.solver(path)
        again.restore(last)
        assert again.iter == 10
        again.close()
    assert before.keys() == tiny.weights(again).keys()
    done = trained(path, last, max_iter=20)
    newest = snapshot_files.newest([str(tmp_path / "snap")])
    assert newest == (str(tmp_path / "snap_iter_20.solverstate"), [])
    assert done.iter == 20
    assert not list(tmp_path.glob(".*part"))


def test_what_a_killed_process_left_aside_is_swept_up(tmp_path: Path) -> None:
    left = tmp_path / ".snap_iter_20.solverstate.123.part"
    left.mkdir()
    for name in ("snap_iter_20.caffemodel", "lock"):
        (left / name).write_bytes(b"half")
    trained(tiny.write(tmp_path), max_iter=10)
    assert not left.exists()


def test_the_update_is_saved_when_asked_for(tmp_path: Path) -> None:
    path = tiny.write(tmp_path, more="snapshot_diff: true")
    solver = tiny.solver(path, max_iter=9, snapshot=0, snapshot_after_train=False)
    solver.solve()
    before = tiny.weights(solver)
    solver.step(1)
    solver.snapshot()
    solver.close()
    saved = read_weights(tmp_path / "snap_iter_10.caffemodel", diffs=True)
    moved = before["conv.weight"] - saved["conv"][0]
    np.testing.assert_allclose(saved.diffs["conv"][0], moved, atol=1e-6)
    assert not saved.diffs["bn"][0].any()


def test_history_is_in_caffes_order_and_complete(tmp_path: Path) -> None:
    trained(tiny.write(tmp_path), max_iter=10)
    state = read_solverstate(tmp_path / "snap_iter_10.solverstate")
    shapes = [(3, 1, 3, 3), (3,), (3,), (3,), (1,), (4, 27), (4,)]
    assert [np.shape(array) for array in state.history] == shapes * 2
    assert state.learned_net == str(tmp_path / "snap_iter_10.caffemodel")


def test_a_folder_that_was_moved_is_still_resumed(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    trained(path, max_iter=10)
    moved = tmp_path / "moved"
    moved.mkdir()
    for file in tmp_path.glob("snap_iter_10.*"):
        file.rename(moved / file.name)
    assert trained(path, str(moved / "snap_iter_10.solverstate"), max_iter=12).iter == 12
    (moved / "snap_iter_10.caffemodel").unlink()
    with pytest.raises(WeightsError, match="which are gone"):
        trained(path, str(moved / "snap_iter_10.solverstate"))


@pytest.mark.parametrize(
    ("history", "message"),
    [
        (3, "holds 3 history blobs, Adam on this net keeps 14"),
        (14, r"history blob 0 has shape \(2,\), its parameter \(3, 1, 3, 3\)"),
    ],
)
def test_a_history_that_does_not_fit_is_refused(tmp_path: Path, history: int, message: str) -> None:
    path = tiny.write(tmp_path)
    write_solverstate(tmp_path / "x.solverstate", SolverState(5, "", 0, [np.zeros(2)] * history))
    with pytest.raises(WeightsError, match=message):
        trained(path, str(tmp_path / "x.solverstate"))


def test_an_absent_snapshot_is_refused_with_those_that_are_there(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    trained(path, max_iter=10)
    with pytest.raises(SolverError, match="there is no snapshot .*snap_iter_10.solverstate"):
        trained(path, str(tmp_path / "snap_iter_11.solverstate"))


def test_a_damaged_third_file_is_refused_with_the_way_round(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    trained(path, max_iter=10)
    (tmp_path / "snap_iter_10.c2tstate").write_bytes(b"PK nothing")
    with pytest.raises(WeightsError, match="remove it to go on as Caffe would"):
        trained(path, str(tmp_path / "snap_iter_10.solverstate"))


@pytest.mark.parametrize("content", [[1, 2], {"iter": 10}, {"iter": 10, "options": {}, "ranks": 1}])
def test_a_third_file_of_another_form_is_refused(tmp_path: Path, content: object) -> None:
    path = tiny.write(tmp_path)
    trained(path, max_iter=10)
    torch.save(content, tmp_path / "snap_iter_10.c2tstate")
    with pytest.raises(WeightsError, match="not what caffe2torch writes → remove it"):
        trained(path, str(tmp_path / "snap_iter_10.solverstate"))


def test_a_third_file_of_another_net_is_refused(tmp_path: Path) -> None:
    path = tiny.write(tmp_path)
    trained(path, max_iter=10)
    sidecar = tmp_path / "snap_iter_10.c2tstate"
    extras = torch.load(sidecar, weights_only=True)
    extras["ranks"][0]["torch"] = torch.zeros(3)
    torch.save(extras, sidecar)
    with pytest.raises(WeightsError, match=r"snap_iter_10\.c2tstate does not fit this run"):
        trained(path, str(tmp_path / "snap_iter_10.solverstate"))


def test_a_snapshot_that_cannot_be_written_goes_elsewhere_and_that_is_told(tmp_path: Path) -> None:
    path, notes = tiny.write(tmp_path), Notes()
    (tmp_path / "spare").mkdir()
    solver = tiny.solver(path, max_iter=12, watchers=[notes])
    solver.param.snapshot_prefix = str(tmp_path / "absent" / "snap")
    solver.state.fallbacks = [str(tmp_path / "gone" / "x"), str(tmp_path / "spare" / "x")]
    solver.solve()
    solver.close()
    states = [str(tmp_path / "spare" / f"x_iter_{n}.solverstate") for n in (10, 12)]
    assert solver.state.snapshots == states[1:]
    assert not Path(states[0]).exists()  # such a place is not to be filled
    assert all(
        "absent" in text and state in text for text, state in zip(notes.texts, states, strict=True)
    )
    again = tiny.solver(path)
    again.restore(states[1])
    again.close()
    tiny.assert_same(tiny.weights(solver), tiny.weights(again))


def test_without_any_place_training_goes_on_and_the_end_is_refused(tmp_path: Path) -> None:
    path, notes = tiny.write(tmp_path), Notes()
    solver = tiny.solver(path, max_iter=12, watchers=[notes])
    solver.param.snapshot_prefix = str(tmp_path / "absent" / "snap")
    solver.state.fallbacks = [str(tmp_path / "gone" / "x")]
    with pytest.raises(OSError, match="absent"):
        solver.solve()
    solver.close()
    assert solver.iter == 12
    (note,) = notes.texts
    assert note.startswith("no snapshot at iteration 10: ") and "training goes on" in note
