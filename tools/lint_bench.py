"""Runs `c2t lint` over a benchmark of faults and reports recall, root causes and false alarms.

    python tools/lint_bench.py DIR [--list]

Every folder under DIR with an expect.json is a case, linted from inside that folder:
    {"solver": path, "argv": [more arguments], "healthy": bool, "cause": "C2T203" or null,
     "accept": [codes that are an equally right diagnosis], "also": [codes that may appear too],
     "why": text}
detected: the cause or an accepted code is among the findings; first: it is the first of them.
Exits 1 below the bars: 98 % detected, 94 % first, and no error and at most one warning on each
healthy case.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from click.testing import CliRunner

from caffe2torch.cli import cli

DETECTED, FIRST, WARNINGS = 0.98, 0.94, 1


@dataclass
class Row:
    """One code's results."""

    cases: int = 0
    detected: int = 0
    first: int = 0


@dataclass
class Result:
    """The whole benchmark's results; `misses` are lines to print."""

    rows: dict[str, Row] = field(default_factory=lambda: defaultdict(Row))
    healthy: int = 0
    wrong: list[str] = field(default_factory=list)
    misses: list[str] = field(default_factory=list)
    alarms: int = 0

    @property
    def total(self) -> Row:
        rows = self.rows.values()
        return Row(*(sum(getattr(r, n) for r in rows) for n in ("cases", "detected", "first")))


def lint(folder: Path, case: dict[str, Any]) -> list[dict[str, Any]]:
    """The findings of a case, as `c2t lint --format json` gives them."""
    here = Path.cwd()
    os.chdir(folder)
    try:
        arguments = [
            "lint",
            case["solver"],
            *(case.get("argv") or []),
            "--isolated",
            "--format",
            "json",
        ]
        result = CliRunner().invoke(cli, arguments)
    finally:
        os.chdir(here)
    try:
        found: list[dict[str, Any]] = json.loads(result.stdout)
    except ValueError:
        raise SystemExit(f"{folder}: c2t lint gave no findings: {result.output[:500]}") from None
    return found


def judge(name: str, case: dict[str, Any], findings: list[dict[str, Any]], into: Result) -> None:
    """Count one case."""
    codes = [finding["code"] for finding in findings]
    if case.get("healthy", case.get("cause") is None):
        into.healthy += 1
        errors = [f["code"] for f in findings if f["severity"] == "error"]
        warnings = [f["code"] for f in findings if f["severity"] == "warning"]
        if errors or len(warnings) > WARNINGS:
            into.wrong.append(f"{name}: errors {errors}, warnings {warnings}")
        return
    right = {case["cause"], *(case.get("accept") or [])}
    row = into.rows[case["cause"]]
    detected, first = bool(right & set(codes)), bool(codes) and codes[0] in right
    row.cases, row.detected, row.first = row.cases + 1, row.detected + detected, row.first + first
    expected = right | set(case.get("also") or [])
    grave = [f["code"] for f in findings if f["severity"] == "error" and f["code"] not in expected]
    into.alarms += bool(grave)
    if not first:
        what = "not first" if detected else "MISSED"
        into.misses.append(f"{name}: {case['cause']} {what}; found {codes}")


def run(folder: Path) -> Result:
    """All cases under `folder`."""
    result = Result()
    for path in sorted(folder.rglob("expect.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        judge(str(path.parent.relative_to(folder)), case, lint(path.parent, case), result)
    return result


def report(result: Result, listed: bool) -> int:
    """Print; return the exit code."""
    for code, row in sorted(result.rows.items()):
        print(f"{code}  {row.cases:4d} cases  {row.detected:4d} detected  {row.first:4d} first")
    total = result.total
    for line in result.misses if listed else []:
        print(line)
    for line in result.wrong:
        print(f"healthy, but {line}")
    cases = max(1, total.cases)
    shares = total.detected / cases, total.first / cases
    print(f"detected: {total.detected}/{total.cases} = {shares[0]:.1%} (bar {DETECTED:.0%})")
    print(f"first:    {total.first}/{total.cases} = {shares[1]:.1%} (bar {FIRST:.0%})")
    print(f"other errors beside the seeded fault: in {result.alarms} cases")
    print(f"healthy:  {result.healthy - len(result.wrong)}/{result.healthy} without wrong alarms")
    good = total.detected >= DETECTED * total.cases and total.first >= FIRST * total.cases
    return 0 if good and not result.wrong and (total.cases or result.healthy) else 1


def main() -> int:
    """Run and report."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--list", action="store_true", help="name every case that is not first")
    args = parser.parse_args()
    start = time.perf_counter()
    result = run(args.folder)
    code = report(result, args.list)
    print(f"{time.perf_counter() - start:.0f} s")
    return code


if __name__ == "__main__":
    sys.exit(main())
