"""For people: place, code, message, the source line with a caret, the fix."""

from __future__ import annotations

from collections import Counter

from caffe2torch.lint.finding import Finding
from caffe2torch.lint.formats import Report
from caffe2torch.terminal import pointed, printable

_COLORS = {"error": "1;31", "warning": "1;33", "info": "1;36", "dim": "2", "bold": "1"}


def render(report: Report) -> str:
    """Findings in their order, then a count, then what the fixes would give."""

    def paint(text: str, style: str) -> str:
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if report.color else text

    lines: list[str] = []
    for finding in report.findings:
        head = f"{finding.severity} {finding.code}[{finding.name}]"
        place = f"{finding.span}: " if finding.span else ""
        lines.append(
            f"{paint(place, 'bold')}{paint(head, finding.severity)}: {printable(finding.text)}"
        )
        lines += [paint(line, "dim") for line in excerpt(finding, report.sources, report.width)]
        if finding.fix is not None:
            kind = "fix" if finding.fix.safe else "fix that changes training"
            lines.append(f"    {kind}: {printable(finding.fix.title)}")
    lines.append(summary(report))
    lines += map(printable, report.after)
    return "\n".join(lines) + "\n"


def excerpt(finding: Finding, sources: dict[str, str], columns: int = 0) -> list[str]:
    """The source line and a caret under its stretch, cut to the columns of a terminal."""
    span = finding.span
    if span is None or span.file not in sources:
        return []
    lines = sources[span.file].split("\n")
    if not 0 < span.line <= len(lines):
        return []
    number = f"{span.line:5d}"
    room = max(20, columns - len(number) - 3) if columns else 0
    line, carets = pointed(lines[span.line - 1], span.col - 1, span.end - span.start, room)
    return [f"{number} | {line}", f"{' ' * len(number)} | {carets}"]


def summary(report: Report) -> str:
    """One line: how many findings of which kind, how many can be fixed."""
    if not report.findings:
        return f"no findings in {_count(len(report.files), 'file')}"
    kinds = Counter(f.severity for f in report.findings)
    parts = [_count(kinds[kind], kind) for kind in ("error", "warning", "info") if kinds[kind]]
    safe = sum(f.fix is not None and f.fix.safe for f in report.findings)
    unsafe = sum(f.fix is not None and not f.fix.safe for f in report.findings)
    fixes = f"; {safe} fixable with --fix" if safe else ""
    fixes += f"; {unsafe} {'more ' if safe else ''}with --fix --unsafe-fixes" if unsafe else ""
    return ", ".join(parts) + fixes


def _count(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
