"""events.jsonl in the run folder: what was measured and what was seen, a line each."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from caffe2torch import inputs
from caffe2torch.atomic import replacing
from caffe2torch.health.history import History
from caffe2torch.health.observation import Observation
from caffe2torch.train.run_folder import EVENTS


class Events:
    """Writes events; without a folder, or where it is gone, they are not kept."""

    def __init__(self, folder: Path | None) -> None:
        self.path = folder / EVENTS if folder is not None else None

    def begin(self, iteration: int) -> None:
        """Keep what happened before `iteration`, for a run that goes on; the rest is another's."""
        if self.path is not None and self.path.is_file():
            kept = [event for event in read(self.path) if event["iteration"] < iteration]
            with replacing(self.path) as aside:
                aside.write_text("".join(map(line, kept)), encoding="utf-8")

    def write(self, event: str, iteration: int, **values: Any) -> None:
        """Add an event."""
        if self.path is not None and self.path.parent.is_dir():
            with self.path.open("a", encoding="utf-8") as file:
                file.write(line({"event": event, "iteration": iteration, **values}))

    def finding(self, seen: Observation) -> None:
        """Add what a detector says."""
        self.write(**seen.record())

    def measurement(self, history: History, iteration: int) -> None:
        """Add gradients, weights and activations of an iteration, as far as they were measured."""
        norms = [asdict(one) | {"step": one.step} for one in history.norms.get(iteration, [])]
        blobs = [asdict(one) for one in history.activations.get(iteration, [])]
        loss = history.losses[-1] if history.losses else None
        self.write("measurement", iteration, loss=loss, norms=norms, activations=blobs)


def line(event: dict[str, Any]) -> str:
    """Return an event as a line; numbers that are none stand as NaN and Infinity."""
    return json.dumps(event) + "\n"


def read(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the events of a file; a last line that was cut off is left out."""
    for text in inputs.read_text(path, "replace").splitlines():
        try:
            event = inputs.parse_json(text)
        except ValueError:
            continue
        if isinstance(event, dict) and isinstance(event.get("iteration"), int):
            yield event
