"""--keep-last and --keep-best: which snapshots stay, and which are removed.

Only snapshots that caffe2torch wrote are removed, only older ones than the newest, and only while
the newest is whole: what is read back from the disk decides.
"""

from __future__ import annotations

import re
from pathlib import Path

from caffe2torch.errors import C2TError, SolverError
from caffe2torch.train import snapshot_files, table
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import ScoreRecord, Watcher

FALLING = re.compile(r"loss|err|perplex", re.IGNORECASE)
"""Names of outputs that are the better, the smaller they are; of others, larger is better."""


class Pruner(Watcher):
    """Removes snapshots as newer or better ones come.

    last: how many of the newest stay; 0 leaves that open
    best: an output of a test net, "accuracy" or "test1 accuracy"; the snapshot with the best value
          stays, too. A snapshot has the score of the test at its own iteration.
    path: metrics.csv, with the scores of what came before a resume
    """

    def __init__(self, last: int, best: str, path: Path) -> None:
        self.last, self.best, self.path = last, best, path
        self.scores: dict[int, float] = {}
        self.state: RunState | None = None

    def on_start(self, state: RunState) -> None:
        """Take in the scores of the run that goes on. Raises: SolverError for an unknown name."""
        self.state = state
        if not self.best:
            return
        names = [name for i, t in enumerate(state.tests) for name in _names(i, t.graph.outputs)]
        if self.best not in names:
            known = ", ".join(names) or "none, for there are no test nets"
            raise SolverError(
                f'no test net has an output "{self.best}" for --keep-best', hint=f"known: {known}"
            )
        column = self.best if re.match(r"test\d+ ", self.best) else f"test0 {self.best}"
        rows = [row for row in table.read(self.path) if int(row["iteration"]) < state.iter]
        self.scores = dict(table.points(rows, column))

    def on_test(self, record: ScoreRecord) -> None:
        """Take in the score; the snapshot of this iteration may be the best one now."""
        for score in () if record.averaged else record.scores:
            if self.best and self.best in _names(record.net, [score.blob]):
                self.scores[record.iter] = score.value
                self._prune()
                return

    def on_snapshot(self, path: str) -> None:
        """Remove what the new snapshot makes superfluous."""
        self._prune()

    def _prune(self) -> None:
        if self.state is None:
            return
        listed = snapshot_files.listed(self.state.param.snapshot_prefix)
        written = [item for item in listed if item[0] <= self.state.iter]
        surplus = [path for n, path in written if n not in self._kept([n for n, _ in written])]
        ours = [path for path in surplus if snapshot_files.sidecar_of(Path(path)).is_file()]
        if ours and is_whole(written[0][1]):
            for path in ours:
                snapshot_files.remove(path)

    def _kept(self, iterations: list[int]) -> set[int]:
        """Return which of these iterations, the newest first, stay."""
        best = best_of({n: self.scores[n] for n in iterations if n in self.scores}, self.best)
        return {*iterations[: max(self.last, 1)], *best}


def best_of(scores: dict[int, float], name: str) -> list[int]:
    """Return the iteration with the best score, the first of several; none if there is none."""
    sign = -1.0 if FALLING.search(name) else 1.0
    finite = {n: sign * value for n, value in scores.items() if value == value}
    return [max(sorted(finite), key=finite.__getitem__)] if finite else []


def is_whole(path: str) -> bool:
    """Whether a snapshot can be read back."""
    try:
        snapshot_files.check_whole(path)
    except (C2TError, OSError):
        return False
    return True


def _names(net: int, blobs: list[str]) -> list[str]:
    """Return the names of a test net's outputs; those of the first net need no number."""
    numbered = [f"test{net} {blob}" for blob in blobs]
    return numbered + (list(blobs) if net == 0 else [])
