"""What a finding says in one line, and that it is a value."""

from __future__ import annotations

import pytest

from caffe2torch.errors import Span
from caffe2torch.lint.finding import Finding


@pytest.mark.parametrize(
    ("finding", "says"),
    [
        (Finding("what"), "what"),
        (Finding("what", why="so"), "what: so"),
        (Finding("what", also=("C2T206 x", "C2T207 y")), "what (also C2T206 x, C2T207 y)"),
        (Finding("what", hint="do", ways=("or that",)), "what → do; or or that"),
        (Finding("what", ways=("this", "that")), "what → this; or that"),
        (Finding("what", why="so", hint="do", also=("C2T206 x",)), "what: so (also C2T206 x) → do"),
    ],
)
def test_the_text_holds_reason_effects_and_ways_out(finding: Finding, says: str) -> None:
    assert finding.text == says


def test_the_recommended_way_out_comes_first() -> None:
    assert Finding("x", ways=("b", "c"), hint="a").ways_out == ("a", "b", "c")
    assert Finding("x").ways_out == ()


def test_the_file_is_that_of_the_place() -> None:
    assert Finding("x", Span("net.prototxt", 3, 1)).file == "net.prototxt"
    assert Finding("x").file == ""


def test_findings_that_name_other_effects_are_equal() -> None:
    """The engine drops repeated findings; what it has noted in one of them is no difference."""
    assert Finding("x", also=("C2T206 x",)) == Finding("x")
    assert len({Finding("x", also=("C2T206 x",)), Finding("x"), Finding("x", about="conv1")}) == 2
