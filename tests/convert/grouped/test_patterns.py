"""What the names of repeated blocks have in common, and the columns of what tells them apart."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from caffe2torch.convert.grouped.blocks import Block
from caffe2torch.convert.grouped.patterns import named_alike, patterns
from caffe2torch.convert.grouped.shortcuts import Row
from caffe2torch.convert.grouped.steps import Step


def row(*names: str | None, tag: str = "") -> Row:
    """A block of layers of these names, whose tag is known where one is given."""
    steps = [n and Step(n, "ReLU", "nn.ReLU()", "{self}({0})", (0,), (1,), ()) for n in names]
    present = tuple(step for step in steps if step)
    spans = [(step.name.index(tag), step.name.index(tag) + len(tag)) for step in present]
    return Row(Block(present, (0,), (1,), tuple(spans) if tag else ()), tuple(steps))


def found(rows: Sequence[Row]) -> tuple[list[str], list[tuple[str, tuple[str, ...]]]] | None:
    """The patterns as source over columns n, m, k, and the columns."""
    pair = patterns(rows)
    return ([p.source(["n", "m", "k"]) for p in pair[0]], pair[1]) if pair else None


@pytest.mark.parametrize(
    ("blocks", "sources", "columns"),
    [
        # numbers that go up together are one column, an offset apart
        ([("a1", "b2"), ("a3", "b4")], ['f"a{n}"', 'f"b{n + 1}"'], [("int", ("1", "3"))]),
        # others are columns of their own
        (
            [("a1_2", "b"), ("a1_9", "b")],
            ['f"a1_{n}"', '"b"'],
            [("int", ("2", "9"))],
        ),
        (
            [("a1_5",), ("a2_7",)],
            ['f"a{n}_{m}"'],
            [("int", ("1", "2")), ("int", ("5", "7"))],
        ),
    ],
)
def test_numbers_tell_blocks_apart(
    blocks: list[tuple[str, ...]], sources: list[str], columns: list[tuple[str, tuple[str, ...]]]
) -> None:
    assert found([row(*names) for names in blocks]) == (sources, columns)


@pytest.mark.parametrize(
    "blocks",
    [
        [("a1", "b1"), ("a2", "c2")],  # words differ
        [("a01",), ("a02",)],  # a number cannot be written with its zero
        [("a1",), ("a1_2",)],  # more numbers
        [("same",), ("same",)],  # nothing tells them apart
        [("1_2_3_4",), ("2_4_7_1",)],  # four columns
    ],
)
def test_names_without_a_pattern(blocks: list[tuple[str, ...]]) -> None:
    assert found([row(*names) for names in blocks]) is None


def test_a_tag_is_text_or_a_number() -> None:
    words = [row(f"{tag}/conv", f"{tag}/relu", tag=tag) for tag in ("3a", "3b")]
    assert found(words) == (['f"{n}/conv"', 'f"{n}/relu"'], [("str", ('"3a"', '"3b"'))])
    numbers = [row(f"conv{tag}", tag=tag) for tag in ("3", "12")]
    assert found(numbers) == (['f"conv{n}"'], [("int", ("3", "12"))])
    zeros = [row(f"conv{tag}", tag=tag) for tag in ("03", "12")]
    assert found(zeros) == (['f"conv{n}"'], [("str", ('"03"', '"12"'))])


def test_blocks_are_put_together_by_all_of_their_names() -> None:
    rows = [row("a1", "b1", tag="1"), row("a2", "c2", tag="2"), row("a3", "b3", tag="3")]
    assert [[r.block.tag for r in group] for group in named_alike(rows)] == [["1", "3"], ["2"]]
    assert named_alike([row("a1"), row("x")]) == [[row("a1"), row("x")]]  # no tags, no names


def test_a_step_that_a_block_lacks_fits_any_name() -> None:
    full, lacking = row("a1", "b1", tag="1"), row("a2", None, tag="2")
    (group,) = named_alike([full, lacking])
    assert group == [full, lacking]
    assert found(group) == (['f"a{n}"', 'f"b{n}"'], [("int", ("1", "2"))])
    (alone,) = named_alike([lacking, row("a3", None, tag="3")])
    assert [len(r.steps) for r in alone] == [1, 1]
