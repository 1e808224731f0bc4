"""Texts are measured, broken into lines, and shown without anything that hides or turns them."""

from __future__ import annotations

import pytest

from caffe2torch.draw.lettering import label, lines, width


def test_widths_are_hundredths_of_the_size() -> None:
    assert width("", 10) == 0
    assert width("il", 10) == pytest.approx(5.6)  # 28 hundredths each
    assert width("il", 10, bold=True) == pytest.approx(5.6 * 1.14)
    assert width("层", 10) == pytest.approx(10.5)
    assert width("é", 10) == pytest.approx(8.4)


def test_the_widths_are_those_of_the_font() -> None:
    import matplotlib
    from PIL import ImageFont

    path = f"{matplotlib.get_data_path()}/fonts/ttf/DejaVuSans.ttf"
    font = ImageFont.truetype(path, 1000)
    for char in map(chr, range(32, 127)):
        assert width(char, 1000) == pytest.approx(font.getlength(char), abs=10.5), char


def test_long_labels_lose_their_middle() -> None:
    text = "".join(str(i % 10) for i in range(50))
    assert label(text, 50) == text
    short = label(text, 30)
    assert len(short) == 30
    assert short == text[:19] + "…" + text[-10:]


def test_parts_fill_lines() -> None:
    assert lines(["aaa", "bbb", "ccc"], longest=8) == ["aaa, bbb", "ccc"]
    assert lines(["aaa", "bbb", "ccc"], " → ", longest=9) == ["aaa → bbb", "→ ccc"]
    assert lines(["a" * 40], longest=8) == ["a" * 40]
    assert lines([]) == []
