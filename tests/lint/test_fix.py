"""Fixes applied by the command, and edits of prototxt by field path."""

from __future__ import annotations

import pytest

from caffe2torch.format import text
from caffe2torch.lint import fix
from caffe2torch.lint.finding import FileEdit, Finding, Fix
from tests.lint.checks import Folder
from tests.lint.command import run
from tests.lint.nets import DEAD


class TestFix:
    """--fix, --unsafe-fixes, --diff."""

    def test_only_safe_ones_by_default(self, folder: Folder) -> None:
        folder.write(net=DEAD).solver({"test_iter: 6": "test_iter: 1  # few"})
        output = run("solver.prototxt", "--fix").output
        assert "fixed: test_iter: 6" in output
        assert "test_iter: 6  # few" in folder.solver_file.read_text(encoding="utf-8")
        assert folder.net_file.read_text(encoding="utf-8") == DEAD

    def test_unsafe_ones_too(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        run(
            "solver.prototxt", "--fix", "--unsafe-fixes", "--select", "C2T201,C2T301,C2T314", code=0
        )
        fixed = folder.net_file.read_text(encoding="utf-8")
        assert '"msra"' in fixed
        assert fixed.count("# of 16 grey levels") == 2

    def test_diff_writes_nothing(self, folder: Folder) -> None:
        folder.write(net=DEAD)
        output = run("solver.prototxt", "--diff", "--unsafe-fixes", "--select", "C2T201").output
        assert output.startswith("--- train_val.prototxt\n+++ train_val.prototxt\n")
        assert folder.net_file.read_text(encoding="utf-8") == DEAD

    def test_windows_line_ends_survive(self, folder: Folder) -> None:
        folder.net_file.write_bytes(DEAD.replace("\n", "\r\n").encode())
        run("solver.prototxt", "--fix", "--unsafe-fixes", "--select", "C2T201")
        data = folder.net_file.read_bytes()
        assert b"msra" in data
        assert data.count(b"\n") == data.count(b"\r\n") == DEAD.count("\n")


LAYER = 'layer {\n  name: "a"\n  type: "Convolution"\n  convolution_param { pad: 1 }\n}\n'


def edited(source: str, edits: list[FileEdit]) -> str:
    return text.apply(source, [text.Edit(edit.start, edit.end, edit.new) for edit in edits])


def put(source: str, path: str, value: str) -> str:
    """The text with a field of its first layer set."""
    document = text.parse(source, "net.prototxt")
    block = document.root.find("layer")
    assert block is not None
    assert isinstance(block.value, text.Block)
    return edited(source, fix.put(document, block.value, path, value))


def test_a_field_that_is_written_gets_another_value() -> None:
    assert put(LAYER, "convolution_param.pad", "2") == LAYER.replace("pad: 1", "pad: 2")
    assert put(LAYER, "name", '"b"') == LAYER.replace('"a"', '"b"')


def test_a_field_that_is_not_written_is_added_in_the_blocks_own_layout() -> None:
    inline = put(LAYER, "convolution_param.stride", "2")
    assert "convolution_param { pad: 1 stride: 2 }" in inline
    below = put(LAYER, "param.lr_mult", "0")
    assert below == LAYER.replace("{ pad: 1 }\n", "{ pad: 1 }\n  param { lr_mult: 0 }\n")


def test_an_element_of_a_list_is_set_without_its_name() -> None:
    source = "layer { transform_param { mean_value: [1, 2, 3] } }\n"
    assert put(source, "transform_param.mean_value[1]", "9") == source.replace("2", "9")


def test_a_repeated_field_is_set_as_far_as_it_goes() -> None:
    source = "stepvalue: 1\nstepvalue: 2\nstepvalue: 3\ngamma: 0.1\n"
    document = text.parse(source, "solver.prototxt")
    edits = fix.put_all(document, document.root, "stepvalue", ["5", "6"])
    assert edited(source, edits) == "stepvalue: 5\nstepvalue: 6\ngamma: 0.1\n"
    listed = text.parse("stepvalue: [1, 2]\n", "solver.prototxt")
    edits = fix.put_all(listed, listed.root, "stepvalue", ["7"])
    assert edited("stepvalue: [1, 2]\n", edits) == "stepvalue: [7]\n"
    assert fix.put_all(document, document.root, "lr", ["1"]) == []


def test_a_field_goes_with_its_line_but_not_with_its_neighbours() -> None:
    source = "a: 1 # gone\nb: 2 c: 3\n"
    document = text.parse(source, "solver.prototxt")
    assert edited(source, fix.drop(document, document.root, "a")) == "b: 2 c: 3\n"
    assert edited(source, fix.drop(document, document.root, "c")) == "a: 1 # gone\nb: 2 \n"
    assert fix.drop(document, document.root, "d") == []


@pytest.mark.parametrize(
    ("value", "written"),
    [(0.01, "0.01"), (1.0, "1"), (1 / 3, "0.333"), (2e-8, "2e-08"), (123456.0, "123000")],
)
def test_numbers_are_rounded_to_three_digits(value: float, written: str) -> None:
    assert fix.number(value) == written


def test_an_exact_number_is_the_same_float32() -> None:
    assert fix.exact(1.0) == "1"
    assert float(fix.exact(0.1)) == 0.1


def test_strings_are_escaped() -> None:
    assert fix.string('a"b\\c') == r'"a\"b\\c"'


def finding(*edits: FileEdit, safe: bool = True) -> Finding:
    return Finding("bad", None, fix=Fix("cure", edits, safe))


def test_of_two_fixes_of_one_stretch_the_first_is_made() -> None:
    first = finding(FileEdit("f", 0, 5, "x"))
    overlapping, apart = finding(FileEdit("f", 4, 6, "y")), finding(FileEdit("f", 5, 6, "z"))
    other_file = finding(FileEdit("g", 0, 5, "x"))
    chosen = fix.choose([first, overlapping, apart, other_file], unsafe=False)
    assert chosen == [first.fix, apart.fix, other_file.fix]


def test_unsafe_fixes_are_made_only_if_asked_for() -> None:
    risky = finding(FileEdit("f", 0, 1, "x"), safe=False)
    assert fix.choose([risky], unsafe=False) == []
    assert fix.choose([risky], unsafe=True) == [risky.fix]


def test_two_insertions_at_one_place_collide() -> None:
    one, two = finding(FileEdit("f", 3, 3, "a")), finding(FileEdit("f", 3, 3, "b"))
    assert fix.choose([one, two], unsafe=False) == [one.fix]


def test_an_edit_collides_with_the_edit_before_it_and_the_one_behind() -> None:
    taken = finding(*(FileEdit("f", at, at + 4, "x") for at in (20, 0, 10)))
    for start, end, collides in (
        (3, 5, 1),
        (8, 11, 1),
        (5, 9, 0),
        (4, 4, 0),
        (2, 2, 1),
        (0, 30, 1),
    ):
        other = finding(FileEdit("f", start, end, "y"))
        chosen = fix.choose([taken, other], unsafe=False)
        assert chosen == [taken.fix, *([] if collides else [other.fix])], (start, end)


def test_an_edit_that_two_fixes_share_is_made_once() -> None:
    edit = FileEdit("f", 0, 1, "x")
    assert fix.by_file([Fix("a", (edit,)), Fix("b", (edit,))]) == {"f": [text.Edit(0, 1, "x")]}
