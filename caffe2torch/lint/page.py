"""The rules as a page, docs/rules.md: generated from the rule files, so that nothing drifts."""

from __future__ import annotations

from caffe2torch.lint import faults, rules

GROUPS = {
    "1": "Data", "2": "Signal", "3": "Solver", "4": "Graph", "5": "Portability",
}  # fmt: skip
HEAD = """\
# Lint rules

Generated from the docstrings in `caffe2torch/lint/rules/`; `c2t explain CODE` prints one of them.
error: cannot train as written. warning: likely harm. info: worth knowing. Some rules grade their
findings by what they measured; the table shows the usual grade.
"""


def render() -> str:
    """The whole page."""
    parts = [HEAD, _engine()]
    for digit, title in GROUPS.items():
        group = [rule for rule in rules.every() if rule.code[3] == digit]
        rows = [
            f"| [{r.code}](#{_anchor(r)}) | {r.name} | {r.severity} | {r.summary} |" for r in group
        ]
        parts.append(
            "\n".join([f"## {title}\n", "| code | name | | what |", "|---|---|---|---|", *rows])
        )
    parts += [_section(rule) for rule in rules.every()]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _engine() -> str:
    rows = [f"| {code} | {name} | {summary} |" for code, (name, summary) in faults.CODES.items()]
    return "\n".join(["## The engine's own\n", "| code | name | what |", "|---|---|---|", *rows])


def _anchor(rule: rules.Rule) -> str:
    return f"{rule.code.lower()}-{rule.name}"


def _section(rule: rules.Rule) -> str:
    """A rule's docstring as Markdown: indented examples become fenced blocks."""
    lines: list[str] = []
    inside = False
    for line in rule.doc.splitlines()[1:]:
        code = line.startswith("    ")
        if code and not inside:
            lines.append("```")
        if inside and not code and line:
            lines.insert(_last_text(lines), "```")
        inside = code or (inside and not line)
        lines.append(line[4:] if code else line.replace("::", ":") if line.endswith("::") else line)
    if inside:
        lines.insert(_last_text(lines), "```")
    body = "\n".join(lines).strip()
    return f"### {rule.code} {rule.name}\n\n{rule.summary}. *{rule.severity}*\n\n{body}"


def _last_text(lines: list[str]) -> int:
    """The position behind the last line that is not empty."""
    at = len(lines)
    while at and not lines[at - 1]:
        at -= 1
    return at
