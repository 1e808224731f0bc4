"""events.jsonl: what is kept, what is cut, and what is no event."""

from __future__ import annotations

import json
import math
from pathlib import Path

from caffe2torch.health.events import Events, read
from caffe2torch.health.history import Activation, History, LayerNorms
from caffe2torch.health.observation import Observation


def test_events_are_a_line_each_in_order(tmp_path: Path) -> None:
    events = Events(tmp_path)
    events.write("a", 1, value=2.5)
    events.finding(Observation("C2T608", "nan-or-inf", 3, "the loss", "lower it", "ip", True))
    first, second = read(tmp_path / "events.jsonl")
    assert first == {"event": "a", "iteration": 1, "value": 2.5}
    assert (second["event"], second["iteration"], second["code"]) == ("finding", 3, "C2T608")
    assert second["layer"] == "ip" and second["fatal"]


def test_a_measurement_holds_the_iterations_numbers_and_their_steps(tmp_path: Path) -> None:
    history = History(
        losses=[3, 2], norms={1: [LayerNorms("a", 0.5, 2, 0.1)]},
        activations={0: [Activation("r", "ReLU", 0, 1, 0.5)]},
    )  # fmt: skip
    Events(tmp_path).measurement(history, 1)
    (event,) = read(tmp_path / "events.jsonl")
    assert event["loss"] == 2 and event["activations"] == []
    assert event["norms"][0]["step"] == 0.025


def test_a_run_that_goes_on_keeps_what_came_before(tmp_path: Path) -> None:
    events = Events(tmp_path)
    for iteration in (0, 100, 200):
        events.write("a", iteration)
    events.begin(200)
    events.write("b", 200)
    assert [(e["event"], e["iteration"]) for e in read(tmp_path / "events.jsonl")] == [
        ("a", 0), ("a", 100), ("b", 200),
    ]  # fmt: skip


def test_lines_that_are_no_events_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    good = json.dumps({"event": "a", "iteration": 1, "loss": math.nan})
    path.write_text(f'{good}\n[1]\n{{"event": "b"}}\n{{"iteration": "2"}}\n{good[:-4]}')
    (event,) = read(path)
    assert math.isnan(event["loss"])


def test_without_a_folder_nothing_is_kept(tmp_path: Path) -> None:
    for events in (Events(None), Events(tmp_path / "gone")):
        events.begin(0)
        events.write("a", 1)
    assert list(tmp_path.iterdir()) == []


def test_lines_of_other_kinds_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    path.write_bytes(
        b"\xff\xfe\n" + b"[" * 100_000 + b'\n[1]\n{"iteration": "x"}\n{"iteration": 1}\n'
    )
    assert list(read(path)) == [{"iteration": 1}]
