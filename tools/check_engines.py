"""Convert every deploy net of a folder to ONNX, and run it in all engines that are installed.

    python tools/check_engines.py DIR [--only TEXT] [--engines a,b] [--seconds N]
                                    [--json FILE [--resume]]

DIR is searched for prototxts that are nets with their own inputs; with an index.csv, its rows of
kind net_deploy are taken. Each content counts once. Weights are random but let signals through.
A net passes in an engine if no output is farther from the graph's than 1e-4 of its largest value.
Prints a row a net and engine, the rates, and the layer of each miss; exits 1 below a bar. FILE has
the rows so far after each net; with --resume those of an earlier run are not made again.
"""

from __future__ import annotations

import csv
import hashlib
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures import TimeoutError as LateError
from concurrent.futures.process import BrokenProcessPool
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import click

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

BARS = {"converts": 0.98, "onnxruntime": 0.98, "opencv": 0.95, "openvino": 0.95}
"""Least shares: of nets that build, those that convert; of these, those equal in an engine."""
HEAD = f"{'engine':13}{'version':10}{'difference':>11}{'ms':>9}  first differing layer"


@dataclass
class Row:
    """What became of one net.

    built:   whether it builds and runs here, which is where the count begins
    problem: why it does not build, or does not convert
    engines: name -> what engines.check.Result says
    running: the engine that was at work when the process ended
    """

    net: str
    built: bool = False
    converted: bool = False
    problem: str = ""
    seconds: float = 0.0
    engines: dict[str, dict[str, Any]] = field(default_factory=dict)
    running: str = ""


def nets(folder: Path, only: str) -> Iterator[Path]:
    """The deploy nets of a folder, each content once."""
    seen = set()
    for path in _listed(folder) if (folder / "index.csv").exists() else _deploys(folder):
        digest = hashlib.sha1(path.read_bytes()).hexdigest()
        if only in str(path) and digest not in seen:
            seen.add(digest)
            yield path


def _listed(folder: Path) -> Iterator[Path]:
    with (folder / "index.csv").open(newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["kind"] == "net_deploy"]
    yield from (folder / row["path"] for row in rows)


def _deploys(folder: Path) -> Iterator[Path]:
    """Prototxts of which every source of data is an input of the net."""
    from caffe2torch.errors import C2TError
    from caffe2torch.format.upgrade import read_net
    from caffe2torch.graph import build_graph

    for path in sorted(folder.rglob("*.prototxt")):
        try:
            graph = build_graph(read_net(str(path)), phase="TEST", assume=True)
        except (C2TError, OSError, UnicodeError):
            continue
        if graph.sources and all(node.type == "Input" for node in graph.sources):
            yield path


def run(path: str, engines: list[str], seconds: int, aside: str) -> None:
    """Convert one net, and run it in each engine; the row is in the file `aside` after each step.

    Ends the process after so many seconds of its time, other programs' not counted.
    """
    import torch

    from caffe2torch.convert.runtimes import registry
    from caffe2torch.engines.check import check

    limit_time(seconds)
    torch.set_num_threads(1)
    row = Row(path)
    conversion, model = convert(row)
    keep(row, aside)
    for name in engines if model is not None else ():
        row.running = name
        keep(row, aside)
        row.engines[name] = asdict(check(model, conversion, registry.find(name)))
        row.running = ""
        keep(row, aside)


def convert(row: Row) -> tuple[Any, Any]:
    """The conversion of a net and its model, None with what is wrong in the row."""
    from caffe2torch.convert.convert import Request, prepare
    from caffe2torch.convert.onnx.model import onnx_model
    from caffe2torch.convert.settling import settle
    from caffe2torch.errors import C2TError

    start = time.perf_counter()
    try:
        conversion = prepare(Request(Path(row.net), phase="TEST", flat=True))
        settle(conversion.built, conversion.inputs)
        _ = conversion.expected
    except Exception as error:
        row.problem = _line(error)
        return None, None
    row.built = True
    try:
        model = onnx_model(conversion.graph, conversion.built)
    except Exception as error:
        crash = "" if isinstance(error, C2TError) else f"{type(error).__name__}: "
        row.problem = crash + _line(error)
        return conversion, None
    row.converted, row.seconds = True, time.perf_counter() - start
    return conversion, model


def limit_time(seconds: int) -> None:
    """Let the system end this process, and those that it starts, after so much of their time."""
    try:
        import resource
    except ImportError:  # Windows: the wall clock alone
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
    resource.setrlimit(
        resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + seconds + 1, hard)
    )


def keep(row: Row, file: str) -> None:
    """Write a row where the process that waits finds it."""
    aside = Path(f"{file}.new")
    aside.write_text(json.dumps(asdict(row)), "utf-8")
    aside.replace(file)


def _line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


NETS_A_PROCESS = 16
"""After so many nets a new process gives the memory of the old one back."""


PATIENCE = 10
"""How many times its own seconds a net may take by the clock, on a machine that does more."""


class Worker:
    """A process that runs the nets, started anew after one that crashed or took too long."""

    def __init__(self, engines: list[str], seconds: int, aside: Path) -> None:
        self.engines, self.seconds, self.aside = engines, seconds, aside
        self.pool: ProcessPoolExecutor | None = None

    def run(self, path: Path) -> Row:
        """What became of one net; an engine that crashes or does not end costs its column alone."""
        row, left = Row(str(path)), self.engines
        while True:
            problem = self._try(path, left)
            row = self._merged(row)
            if not problem:
                return row
            if not row.running:
                row.problem = row.problem or problem
                row.built = True
                return row
            left = left[left.index(row.running) + 1 :]
            row.engines[row.running] = self._failed(row.running, problem)
            row.running = ""
            if not left:
                return row

    def _try(self, path: Path, engines: list[str]) -> str:
        """Run a net in engines; "" or why that did not end well."""
        self.aside.unlink(missing_ok=True)
        self.pool = self.pool or ProcessPoolExecutor(1, max_tasks_per_child=NETS_A_PROCESS)
        job = self.pool.submit(run, str(path), engines, self.seconds, str(self.aside))
        processes = list((self.pool._processes or {}).values())
        try:
            job.result(PATIENCE * self.seconds)
        except BrokenProcessPool:
            overdue = any(one.exitcode == -signal.SIGXCPU for one in processes)
            problem = f"takes more than {self.seconds} s" if overdue else "the process died"
        except LateError:
            problem = f"takes more than {PATIENCE * self.seconds} s by the clock"
            for process in processes:
                process.kill()
        else:
            return ""
        self.close()
        return problem

    def _merged(self, before: Row) -> Row:
        """The row that a process left, with the engines that ran before."""
        if not self.aside.exists():
            return before
        row = Row(**json.loads(self.aside.read_text("utf-8")))
        row.engines = before.engines | row.engines
        return row

    def _failed(self, name: str, problem: str) -> dict[str, Any]:
        from caffe2torch.convert.runtimes import registry
        from caffe2torch.engines.check import Result

        engine = registry.find(name)
        return asdict(Result(engine.TITLE, engine.version(), problem=problem))

    def close(self) -> None:
        """End the process."""
        if self.pool is not None:
            self.pool.shutdown(cancel_futures=True)
        self.pool = None


def rows_of(file: Path | None) -> dict[str, Row]:
    """The rows that a file holds, by net."""
    if file is None or not file.exists():
        return {}
    return {row["net"]: Row(**row) for row in json.loads(file.read_text("utf-8"))}


def lines(row: Row, folder: Path) -> Iterator[str]:
    """The table's lines for one net."""
    name = os.path.relpath(row.net, folder)
    if not row.converted:
        yield f"{name}: {'not converted' if row.built else 'not built'}: {row.problem}"
        return
    yield f"{name}: converts in {row.seconds:.1f} s"
    for one in row.engines.values():
        gap = "cannot run" if one["difference"] is None else f"{one['difference']:.1e}"
        ms = "" if one["milliseconds"] is None else f"{one['milliseconds']:.1f}"
        layer = f"none, around {', '.join(one['around'])}" if one["around"] else one["layer"]
        yield f"  {one['engine']:13}{one['version']:10}{gap:>11}{ms:>9}  {layer}".rstrip()
        if one["problem"]:
            yield f"    {one['problem']}"


def equal(one: dict[str, Any]) -> bool:
    """Whether an engine's results are the graph's."""
    return one["difference"] is not None and one["difference"] <= one["limit"]


def summary(rows: list[Row], engines: list[str]) -> tuple[list[str], bool]:
    """Rates against their bars, and whether all are reached."""
    built = [row for row in rows if row.built]
    done = [row for row in built if row.converted]
    counts = {"converts": (len(done), len(built))}
    for name in engines:
        counts[name] = (sum(equal(row.engines[name]) for row in done), len(done))
    text, good = [f"{len(rows)} nets, {len(built)} build and run here"], True
    for name, (count, total) in counts.items():
        share = count / total if total else 1.0
        good &= share >= BARS.get(name, 0)
        text.append(f"{name:12} {count}/{total} ({share:.1%}, bar {BARS.get(name, 0):.0%})")
    misses = Counter(
        (name, row.engines[name]["layer"] or "?", Path(row.net).parent.name)
        for row in done
        for name in engines
        if not equal(row.engines[name])
    )
    text += [
        f"  {name}: first at {layer} of {net}: {n}" for (name, layer, net), n in misses.items()
    ]
    return text, good


@click.command()
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--only", default="", help="Only nets whose path contains this.")
@click.option("--engines", default="", help="Engines by name [all that are installed].")
@click.option("--seconds", default=300, help="Of its own time that one net may take.")
@click.option("--json", "output", type=click.Path(path_type=Path), help="Write the rows there.")
@click.option("--resume", is_flag=True, help="Go on with the rows that are there.")
def main(
    folder: Path, only: str, engines: str, seconds: int, output: Path | None, resume: bool
) -> None:
    """Run every deploy net of FOLDER in all engines."""
    from caffe2torch.convert.runtimes import installed, registry

    chosen = [name for name in engines.split(",") if name] or registry.names()
    here = [name for name in chosen if installed(registry.find(name))]
    for name in set(chosen) - set(here):
        click.echo(f"{name} is not installed: pip install {registry.find(name).PACKAGE}")
    click.echo(f"  {HEAD}")
    known = rows_of(output) if resume else {}
    rows = []
    with tempfile.TemporaryDirectory() as place:
        worker = Worker(here, seconds, Path(place) / "row.json")
        for path in nets(folder, only):
            rows.append(known.get(str(path)) or worker.run(path))
            click.echo("\n".join(lines(rows[-1], folder)))
            if output:
                known[str(path)] = rows[-1]
                text = json.dumps([asdict(row) for row in known.values()], indent=1)
                output.write_text(text, "utf-8")
        worker.close()
    figures, good = summary(rows, here)
    click.echo("\n".join(figures))
    sys.exit(not good)


if __name__ == "__main__":
    main()
