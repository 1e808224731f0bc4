"""Graphviz's layout is read from its plain format; where it fails, ours takes its place."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from caffe2torch.draw.layout import Task, arrange, graphviz
from caffe2torch.draw.picture import Item, Line, Picture, section
from caffe2torch.draw.scene import lay_out

TASK = Task([(72.0, 36.0), (144.0, 36.0)], [(0, 1)])
PLAIN = """graph 1 2 3
node 0 1 2.5 1 0.5 "" solid box black lightgrey
node 1 1 0.5 2 0.5 "" solid box black lightgrey
edge 0 1 4 1 2.25 1 1.75 1 1.25 1 0.75 solid black
stop
"""


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a program `dot` on PATH that keeps its input and does what a shell script says."""

    def install(script: str) -> Path:
        dot = tmp_path / "dot"
        dot.write_text(f"#!/bin/sh\ncat > {tmp_path}/input\n{script}\n")
        dot.chmod(0o755)
        monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
        return tmp_path / "input"

    return install


def picture() -> Picture:
    name = '"]; evil [label="<script>'
    items = [Item((section("layer", [Line(name, "name")]),), (name,), (name,)) for _ in range(2)]
    return Picture("net", "ALL", [], items=items, arrows=[(0, 1)])


def says(text: str) -> str:
    return f"cat <<'END'\n{text}END"


def test_places_and_routes_are_read_from_the_plain_format(fake) -> None:
    fake(says(PLAIN))
    plan = arrange(TASK, "TB", graphviz.program())
    assert (plan.width, plan.height) == (144, 216)
    assert plan.centres == [(72, 36), (72, 180)]  # an inch is 72, and y goes down
    assert plan.routes == [[(72, 54), (72, 90), (72, 126), (72, 162)]]


def test_left_to_right_is_the_plan_turned(fake) -> None:
    sent = fake(says(PLAIN))
    plan = arrange(Task([(36.0, 72.0), (36.0, 144.0)], [(0, 1)]), "LR", graphviz.program())
    assert plan.centres == [(36, 72), (180, 72)]
    assert "0 [width=1.0000, height=0.5000]" in sent.read_text()


def test_no_text_of_the_net_reaches_the_program(fake) -> None:
    sent = fake(says(PLAIN))
    lay_out(picture(), "TB", "graphviz")
    assert "evil" not in sent.read_text() and "0 -> 1" in sent.read_text()


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo no memory >&2; exit 3", "failed with code 3: no memory"),
        ("echo graph one two", "answered something that is no layout"),
        ("echo graph 1 1 1", "answered something that is no layout"),
    ],
)
def test_a_failure_is_noted_and_our_layout_used(fake, script: str, why: str) -> None:
    fake(script)
    scene = lay_out(picture(), "TB")
    assert len(scene.plan.centres) == 2
    assert why in scene.picture.notes[0]
    with pytest.raises(graphviz.GraphvizError, match=why):
        lay_out(picture(), "TB", "graphviz")


def test_without_the_program_it_can_be_asked_for_in_vain(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert len(lay_out(picture(), "TB").plan.routes) == 1
    with pytest.raises(graphviz.GraphvizError, match=r"not installed.*leave --engine out"):
        lay_out(picture(), "TB", "graphviz")


def test_the_real_program_lays_out_too() -> None:
    if not graphviz.program():
        pytest.skip("Graphviz is not installed")
    plan = arrange(TASK, "TB", graphviz.program())
    assert plan.centres[0][0] == pytest.approx(plan.centres[1][0], abs=1)
    assert plan.centres[1][1] - plan.centres[0][1] > 36
    assert plan.routes[0][0][1] == pytest.approx(plan.centres[0][1] + 18, abs=1)
