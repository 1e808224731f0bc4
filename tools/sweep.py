"""Run every command on hostile inputs: python -m tools.sweep [--kind K] [--command PATTERN] ...

Inputs of every kind are made (tools/sweeping/), of up to 1 MB; every command of `c2t --help` that
takes a file of the kind runs on each, in a process of its own, with one thread. What breaks the
promise of docs/reliability.md is listed, a line each: a traceback, a fault of caffe2torch itself, a
signal, another exit code than 0, 1 and 2, more than 10 seconds of a processor or 1 GB, steering
characters on the output, exit code 2 without a message, files left behind or written elsewhere.
Exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from tools.sweeping import commands, good, inputs, nets, run
from tools.sweeping.good import KINDS

LIKE = {"mean_npy": "mean"}
DEEP = ("a", "b")
"""Folders around that of a command, so that what it writes beside its own is seen."""


@dataclass
class Summary:
    """What the runs of one command cost at most, and what they broke."""

    runs: int = 0
    seconds: tuple[float, str] = (0.0, "")
    megabytes: tuple[float, str] = (0.0, "")
    codes: dict[int, int] = field(default_factory=dict)
    broken: int = 0

    def add(self, name: str, ended: run.Outcome, broken: int) -> None:
        self.runs += 1
        self.seconds = max(self.seconds, (ended.cpu, name))
        self.megabytes = max(self.megabytes, (ended.megabytes, name))
        self.codes[ended.code] = self.codes.get(ended.code, 0) + 1
        self.broken += broken

    def __str__(self) -> str:
        codes = " ".join(f"{n}x{code}" for code, n in sorted(self.codes.items()))
        return (
            f"{self.runs} runs ({codes}), {self.seconds[0]:.1f} s ({self.seconds[1]}), "
            f"{self.megabytes[0]:,.0f} MB ({self.megabytes[1]}), {self.broken} broke the promise"
        )


@dataclass(frozen=True)
class Case:
    """One input of one kind, and the command lines to run on it."""

    kind: str
    name: str
    content: inputs.Input
    lines: tuple[str, ...]


def cases(kinds: list[str], command: str, name: str, folder: Path) -> Iterator[Case]:
    """What there is to run, by parts of the names."""
    for kind in kinds:
        lines = tuple(line for line in commands.of(kind) if re.search(command, line))
        for title, content in inputs.of(kind, folder) if lines else ():
            if re.search(name, title):
                yield Case(kind, title, content, lines)


def lay_out(case: Case, folder: Path) -> dict[str, str]:
    """Write an input and what leads to it; return what stands for FILE, WRAP and SOLVER."""
    path = folder / _place(case)
    if path.exists():
        path.unlink()
    path.parent.mkdir(exist_ok=True)
    if callable(case.content):
        case.content(path)
    else:
        path.write_bytes(case.content.replace(b"INPUT", path.name.encode()))
    named = path.parent.name if case.kind == "database" else str(path.relative_to(folder))
    wrap = named
    data = good.DATA.get(LIKE.get(case.kind, case.kind))
    if data:
        wrap = "wrap.prototxt"
        (folder / wrap).write_text(data.format(named) + nets.LOSS)
        lists = f"{Path(named).name} 0\n" if case.kind == "image" else f"{named}\n"
        (folder / f"{named}.list").write_text(lists)
    if case.kind == "image" and path.is_file():
        shutil.copy(path, folder / "photos" / "a")
    if case.kind == "c2tstate":
        for ending in ("solverstate", "caffemodel"):
            shutil.copy(folder / f"s_iter_1.{ending}", folder / f"state.{ending}")
    solver = nets.PARTS.replace("good.prototxt", wrap)
    (folder / "wrap_solver.prototxt").write_text(f'{solver} snapshot_prefix: "out_s"')
    return {
        "FILE": named,
        "WRAP": wrap,
        "SOLVER": "wrap_solver.prototxt",
        "WRAPPED": f"{named}.list",
    }


def _place(case: Case) -> str:
    """Where a command finds its input."""
    usual = KINDS[case.kind]
    if case.kind in ("metrics", "events", "about"):
        return usual
    if case.kind == "c2tstate":
        return "state.c2tstate"
    if case.kind == "database":
        return "input_db/data.mdb"
    ending = Path(case.name if "." in case.name else usual).suffix
    return f"input{'.caffemodel' if usual.endswith('.caffemodel.h5') else ''}{ending}"


def sweep(
    case: Case, ready: Path, work: Path, forked: bool = False
) -> Iterator[tuple[str, run.Outcome, list[str]]]:
    """Run the commands of a case; yield each line, how it ended and what it broke."""
    folder = work.joinpath(*DEEP, "run")
    shutil.copytree(ready, folder)
    words = lay_out(case, folder)
    before = {*folder.rglob("*")}
    for line in case.lines:
        around = {*work.rglob("*")} - {*folder.rglob("*")}
        argv = [words.get(word, word) for word in line.split()]
        ended = run.execute(argv, folder, forked)
        for _ in range(2):  # a busy machine makes one run look slow
            if not (run.is_doubtful(ended) if forked else run.is_slow(ended)):
                break
            forked = False
            _remove({*folder.rglob("*")} - before)
            ended = run.execute(argv, folder)
        broken = list(run.violations(ended))
        new = {*folder.rglob("*")} - before
        broken += [f"left {p.name}" for p in new if p.name.endswith(".part")]
        others = {*work.rglob("*")} - {*folder.rglob("*")} - around
        broken += [f"wrote {p.relative_to(work)}" for p in others if p.name not in ("out", "err")]
        yield line, ended, broken
        _remove(new)


def _remove(paths: set[Path]) -> None:
    for path in sorted(paths, reverse=True):
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink(missing_ok=True)


def main(argv: list[str] | None = None) -> int:
    """Sweep as the command line says; 1 if the promise was broken."""
    parser = argparse.ArgumentParser(description=__doc__)
    add = parser.add_argument
    add("--kind", action="append", choices=list(KINDS), help="of the input; may be repeated")
    add("--command", default="", help="pattern of command lines")
    add("--input", default="", help="pattern of names such as special/groups")
    add("--good", type=Path, help="keep the good files in this folder, or take them from it")
    add("--jobs", type=int, default=1)
    add(
        "--fork",
        action="store_true",
        help="fork commands from one process that has imported all, which is faster; "
        "what breaks the promise, or nearly, runs again by itself",
    )
    add("--verbose", action="store_true", help="show every run, and what it printed")
    args = parser.parse_args(argv)
    # no TemporaryDirectory: it is removed where a process that came from this one ends
    folder = Path(tempfile.mkdtemp(prefix="sweep-"))
    try:
        summaries = _run_all(args, folder)
    finally:
        shutil.rmtree(folder)
    for command, summary in sorted(summaries.items()):
        print(f"{command}: {summary}")
    print(f"{sum(s.runs for s in summaries.values()):,} runs")
    return int(any(s.broken for s in summaries.values()))


def _run_all(args: argparse.Namespace, folder: Path) -> dict[str, Summary]:
    """Run what the command line asks for, and show what was broken; return what it cost."""
    summaries: dict[str, Summary] = {}
    ready = args.good or folder / "good"
    if not ready.exists():
        ready.mkdir()
        good.write(ready)
    numbers = count()

    def one(case: Case) -> None:
        work = folder / f"case{next(numbers)}"
        for line, ended, broken in sweep(case, ready, work, args.fork):
            command = line.split()[0]
            summaries.setdefault(command, Summary()).add(case.name, ended, bool(broken))
            if broken or args.verbose:
                print(_told(case, line, ended, broken, args.verbose), flush=True)
        shutil.rmtree(work)

    every = cases(args.kind or list(KINDS), args.command, args.input, ready)
    if args.fork:  # not from a thread
        run.import_all()
        for case in every:
            one(case)
    else:
        with ThreadPoolExecutor(args.jobs) as pool:
            list(pool.map(one, every))
    return summaries


def _told(case: Case, line: str, ended: run.Outcome, broken: list[str], verbose: bool) -> str:
    head = f"{case.kind}/{case.name}: c2t {line}: {'; '.join(broken) or 'kept'}"
    head += f" [{ended.code}, {ended.cpu:.1f} s, {ended.megabytes:,.0f} MB]"
    words = ended.errors or ended.output
    errors = words if verbose else words[-300:]
    return f"{head}\n    {ascii(errors.decode('utf-8', 'replace'))[1:-1][:400]}"


if __name__ == "__main__":
    sys.exit(main())
