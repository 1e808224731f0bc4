"""What a person sees while a net trains: a live bar and a table of tests, or plain lines."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from torch import Tensor

from caffe2torch.train.log import number
from caffe2torch.train.watch import Display, Score, Scored, Watcher

if TYPE_CHECKING:
    from caffe2torch.train.loop import Solver

ROWS = 12
"""How many tests the table shows; all of them are in metrics.csv."""
PERIOD = 0.25
"""Seconds between two updates of the bar."""


class Plain(Watcher):
    """One line an event, for files and pipes.

    echo: prints a line
    """

    def __init__(self, echo: Callable[[str], None]) -> None:
        self.echo = echo

    def on_display(self, solver: Solver, display: Display) -> None:
        """Say iteration, loss, rate and speed."""
        rate = "" if display.rate is None else f"  lr {number(display.rate)}"
        speed = f"  {display.images / display.seconds:,.0f} images/s" if display.images else ""
        total = solver.param.max_iter
        self.echo(
            f"iteration {display.iteration}/{total}  loss {number(display.loss)}{rate}{speed}"
        )

    def on_test(self, solver: Solver, test: Scored) -> None:
        """Say the mean scores."""
        self.echo(f"test #{test.net} at iteration {test.iteration}: {joined(test)}")

    def on_snapshot(self, solver: Solver, path: str) -> None:
        """Say where the snapshot is."""
        self.echo(f"snapshot {path}")

    def on_note(self, text: str) -> None:
        """Say it."""
        self.echo(f"note: {text}")


def joined(test: Scored) -> str:
    """Return all scores of a test in a line."""
    loss = [] if test.loss is None else [Score("total loss", test.loss)]
    return ", ".join(f"{s.blob} {number(s.value)}" for s in [*test.scores, *loss])


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
            TextColumn("{task.fields[said]}"),
            console=self.console,
        )
        self.task = self.bar.add_task("", total=1, said="")
        self.screen = Screen(console=self.console, auto_refresh=False, transient=False)
        self.tests: list[Scored] = []
        self.drawn = 0.0
        self.begun = (0.0, 0)

    def on_start(self, solver: Solver) -> None:
        """Draw the empty bar."""
        self.begun = (time.perf_counter(), solver.iter)
        self.bar.update(self.task, total=max(solver.param.max_iter, 1), completed=solver.iter)
        self.screen.start()
        self._draw()

    def on_step(self, solver: Solver, blobs: dict[str, Tensor]) -> None:
        """Move the bar, a few times a second."""
        if time.perf_counter() - self.drawn > PERIOD:
            if solver.ranks.world == 1:
                solver.display.take_losses()
            self._move(solver)

    def _move(self, solver: Solver) -> None:
        start, first = self.begun
        seconds, done = time.perf_counter() - start, solver.iter - first
        said = f"loss {number(solver.average.smoothed)}"
        if done:
            images = done * solver.train.images * solver.param.iter_size * solver.ranks.world
            left = seconds / done * (solver.param.max_iter - solver.iter)
            rate = number(solver.optimizer.param_groups[0]["lr"])
            said += f"  lr {rate}  {images / seconds:,.0f} images/s  {clock(left)} left"
        self.bar.update(self.task, completed=solver.iter, said=said)
        self._draw()

    def _draw(self) -> None:
        from rich.console import Group

        self.drawn = time.perf_counter()
        parts = [self._table(), self.bar] if self.tests else [self.bar]
        self.screen.update(Group(*parts), refresh=True)

    def _table(self) -> Any:
        from rich.table import Table

        names = list(dict.fromkeys(f"{s.blob}" for test in self.tests for s in test.scores))
        table = Table("iteration", "test net", *names, box=None, pad_edge=False)
        for test in self.tests[-ROWS:]:
            values: dict[str, list[str]] = {}
            for score in test.scores:
                values.setdefault(score.blob, []).append(number(score.value))
            cells = [" ".join(values.get(name, [])) for name in names]
            table.add_row(str(test.iteration), f"#{test.net}", *cells)
        return table

    def on_test(self, solver: Solver, test: Scored) -> None:
        """Add a row."""
        self.tests.append(test)
        self._draw()

    def on_snapshot(self, solver: Solver, path: str) -> None:
        """Say above the bar where the snapshot is."""
        self.console.print(f"snapshot {path}", highlight=False, markup=False)

    def on_note(self, text: str) -> None:
        """Say it above the bar."""
        self.console.print(f"note: {text}", highlight=False, markup=False)

    def on_end(self, solver: Solver) -> None:
        """Leave the last state on the screen."""
        self._move(solver)
        self.stop()

    def stop(self) -> None:
        """Give the terminal back."""
        self.screen.stop()


def clock(seconds: float) -> str:
    """Return a duration as h:mm:ss, or m:ss below an hour."""
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"
