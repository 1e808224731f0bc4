"""Lines break where ruff breaks them; each expectation is what `ruff format` printed."""

from __future__ import annotations

import pytest

from caffe2torch.convert.grouped.wrapping import broken, docstring, items


def test_a_line_that_fits_stays() -> None:
    assert broken("x = f(a, b)", 4) == ["    x = f(a, b)"]


def test_arguments_go_to_a_line_of_their_own_first() -> None:
    assert broken("x = f(aaaa, bbbb)", width=14) == ["x = f(", "    aaaa, bbbb", ")"]


def test_then_each_to_its_own() -> None:
    assert broken("x = f(aaaa, bbbb, cccc)", width=14) == [
        "x = f(",
        "    aaaa,",
        "    bbbb,",
        "    cccc,",
        ")",
    ]


@pytest.mark.parametrize("brackets", ["{}", "[]", "()"])
def test_items_of_a_display_get_a_line_each_at_once(brackets: str) -> None:
    left, right = brackets
    assert broken(f"x = {left}aaa, bbb{right}", width=13) == [
        f"x = {left}",
        "    aaa,",
        "    bbb,",
        right,
    ]


def test_a_definition_breaks_at_its_arguments_not_at_its_result() -> None:
    line = "def forward(self, aaaa, bbbb) -> dict[str, int]:"
    assert broken(line, width=40) == [
        "def forward(",
        "    self, aaaa, bbbb",
        ") -> dict[str, int]:",
    ]


def test_brackets_and_commas_inside_strings_do_not_count() -> None:
    assert items('"a,b(", f(c, d), "e\\",f"') == ['"a,b("', "f(c, d)", '"e\\",f"']


def test_many_targets_are_put_in_brackets() -> None:
    assert broken("aaaaaa, bbbbbb = f(cccc)", width=18) == [
        "(",
        "    aaaaaa,",
        "    bbbbbb,",
        ") = f(cccc)",
    ]


def test_a_method_of_a_result_is_put_in_brackets() -> None:
    assert broken("target = self.a(value).flatten(1)", width=30) == [
        "target = (",
        "    self.a(value).flatten(1)",
        ")",
    ]


def test_a_long_docstring_ends_on_its_own_line() -> None:
    lines = docstring("word " * 30 + "end.", 4)
    assert lines[0].startswith('    """word')
    assert lines[-1] == '    """'
    assert all(len(line) <= 100 for line in lines)


def test_a_long_sum_breaks_in_front_of_its_signs_and_never_inside_an_index() -> None:
    line = 'return out["loss"].sum() + 0.5 * out["other"].sum() - f(a + b)'
    assert broken(line, width=40) == [
        "return (",
        '    out["loss"].sum()',
        '    + 0.5 * out["other"].sum()',
        "    - f(a + b)",
        ")",
    ]
    assert broken('x = values["a very long name"]', width=20) == ['x = values["a very long name"]']
