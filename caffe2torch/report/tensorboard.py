"""The figures of a run as TensorBoard's event files, beside its own: --tensorboard.

The package is asked for only here; `pip install caffe2torch[tensorboard]` brings it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import UnsupportedError
from caffe2torch.health import events
from caffe2torch.train.run_folder import EVENTS
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import DisplayRecord, Score, ScoreRecord, Watcher

MEASURED = {"norms": ("gradient", "step"), "activations": ("std", "zeros")}
"""List in a measurement of the monitor -> what of each layer is written."""


def event_writer(folder: Path, first: int) -> Any:
    """Return a writer of event files into a folder.

    first: the iteration from which on files of earlier runs there no longer count

    Raises: UnsupportedError without the package.
    """
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        raise UnsupportedError(
            "--tensorboard needs the package tensorboard",
            hint="pip install 'caffe2torch[tensorboard]', or leave the option out",
        ) from None
    return SummaryWriter(str(folder), purge_step=first)


class TensorBoard(Watcher):
    """Writes what metrics.csv and the monitor's measurements hold, as scalars, by iteration.

    folder: gives the folder of the run for a solver
    open_writer: makes what takes `add_scalar(tag, value, iteration)`
    """

    def __init__(
        self,
        folder: Callable[[pb.SolverParameter], Path],
        open_writer: Callable[[Path, int], Any] = event_writer,
    ) -> None:
        self.folder_of, self.open_writer = folder, open_writer
        self.measured = -1
        self.writer: Any = None

    def on_start(self, state: RunState) -> None:
        """Begin a file. Raises: UnsupportedError without the package."""
        self.folder = self.folder_of(state.param)
        self.measured = state.iter - 1
        self.writer = self.open_writer(self.folder / "tensorboard", state.iter)

    def on_display(self, record: DisplayRecord) -> None:
        """Write loss, rate, speed and outputs, and what was measured meanwhile."""
        self._add("train/smoothed loss", record.loss, record.iter)
        if record.lr is not None:
            self._add("train/lr", record.lr, record.iter)
        if record.images:
            self._add("train/images per second", record.images / record.seconds, record.iter)
        self._scores("train", record.scores, record.iter)
        self._measurements()

    def on_test(self, record: ScoreRecord) -> None:
        """Write the scores."""
        self._scores(record.place, record.scores, record.iter)

    def on_end(self) -> None:
        """Write what was measured last."""
        self._measurements()
        self.writer.flush()

    def stop(self) -> None:
        """Close the file."""
        if self.writer is not None:
            self.writer.close()

    def _scores(self, place: str, scores: list[Score], iteration: int) -> None:
        for score in scores:
            self._add(f"{place}/{score.blob}", score.value, iteration)

    def _measurements(self) -> None:
        """Write the measurements that events.jsonl holds since the last ones."""
        path = self.folder / EVENTS
        for event in events.read(path) if path.is_file() else ():
            if event["event"] == "measurement" and event["iteration"] > self.measured:
                self.measured = event["iteration"]
                self._measurement(event)

    def _measurement(self, event: dict[str, Any]) -> None:
        for group, fields in MEASURED.items():
            for row in event.get(group, []):
                for field in fields:
                    self._add(f"{field}/{row['layer']}", row[field], event["iteration"])

    def _add(self, tag: str, value: float, iteration: int) -> None:
        self.writer.add_scalar(tag, value, iteration)
