"""The inside of a class: parts, chains and who reads what."""

from __future__ import annotations

from caffe2torch.convert.grouped.body import Body, Part, chains, leaf, sequence
from caffe2torch.convert.grouped.steps import Step


def step(
    name: str, reads: tuple[int, ...], writes: tuple[int, ...], init: str = "nn.ReLU()"
) -> Step:
    call = "{self}({0})" if init else "{0} + {1}"
    return Step(name, "ReLU", init, call, reads, writes, ())


CHAIN = [step("a", (0,), (1,)), step("b", (1,), (2,))]
SUM = step("sum", (0, 2), (3,), init="")


def test_modules_one_after_the_other_are_a_chain() -> None:
    body = Body([leaf(s) for s in CHAIN], [0], {"b": 2})
    assert body.readers() == {0: 1, 1: 1, 2: 1}
    assert body.is_chain


def test_what_is_no_chain() -> None:
    parts = [leaf(s) for s in CHAIN]
    assert not Body([*parts, leaf(SUM)], [0], {"sum": 3}).is_chain  # an expression
    assert not Body(parts, [0], {"a": 1, "b": 2}).is_chain  # two outputs
    assert not Body(parts, [0, 5], {"b": 2}).is_chain  # two inputs
    assert not Body([], [0], {"x": 0}).is_chain
    assert not Body(parts[::-1], [0], {"b": 2}).is_chain  # out of order


def test_an_expression_has_no_submodule() -> None:
    assert leaf(SUM).attr == ""
    assert not leaf(SUM).is_module
    assert leaf(CHAIN[0]).attr == "a"


def test_several_steps_as_one_part() -> None:
    part = sequence(CHAIN, "block")
    assert (part.reads, part.writes, part.attr) == ((0,), (2,), "block")
    assert part.is_module
    assert isinstance(part, Part)


def test_steps_gather_to_runs_where_one_feeds_the_next_alone() -> None:
    runs = chains([*CHAIN, SUM], {0: 2, 1: 1, 2: 1, 3: 1}, adjacent=False)
    assert [[s.name for s in run] for run in runs] == [["a", "b"], ["sum"]]


def test_a_value_that_two_read_ends_a_run() -> None:
    runs = chains(CHAIN, {0: 1, 1: 2, 2: 1}, adjacent=False)
    assert [[s.name for s in run] for run in runs] == [["a"], ["b"]]


def test_steps_of_another_branch_between_do_not_break_a_run_unless_they_must() -> None:
    """Random numbers are drawn in the order of the layers, which a longer run would change."""
    steps = [CHAIN[0], step("other", (7,), (8,)), CHAIN[1]]
    readers = {0: 1, 1: 1, 2: 1, 7: 1, 8: 1}
    loose = [[s.name for s in run] for run in chains(steps, readers, adjacent=False)]
    strict = [[s.name for s in run] for run in chains(steps, readers, adjacent=True)]
    assert loose == [["other"], ["a", "b"]]
    assert strict == [["a"], ["other"], ["b"]]
