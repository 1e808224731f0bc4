"""Says of every net below a folder whether it opens, whether it builds, and what stops it.

The folder is any corpus of forks: nothing but its *.prototxt files is asked of it. Each content
counts once. "Opens" is reading and upgrading; "builds" is wiring with every shape known, in
either phase, data that are missing assumed.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import C2TError
from caffe2torch.format import schema, text
from caffe2torch.format.upgrade import read_net, read_solver
from caffe2torch.graph import build_graph

SUFFIXES = (".prototxt", ".pt", ".proto", ".txt")
PYTHON = "Python layers run somebody's code"
TEMPLATE = re.compile(
    r"^\S+ is left open|^\S+ takes an? [a-z ]*(integer|number)\b.*, not [A-Za-z_]"
)
SOLVER_FIELDS = {"net", "train_net", "base_lr", "solver_mode", "max_iter", "lr_policy"}


@dataclass
class Result:
    """What became of one net or solver; the reasons are empty where it went well."""

    path: Path
    kind: str
    unread: str = ""
    unbuilt: str = ""


@dataclass
class Survey:
    """All results of a folder."""

    results: list[Result] = field(default_factory=list)

    def lines(self, listed: bool) -> Iterator[str]:
        """The rates, then the misses by reason, most files first."""
        nets = [r for r in self.results if r.kind == "net"]
        solvers = [r for r in self.results if r.kind == "solver"]
        yield _rate("nets open", nets, lambda r: r.unread)
        known = [r for r in nets if PYTHON not in r.unbuilt]
        whole = [r for r in known if not TEMPLATE.search(r.unread or r.unbuilt)]
        apart = "".join(
            f", {count} {what} apart"
            for count, what in (
                (len(known) - len(whole), "templates with blanks"),
                (len(nets) - len(known), "with somebody's Python layer"),
            )
            if count
        )
        yield _rate("nets build", whole, lambda r: r.unread or r.unbuilt) + apart
        yield _rate("solvers open", solvers, lambda r: r.unread)
        misses = [(r.unread or r.unbuilt, r.path) for r in self.results if r.unread or r.unbuilt]
        counts = Counter(_template(reason) for reason, _ in misses)
        places = defaultdict(list)
        for reason, path in misses:
            places[_template(reason)].append(path)
        for reason, count in counts.most_common(None if listed else 20):
            yield f"{count:5d}  {reason}  [{places[reason][0]}]"
            if listed:
                yield from (f"         {path}" for path in places[reason][1:])


def survey(folder: Path, only: str = "") -> Survey:
    """Read and build every net and solver below `folder` whose path contains `only`."""
    seen: set[str] = set()
    results = []
    for path in sorted(folder.rglob("*")):
        if path.suffix not in SUFFIXES or not path.is_file() or only not in str(path):
            continue
        data = path.read_bytes()
        digest = hashlib.sha1(data).hexdigest()
        kind = "" if digest in seen else kind_of(data)
        seen.add(digest)
        if kind:
            results.append(check(path, kind))
    return Survey(results)


def kind_of(data: bytes) -> str:
    """Say whether bytes are prototxt of a "net" or a "solver"; "" for anything else."""
    if not schema.is_text(data):
        return ""
    try:
        document = text.parse(schema.decode(data, ""), "")
    except C2TError:
        return _kind_by_words(data)
    blocks = {f.name for f in document.root.fields if isinstance(f.value, text.Block)}
    if blocks & {"layer", "layers"}:
        return "net"
    return "solver" if {f.name for f in document.root.fields} & SOLVER_FIELDS else ""


def _kind_by_words(data: bytes) -> str:
    """The kind of text that does not even parse: a miss is to be counted as one."""
    return "net" if re.search(rb"^\s*layers?\s*\{", data, re.M) and b"message " not in data else ""


def check(path: Path, kind: str) -> Result:
    """Read one file, and build it if it is a net."""
    result = Result(path, kind)
    try:
        read = read_net(path, lenient=True) if kind == "net" else read_solver(path)
    except Exception as error:
        result.unread = _reason(error)
        return result
    if kind == "net":
        result.unbuilt = next(map(_reason, read.unknown), "") or _unbuilt(read)
    return result


def _unbuilt(net: object) -> str:
    """Why no state builds: the error that came furthest into the net; "" if one does."""
    errors = []
    for state in _states(net):
        try:
            build_graph(net, state, assume=True)  # type: ignore[arg-type]
        except Exception as error:
            errors.append(error)
        else:
            return ""
    return _reason(max(errors, key=_place))


def _states(net: Any) -> Iterator[pb.NetState]:
    """Both phases, then both with each stage that a rule of the net asks for."""
    rules = [rule for layer in net.message.layer for rule in layer.include]
    stages = dict.fromkeys(stage for rule in rules for stage in rule.stage)
    for phase in (pb.TRAIN, pb.TEST):
        yield pb.NetState(phase=phase)
    for stage in stages:
        for phase in (pb.TRAIN, pb.TEST):
            yield pb.NetState(phase=phase, stage=[stage])


def _place(error: Exception) -> int:
    """How far into the file an error is: an error of the other phase's data comes early."""
    span = getattr(error, "span", None)
    return span.start if span else -1


def _reason(error: Exception) -> str:
    crash = "" if isinstance(error, C2TError) else f"CRASH {type(error).__name__}: "
    message = getattr(error, "message", "") or str(error)
    return crash + (message.splitlines() or [""])[0]


def _template(reason: str) -> str:
    """A reason without the names and numbers of one net, so that equal ones count together."""
    reason = re.sub(r'^layer "[^"]*"', "layer", reason)
    return re.sub(r"\(\d[\d, ]*\)", "(shape)", reason)[:180]


def _rate(what: str, results: list[Result], missed: object) -> str:
    total = len(results)
    good = sum(1 for r in results if not missed(r))  # type: ignore[operator]
    return f"{what}: {good}/{total}" + (f" ({good / total:.1%})" if total else "")
