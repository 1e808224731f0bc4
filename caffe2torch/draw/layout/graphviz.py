"""The layout of Graphviz's `dot`, where it is installed.

It is given sizes and numbers alone, never a name: no text of a net reaches another program.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator

from caffe2torch.draw.layout import Plan, Point, Task
from caffe2torch.errors import C2TError

SECONDS = 30
DOTS = 72.0  # Graphviz counts in inches


class GraphvizError(C2TError):
    """Graphviz failed; the layout here can take its place."""


def program() -> str:
    """The path of `dot`, "" if it is not installed."""
    return shutil.which("dot") or ""


def place(task: Task, dot: str) -> Plan:
    """Lay out a task from the top down.

    Raises: GraphvizError if `dot` fails, takes more than SECONDS, or answers something else.
    """
    command = [dot, "-Tplain"]
    text = "\n".join(_lines(task))
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=SECONDS)
    except (OSError, subprocess.TimeoutExpired, UnicodeDecodeError) as error:
        raise GraphvizError(f"Graphviz failed: {error}") from None
    if done.returncode:
        first = done.stderr.strip().partition("\n")[0]
        raise GraphvizError(f"Graphviz failed with code {done.returncode}: {first}")
    try:
        return _plan(done.stdout, task)
    except (ValueError, IndexError, KeyError):
        raise GraphvizError("Graphviz answered something that is no layout") from None


def _lines(task: Task) -> Iterator[str]:
    yield "digraph {"
    yield 'graph [nodesep=0.3, ranksep=0.25]; node [shape=box, fixedsize=true, label=""];'
    yield "edge [arrowhead=none];"
    for i, (width, height) in enumerate(task.sizes):
        yield f"{i} [width={width / DOTS:.4f}, height={height / DOTS:.4f}];"
    for tail, head in task.arrows:
        tied = " [weight=8]" if (tail, head) in task.tied else ""
        yield f"{tail} -> {head}{tied};"
    yield "}"


def _plan(text: str, task: Task) -> Plan:
    """Read the plain format: `graph`, `node` and `edge` lines, in inches from the bottom left."""
    centres: dict[int, Point] = {}
    routes: dict[tuple[int, int], list[Point]] = {}
    size = (0.0, 0.0)
    for words in map(str.split, text.splitlines()):
        if words[:1] == ["graph"]:
            size = (float(words[2]) * DOTS, float(words[3]) * DOTS)
        elif words[:1] == ["node"]:
            centres[int(words[1])] = _points(words[2:4], size[1])[0]
        elif words[:1] == ["edge"]:
            count = int(words[3])
            points = _points(words[4 : 4 + 2 * count], size[1])
            routes[int(words[1]), int(words[2])] = points
    ordered = [centres[i] for i in range(len(task.sizes))]
    return Plan(*size, ordered, [routes[arrow] for arrow in task.arrows])


def _points(words: list[str], height: float) -> list[Point]:
    numbers = [float(word) * DOTS for word in words]
    pairs = zip(numbers[::2], numbers[1::2], strict=True)
    return [(x, height - y) for x, y in pairs]
