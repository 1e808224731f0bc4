"""A page to explore a net with: pan, zoom, search, details; one file that needs no network."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files

from caffe2torch.draw.formats.svg import FONT, groups
from caffe2torch.draw.kinds import COLOURS
from caffe2torch.draw.picture import Picture
from caffe2torch.draw.scene import Scene

# Whatever a net is called, its page loads and sends nothing.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{title}</title>
<style>
{style}</style>
</head>
<body>
<header>
<h1>{title}</h1><span class="phase">{phase}</span>
<input id="search" type="search" placeholder="Search layers, types … ( / )" aria-label="Search">
<output id="count"></output>
<button id="out" title="Zoom out (-)">−</button><button id="in" title="Zoom in (+)">+</button>
<button id="whole" title="Show all (0)">All</button>
<button id="wide" title="Fit the width (1)">Width</button>
<button id="theme" title="Light or dark">◐</button>
</header>
{notes}<svg id="net" role="img" aria-label="{title}" viewBox="0 0 {width:.0f} {height:.0f}"
 font-family="{font}">
{groups}
</svg>
<aside id="details" hidden></aside>
<footer>{legend}</footer>
<script type="application/json" id="items">{items}</script>
<script>
{script}</script>
</body>
</html>
"""


def render(scene: Scene) -> bytes:
    """The page."""
    picture = scene.picture
    folder = files("caffe2torch.draw")
    text = PAGE.format(
        policy=POLICY,
        title=escape(picture.title),
        phase=escape(picture.phase),
        notes=_notes(picture),
        width=scene.plan.width,
        height=scene.plan.height,
        font=FONT,
        groups="\n".join(groups(scene, titles=False)),
        legend=_legend(picture),
        items=_items(picture),
        style=folder.joinpath("viewer.css").read_text("utf-8"),
        script=folder.joinpath("viewer.js").read_text("utf-8"),
    )
    return text.encode()


def _notes(picture: Picture) -> str:
    lines = "".join(f"<li>{escape(note)}</li>" for note in picture.notes)
    return f'<ul class="notes">{lines}</ul>\n' if lines else ""


def _legend(picture: Picture) -> str:
    square = '<i style="background:{}"></i>{}'
    return " ".join(f"<span>{square.format(COLOURS[k], escape(k))}</span>" for k in picture.kinds)


def _items(picture: Picture) -> str:
    """What is searched and shown, as JSON that cannot end its own script element."""
    rows = [{"words": item.words, "details": item.details} for item in picture.items]
    text = json.dumps(rows, ensure_ascii=False, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
