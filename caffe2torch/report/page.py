"""Runs as one HTML file that needs no network: verdict first, then curves, maps and pictures.

Curves are drawn by uPlot, whose file goes into the page; all else is HTML, so that it prints, and
is read out by a screen reader, without a program.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Sequence
from html import escape
from importlib.resources import files
from pathlib import Path

from caffe2torch.atomic import replacing
from caffe2torch.health.observation import Observation
from caffe2torch.report import charts
from caffe2torch.report.heat import table
from caffe2torch.report.record import Record, verdict
from caffe2torch.terminal import printable, printable_lines

# Whatever a net is called, its page loads and sends nothing.
POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<a class="skip" href="#curves">Skip to the curves</a>
<header>
<h1>{title}</h1>
<nav aria-label="Sections">{links}</nav>
</header>
<main>
{sections}
</main>
<script type="application/json" id="charts">{charts}</script>
<script>
{script}</script>
</body>
</html>
"""


def render(records: Sequence[Record]) -> str:
    """Return the page of one run, or of several side by side."""
    drawn = charts.charts(records)
    parts = {
        "Verdict": "\n".join(_verdict(record) for record in records),
        "Curves": charts.figures(drawn),
        "Layers over time": "\n".join(_maps(records)),
        "Pictures": "\n".join(_pictures(records)),
        "Lint": "\n".join(_lint(records)),
        "Environment": "\n".join(_facts(records)),
    }
    shown = {heading: content for heading, content in parts.items() if content}
    folder = files("caffe2torch.report")
    vendor = folder.joinpath("vendor")
    sources = [vendor.joinpath("uPlot.iife.min.js"), folder.joinpath("report.js")]
    styles = [vendor.joinpath("uPlot.min.css"), folder.joinpath("report.css")]
    return PAGE.format(
        policy=POLICY,
        title=_safe(", ".join(record.name for record in records)),
        links=" ".join(f'<a href="#{_anchor(h)}">{h}</a>' for h in shown),
        sections="\n".join(_section(*part) for part in shown.items()),
        charts=charts.embedded(drawn),
        style="\n".join(source.read_text("utf-8") for source in styles),
        script="\n".join(source.read_text("utf-8") for source in sources),
    )


def write(records: Sequence[Record], path: Path) -> None:
    """Write the page. Raises: OSError."""
    with replacing(path) as aside:
        aside.write_text(render(records), encoding="utf-8")


def _section(heading: str, content: str) -> str:
    anchor = _anchor(heading)
    return (
        f'<section id="{anchor}" aria-labelledby="{anchor}-heading">\n'
        f'<h2 id="{anchor}-heading">{heading}</h2>\n{content}\n</section>'
    )


def _anchor(heading: str) -> str:
    return heading.lower().replace(" ", "-")


def _safe(text: str) -> str:
    return escape(printable(text))


def _verdict(record: Record) -> str:
    kind = "bad" if record.failed else "odd" if record.findings else "good"
    lines = [
        f'<article class="run {kind}">',
        f"<h3>{_safe(record.name)}</h3>",
        f"<p>{_safe(verdict(record))}.</p>",
    ]
    if record.findings:
        items = "\n".join(_finding(finding) for finding in record.findings)
        lines.append(f"<ol>\n{items}\n</ol>")
    else:
        lines.append("<p>Nothing was seen to go wrong.</p>")
    lines += [f"<p>{_safe(note)}</p>" for note in record.notes]
    return "\n".join([*lines, "</article>"])


def _finding(finding: Observation) -> str:
    layer = f" layer <code>{_safe(finding.layer)}</code>:" if finding.layer else ""
    return (
        f'<li class="{"fatal" if finding.fatal else "warning"}">'
        f"<strong>{_safe(finding.code)} {_safe(finding.name)}</strong> "
        f"at iteration {finding.iteration}:{layer} {_safe(finding.evidence)}"
        f'<br><span class="advice">→ {_safe(finding.advice)}</span></li>'
    )


def _maps(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        for one in record.maps:
            run = f" ({record.name})" if len(records) > 1 else ""
            yield table(one, run)


def _pictures(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        for picture in record.pictures:
            run = f" ({record.name})" if len(records) > 1 else ""
            data = base64.b64encode(picture.png).decode("ascii")
            yield (
                f"<figure><h3>{_safe(picture.title + run)}</h3>\n"
                f'<img src="data:image/png;base64,{data}" alt="{_safe(picture.text)}">\n'
                f"<figcaption>{_safe(picture.text)}</figcaption></figure>"
            )


def _lint(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        if record.lint:
            text = escape(printable_lines(record.lint))
            yield (
                f"<h3>{_safe(record.name)}</h3>\n<p>Before the run, <code>c2t lint</code> said:</p>"
                f'\n<pre tabindex="0" aria-label="Findings of the lint">{text}</pre>'
            )


def _facts(records: Sequence[Record]) -> Iterator[str]:
    for record in records:
        if record.facts:
            rows = "\n".join(
                f"<tr><th scope='row'>{_safe(key)}</th><td>{_safe(value)}</td></tr>"
                for key, value in record.facts.items()
            )
            yield (
                f"<h3>{_safe(record.name)}</h3>\n"
                f'<div class="wide" tabindex="0" role="group" aria-label="Environment">'
                f'<table class="facts">{rows}</table></div>'
            )
