"""For people: a headline, the source line with a caret, why, the ways out, the fix.

A headline has at most HEADLINE columns; what comes below is wrapped to the terminal.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from textwrap import wrap

from caffe2torch.errors import LONGEST, plural
from caffe2torch.lint.finding import Finding
from caffe2torch.lint.formats import Report
from caffe2torch.terminal import pointed, printable

_COLORS = {"error": "1;31", "warning": "1;33", "info": "1;36", "dim": "2", "bold": "1"}
HEADLINE = 100
"""Columns of a headline at most, and of everything where the output is no terminal."""
LEAST = 40
"""Columns below which nothing is wrapped any narrower."""

Paint = Callable[[str, str], str]


def render(report: Report) -> str:
    """Findings in their order, then what the fixes would give, a count, and what to do first."""

    def paint(text: str, style: str) -> str:
        return f"\x1b[{_COLORS[style]}m{text}\x1b[0m" if report.color else text

    blocks = [list(_block(finding, report, paint)) for finding in report.findings]
    gap = [] if report.brief else [""]
    lines = [line for block in blocks for line in (*block, *gap)]
    lines += [line for page in report.pages for line in (*page.splitlines(), "")]
    lines += map(printable, report.after)
    lines += [summary(report), *first_to_fix(report)]
    return "\n".join(lines) + "\n"


def columns(report: Report) -> int:
    """Columns that a line below a headline may take."""
    return max(LEAST, report.width or HEADLINE)


def _block(finding: Finding, report: Report, paint: Paint) -> Iterator[str]:
    """One finding: its headline, and unless the report is brief, what belongs to it."""
    yield from headline(finding, report, paint)
    if report.brief:
        return
    width = columns(report)
    yield from (paint(line, "dim") for line in excerpt(finding, report.lines, width))
    if finding.why:
        yield from _wrapped("why: ", _sentence(finding.why), width)
    if finding.also:
        yield from _wrapped("also: ", ", ".join(finding.also), width)
    for way in finding.ways_out:
        yield from _wrapped("- ", way, width)
    if finding.fix is not None:
        kind = "fix: " if finding.fix.safe else "fix that changes training: "
        yield from _wrapped(kind, finding.fix.title, width)


def headline(finding: Finding, report: Report, paint: Paint) -> list[str]:
    """Place, severity, code and what is wrong; the rule's name where there is room for it."""
    place = f"{finding.span}: " if finding.span else ""
    most = min(HEADLINE, columns(report))
    named = f"{finding.severity} {finding.code}[{finding.name}]"
    short = f"{finding.severity} {finding.code}"
    fits = len(f"{place}{named}: {finding.message}") <= most
    head = f"{place}{named if fits else short}: "
    first, *rest = wrap(
        head + printable(finding.message, LONGEST), most, subsequent_indent="    ",
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
    start = paint(place, "bold") + paint(head[len(place) : -2], finding.severity)
    if first.startswith(head.rstrip()):
        first = start + first[len(head) - 2 :]
    return [first, *rest]


def _sentence(text: str) -> str:
    """With a capital letter, unless it begins with a name of the config, and a full stop."""
    word = text.split(" ", 1)[0]
    plain = word.isalpha() and word.islower() and not word.startswith("c2t")
    text = text[0].upper() + text[1:] if plain else text
    return text if text.endswith((".", "?", "!")) else f"{text}."


def _wrapped(label: str, text: str, width: int) -> list[str]:
    """Lines of `text` behind a label, the following ones below its first word."""
    behind = " " * (4 + min(len(label), 6))
    text = printable(text, 2 * LONGEST)
    return wrap(
        text, width, initial_indent=f"    {label}", subsequent_indent=behind,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def excerpt(finding: Finding, sources: dict[str, list[str]], width: int = 0) -> list[str]:
    """The source line and a caret under its stretch, cut to so many columns, whole for 0."""
    span = finding.span
    if span is None or span.file not in sources:
        return []
    lines = sources[span.file]
    if not 0 < span.line <= len(lines):
        return []
    number = f"{span.line:5d}"
    room = max(20, width - len(number) - 3) if width else 0
    line, carets = pointed(lines[span.line - 1], span.col - 1, span.end - span.start, room)
    return [f"{number} | {line}", f"{' ' * len(number)} | {carets}"]


def summary(report: Report) -> str:
    """One line: how many findings of which kind, how many can be fixed."""
    if not report.findings:
        return f"no findings in {plural(len(report.files), 'file')}"
    kinds = Counter(f.severity for f in report.findings)
    parts = [plural(kinds[kind], kind) for kind in ("error", "warning", "info") if kinds[kind]]
    safe = sum(f.fix is not None and f.fix.safe for f in report.findings)
    unsafe = sum(f.fix is not None and not f.fix.safe for f in report.findings)
    fixes = f"; {safe} fixable with --fix" if safe else ""
    fixes += f"; {unsafe} {'more ' if safe else ''}with --fix --unsafe-fixes" if unsafe else ""
    return ", ".join(parts) + fixes


def first_to_fix(report: Report) -> list[str]:
    """The finding to begin with; none where nothing is worse than an info."""
    worst = next((f for f in report.findings if f.severity != "info"), None)
    if worst is None:
        return []
    place = f" at {worst.span.file}:{worst.span.line}" if worst.span else ""
    return [f"fix first: {worst.code}{place}"]
