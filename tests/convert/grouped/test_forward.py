"""Statements of forward: nested while short, in the order of the net, with variables where not."""

from __future__ import annotations

from caffe2torch.convert.grouped.body import Body, Part
from caffe2torch.convert.grouped.forward import Writer, filled

MODULE = "{self}({0})"


def part(reads: tuple[int, ...], write: int, attr: str = "", call: str = MODULE) -> Part:
    return Part([], reads, (write,), attr, "", call)


def written(parts: list[Part], outputs: dict[str, int], names: dict[int, str]) -> list[str]:
    return Writer(Body(parts, [0], outputs, names)).write()


NAMES = {0: "data", 1: "a", 2: "b", 3: "c", 4: "d"}


def test_a_chain_is_one_expression() -> None:
    parts = [part((0,), 1, "a"), part((1,), 2, "b")]
    assert written(parts, {"b": 2}, NAMES) == ["return self.b(self.a(data))"]


def test_a_value_that_two_read_gets_its_blobs_name() -> None:
    parts = [part((0,), 1, "a"), part((1,), 2, "b"), part((1, 2), 3, "", "{0} + {1}")]
    assert written(parts, {"c": 3}, NAMES) == ["a = self.a(data)", "return a + self.b(a)"]


def test_calls_nest_three_deep_at_most() -> None:
    parts = [part((k,), k + 1, "abcd"[k]) for k in range(4)]
    assert written(parts, {"d": 4}, NAMES) == [
        "x = self.c(self.b(self.a(data)))",
        "return self.d(x)",
    ]


def test_operands_keep_their_order() -> None:
    """The second operand is computed first, so it cannot go inside."""
    parts = [part((0,), 1, "a"), part((0,), 2, "b"), part((2, 1), 3, "", "{0} - {1}")]
    assert written(parts, {"c": 3}, NAMES) == [
        "a = self.a(data)",
        "x = self.b(data)",
        "return x - a",
    ]


def test_an_expression_inside_another_gets_parentheses_where_it_needs_them() -> None:
    assert filled("{0} * 2.0", "", ["a + b"]) == "(a + b) * 2.0"
    assert filled("f({0}, {1})", "", ["a + b", "c"]) == "f(a + b, c)"
    assert filled("{0}.flatten(1)", "", ["self.a(x)"]) == "self.a(x).flatten(1)"
    assert filled("g({bottoms}, n=1)", "", []) == "g(n=1)"


def test_several_outputs_are_a_dict_by_blob() -> None:
    parts = [part((0,), 1, "a"), part((0,), 2, "b")]
    assert written(parts, {"a": 1, "b/x": 2}, NAMES) == [
        'return {"a": self.a(data), "b/x": self.b(data)}'
    ]


def test_a_variable_hides_no_function() -> None:
    parts = [part((0,), 1, "", "crop({0})"), part((1, 1), 2, "", "crop({0}, {1})")]
    body = Body(parts, [0], {"b": 2}, {0: "data", 1: "crop", 2: "b"}, {"crop"})
    assert Writer(body).write() == ["crop_2 = crop(data)", "return crop(crop_2, crop_2)"]
