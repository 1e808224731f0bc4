"""What a person sees while a net trains: a live bar and a table of tests, or plain lines."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from caffe2torch.terminal import clock, printable, printable_lines, verbosity
from caffe2torch.train.log import number
from caffe2torch.train.state import RunState
from caffe2torch.train.watch import DisplayRecord, Score, ScoreRecord, StepRecord, Watcher

ROWS = 12
"""How many tests the table shows; all of them are in metrics.csv."""
PERIOD = 0.25
"""Seconds between two updates of the bar."""


def lasting(echo: Callable[[str], None]) -> Callable[[str], None]:
    """Return what prints lines for as long as somebody reads them, and nothing after that."""

    def line(text: str) -> None:
        try:
            echo(text)
        except BrokenPipeError:  # "| head" has seen enough; Python would complain when it exits
            with suppress(OSError):
                nowhere = os.open(os.devnull, os.O_WRONLY)
                os.dup2(nowhere, sys.stdout.fileno())
                os.close(nowhere)
        except OSError:
            pass  # a full disk under "> file"; the log has its own

    return line


def unless_quiet(echo: Callable[[str], None]) -> Callable[[str], None]:
    """Return what prints lines that are no results: nothing does with -q."""
    return lasting(echo) if verbosity() >= 0 else lambda _text: None


class Plain(Watcher):
    """One line an event, for files and pipes.

    echo: prints a line
    """

    def __init__(self, echo: Callable[[str], None]) -> None:
        self.echo = lasting(echo)
        self.max_iter = 0

    def on_start(self, state: RunState) -> None:
        """Learn how long the run is."""
        self.max_iter = state.param.max_iter

    def on_display(self, record: DisplayRecord) -> None:
        """Print iteration, loss, rate and speed."""
        rate = "" if record.lr is None else f"  lr {number(record.lr)}"
        speed = f"  {record.images / record.seconds:,.0f} images/s" if record.images else ""
        loss = number(record.loss)
        self.echo(f"iteration {record.iter}/{self.max_iter}  loss {loss}{rate}{speed}")

    def on_test(self, record: ScoreRecord) -> None:
        """Print the mean scores."""
        weights = ", averaged weights" if record.averaged else ""
        self.echo(f"test #{record.net} at iteration {record.iter}{weights}: {joined(record)}")

    def on_snapshot(self, path: str) -> None:
        """Print where the snapshot is."""
        self.echo(f"snapshot {printable(path)}")

    def on_note(self, text: str) -> None:
        """Print it."""
        self.echo(f"note: {text}")


class Results(Plain):
    """The lines of tests alone, for -q."""

    def on_display(self, record: DisplayRecord) -> None:
        """Print nothing: the log and metrics.csv have it."""

    def on_snapshot(self, path: str) -> None:
        """Print nothing."""

    def on_note(self, text: str) -> None:
        """Print nothing."""


def joined(record: ScoreRecord) -> str:
    """Return all scores of a test in a line."""
    loss = [] if record.loss is None else [Score("total loss", record.loss)]
    return ", ".join(f"{s.blob} {number(s.value)}" for s in [*record.scores, *loss])


class Live(Watcher):
    """A bar with loss, rate, images/s and time left, under a table of the last tests."""

    def __init__(self, console: Any = None) -> None:
        from rich.console import Console
        from rich.live import Live as Screen
        from rich.progress import BarColumn, Progress, TextColumn

        self.console = console or Console()
        self.bar = Progress(
            TextColumn("{task.completed:,.0f}/{task.total:,.0f}"),
            BarColumn(None),
            TextColumn("{task.fields[text]}"),
            console=self.console,
        )
        self.task = self.bar.add_task("", total=1, text="")
        self.screen = Screen(console=self.console, auto_refresh=False, transient=False)
        self.tests: list[ScoreRecord] = []
        self.drawn = 0.0
        self.state: RunState | None = None
        self.start = (0.0, 0)

    def on_start(self, state: RunState) -> None:
        """Draw the empty bar."""
        self.state, self.start = state, (time.perf_counter(), state.iter)
        self.bar.update(self.task, total=max(state.param.max_iter, 1), completed=state.iter)
        self.screen.start()
        self._draw()

    def on_step(self, record: StepRecord) -> None:
        """Move the bar, a few times a second."""
        if self.state and time.perf_counter() - self.drawn > PERIOD:
            if self.state.ranks.world == 1:
                self.state.read_losses()
            self._move(self.state)

    def _move(self, state: RunState) -> None:
        start, first = self.start
        seconds, count = time.perf_counter() - start, state.iter - first
        text = f"loss {number(state.average.smoothed)}"
        if count:
            left = seconds / count * (state.param.max_iter - state.iter)
            rate = number(state.optimizer.param_groups[0]["lr"])
            speed = count * state.images / seconds
            text += f"  lr {rate}  {speed:,.0f} images/s  {clock(left)} left"
        self.bar.update(self.task, completed=state.iter, text=text)
        self._draw()

    def _draw(self) -> None:
        from rich.console import Group

        self.drawn = time.perf_counter()
        parts = [self._table(), self.bar] if self.tests else [self.bar]
        self.screen.update(Group(*parts), refresh=True)

    def _table(self) -> Any:
        from rich.table import Table

        names = list(dict.fromkeys(printable(s.blob) for test in self.tests for s in test.scores))
        table = Table("iteration", "test net", *names, box=None, pad_edge=False)
        for test in self.tests[-ROWS:]:
            values: dict[str, list[str]] = {}
            for score in test.scores:
                values.setdefault(printable(score.blob), []).append(number(score.value))
            cells = [" ".join(values.get(name, [])) for name in names]
            name = f"#{test.net} averaged" if test.averaged else f"#{test.net}"
            table.add_row(str(test.iter), name, *cells)
        return table

    def on_test(self, record: ScoreRecord) -> None:
        """Add a row."""
        self.tests.append(record)
        self._draw()

    def on_snapshot(self, path: str) -> None:
        """Print above the bar where the snapshot is."""
        self.console.print(f"snapshot {printable(path)}", highlight=False, markup=False)

    def on_note(self, text: str) -> None:
        """Print it above the bar."""
        self.console.print(f"note: {printable_lines(text)}", highlight=False, markup=False)

    def on_end(self) -> None:
        """Leave the last state on the screen."""
        if self.state:
            self._move(self.state)
        self.stop()

    def stop(self) -> None:
        """Give the terminal back."""
        self.screen.stop()
