"""A page of pixels to draw marks on, by matplotlib's and Pillow's renderers."""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cache
from typing import Any

from caffe2torch.draw.painting import FAINT, PAGE, Curve, Head, Mark, Rect, Text
from caffe2torch.draw.picture import SIZES

DOTS = 72.0
SHARPEST = 2.0
MOST_PIXELS, LONGEST = 50e6, 30000.0
FACES = {"name": "DejaVuSans-Bold.ttf", "note": "DejaVuSans-Oblique.ttf"}
ROUND = 0.5523  # how far the control points of a quarter of a circle lie


class Page:
    """Draws at twice the size, less where that would be more than viewers open.

    Shapes are drawn by matplotlib's Agg, whose origin is the bottom left, and texts over them
    by Pillow.
    """

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.backends import backend_agg

        most = (MOST_PIXELS / width / height) ** 0.5
        self.sharp = min(SHARPEST, LONGEST / max(width, height), most)
        self.height = int(height * self.sharp) + 1
        agg: Any = backend_agg.RendererAgg
        self.renderer = agg(int(width * self.sharp) + 1, self.height, DOTS)
        self.texts: list[tuple[float, float, Text]] = []

    def png(self) -> bytes:
        """The file. A letter that the font lacks is a hollow box."""
        import numpy as np
        from PIL import Image, ImageDraw

        image = Image.fromarray(np.asarray(self.renderer.buffer_rgba())[..., :3].copy())
        draw = ImageDraw.Draw(image)
        for x, y, text in self.texts:
            font = _font(text.line.style, SIZES[text.line.style] * self.sharp)
            anchor = "ls" if text.start else "ms"
            draw.text((x, y), text.line.text, text.colour, font, anchor)
        file = io.BytesIO()
        image.save(file, "PNG", dpi=(DOTS * self.sharp,) * 2)
        return file.getvalue()

    def add(self, marks: Iterable[Mark], dx: float, dy: float) -> None:
        """Draw marks whose origin lies at (dx, dy)."""
        for mark in marks:
            if isinstance(mark, Text):
                self.texts.append(((mark.x + dx) * self.sharp, (mark.y + dy) * self.sharp, mark))
            else:
                self._shape(mark, dx, dy)

    def _shape(self, mark: Rect | Curve | Head, dx: float, dy: float) -> None:
        from matplotlib.colors import to_rgba
        from matplotlib.path import Path
        from matplotlib.transforms import IdentityTransform

        points = _outline(mark) if isinstance(mark, Rect) else mark.points
        placed = [((x + dx) * self.sharp, self.height - (y + dy) * self.sharp) for x, y in points]
        curved = mark.round > 0 if isinstance(mark, Rect) else isinstance(mark, Curve)
        codes = [Path.MOVETO, *[Path.CURVE4 if curved else Path.LINETO] * (len(points) - 1)]
        fill = mark.fill if isinstance(mark, Rect) else FAINT
        self.renderer.draw_path(
            self._pen(mark), Path(placed, codes), IdentityTransform(),
            None if isinstance(mark, Curve) else to_rgba(fill),
        )  # fmt: skip

    def _pen(self, mark: Rect | Curve | Head) -> Any:
        """The outline of a rectangle, if it has one; the line of a curve; nothing for a head."""
        pen = self.renderer.new_gc()
        line = mark.line if isinstance(mark, Rect) else FAINT if isinstance(mark, Curve) else ""
        dashed = isinstance(mark, Rect) and mark.dashed
        pen.set_foreground(line or PAGE)
        pen.set_linewidth((1.6 if dashed else 1.1) * self.sharp if line else 0.0)
        if dashed:
            pen.set_dashes(0, [5 * self.sharp, 3 * self.sharp])
        return pen


@cache
def _font(style: str, size: float) -> Any:
    from matplotlib import get_data_path
    from PIL import ImageFont

    path = f"{get_data_path()}/fonts/ttf/{FACES.get(style, 'DejaVuSans.ttf')}"
    return ImageFont.truetype(path, round(size), layout_engine=ImageFont.Layout.BASIC)


def _outline(mark: Rect) -> list[tuple[float, float]]:
    """The outline of a rectangle; with round corners as a chain of Bézier curves."""
    x, y, r = mark.x, mark.y, mark.round
    right, bottom = x + mark.width, y + mark.height
    if not r:
        return [(x, y), (right, y), (right, bottom), (x, bottom), (x, y)]
    k = r * (1 - ROUND)
    points = [(x + r, y)]
    corners = [
        ((right - r, y), (right - k, y), (right, y + k), (right, y + r)),
        ((right, bottom - r), (right, bottom - k), (right - k, bottom), (right - r, bottom)),
        ((x + r, bottom), (x + k, bottom), (x, bottom - k), (x, bottom - r)),
        ((x, y + r), (x, y + k), (x + k, y), (x + r, y)),
    ]
    for start, *corner in corners:
        points += [points[-1], start, start, *corner]
    return points
