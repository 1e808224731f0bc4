"""What a person sees while a net trains."""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path

import click
import pytest
import torch
from rich.console import Console

from caffe2torch.train import terminal
from caffe2torch.train.watch import DisplayRecord, Score, ScoreRecord, StepRecord


def test_the_live_view_shows_bar_and_table(tmp_path: Path) -> None:
    class Short:
        class param:
            max_iter = 200

        class average:
            smoothed = 0.25

        class optimizer:
            param_groups = [{"lr": 0.1}]

        class ranks:
            world = 1

        iter, images = 0, 4

        @staticmethod
        def read_losses() -> float:
            return 0.25

    console = Console(record=True, force_terminal=True, width=100)
    live, run = terminal.Live(console), Short()
    live.on_start(run)
    live.on_note("something to know")
    live.on_test(ScoreRecord(0, 0, [Score("accuracy", 0.5), Score("loss", 1.5, 1.0)]))
    run.iter = 100
    live.drawn = 0.0
    live.on_step(StepRecord(99, torch.tensor(0.25), {}, 0.1))
    live.on_end()
    text = console.export_text()
    assert "note: something to know" in text
    last = text[text.rindex("iteration") :]
    assert re.search(r"0 +#0 +0\.5 +1\.5", last)
    assert re.search(r"100/200 .*loss 0\.25  lr 0\.1  [\d,]+ images/s  0:\d\d left", last)


def test_durations() -> None:
    assert [terminal.clock(s) for s in (5, 65, 3725)] == ["0:05", "1:05", "1:02:05"]


def test_plain_lines() -> None:
    lines: list[str] = []
    plain = terminal.Plain(lines.append)

    class run:
        class param:
            max_iter = 10

    plain.on_start(run)
    plain.on_display(DisplayRecord(5, 0.5, 0.01, [], 100, 0.5))
    plain.on_test(ScoreRecord(5, 1, [Score("accuracy", 0.75)], 0.5))
    assert lines == [
        "iteration 5/10  loss 0.5  lr 0.01  200 images/s",
        "test #1 at iteration 5: accuracy 0.75, total loss 0.5",
    ]


def test_lines_that_nobody_reads_any_more_are_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "w", buffering=1) as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        echo = terminal.lasting(click.echo)
        echo("one")
        assert os.read(reader, 10) == b"one\n"
        os.close(reader)  # as "| head" does
        for _ in range(3):
            echo("two")


def test_a_full_disk_under_the_output_is_no_failure() -> None:
    def full(_text: str) -> None:
        raise OSError(28, "No space left on device")

    terminal.lasting(full)("one")
