"""The lossless reader: tokens, places, errors, edits."""

from __future__ import annotations

import pytest

from caffe2torch.errors import ParseError
from caffe2torch.format import text
from caffe2torch.format.text import Block, Edit, Scalar


def values(source: str) -> list[tuple[str, str]]:
    """Every field below the root as (name, raw value), "{}" for a message."""
    found = text.walk(text.parse(source, "f").root)
    return [(f.name, f.value.raw if isinstance(f.value, Scalar) else "{}") for f in found]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("", []),
        ("# only a comment", []),
        ("\ufeffa: 1", [("a", "1")]),
        ("a:1 b : 2\r\nc\n:\n3", [("a", "1"), ("b", "2"), ("c", "3")]),
        ("a: 1, b: 2; c: 3", [("a", "1"), ("b", "2"), ("c", "3")]),
        ("a # x: 9\n: # y\n1", [("a", "1")]),
        ("a { b: 1 }", [("a", "{}"), ("b", "1")]),
        ("a: < b: 1 >;", [("a", "{}"), ("b", "1")]),
        ("a {b<c:1>},d:2", [("a", "{}"), ("b", "{}"), ("c", "1"), ("d", "2")]),
        ("a: [1, 2,3] b: [ ]", [("a", "1"), ("a", "2"), ("a", "3"), ("b", "[]")]),
        ("a [{b: 1}, <>] c: 2", [("a", "{}"), ("b", "1"), ("a", "{}"), ("c", "2")]),
        ("a: [{b: [1, 2]}]", [("a", "{}"), ("b", "1"), ("b", "2")]),
        (
            "a: -1 b: .5 c: 1.0f d: 0x1F e: -inf",
            list(zip("abcde", ["-1", ".5", "1.0f", "0x1F", "-inf"], strict=True)),
        ),
        ("a: - 1", [("a", "- 1")]),
        ('a: \'x"\' "y\\""', [("a", '\'x"\' "y\\""')]),
        ('a: "x" # c\n  "y" b: 1', [("a", '"x" # c\n  "y"'), ("b", "1")]),
        ('a: "# no comment"', [("a", '"# no comment"')]),
    ],
)
def test_grammar(source: str, expected: list[tuple[str, str]]) -> None:
    assert values(source) == expected


@pytest.mark.parametrize(
    ("source", "place", "message"),
    [
        ("layer {\n  a: 1\n", "1:7", 'the message "layer" is not closed: "}" is missing'),
        ("a { b: [{ ", "1:9", 'a message in a list is not closed: "}" is missing'),
        ("a: 1\n}", "2:1", '"}" closes nothing'),
        ("a {\n>", "2:1", 'expected "}" for the "{" of line 1, found ">"'),
        ("a 1", "1:2", 'expected ":" after "a"'),
        ("a\nb: 1", "1:2", 'expected ":" after "a"'),
        ("a\n}", "1:2", 'expected ":" or "{" after "a"'),
        ("a:", "1:3", 'expected a value for "a", found the end of the file'),
        ("a: }", "1:4", 'expected a value for "a", found "}"'),
        ('a: "x\n"', "1:4", 'the string of "a" is not closed on its line'),
        ("a: 'x\\'", "1:4", 'the string of "a" is not closed on its line'),
        ("a: [1 2]", "1:7", 'expected "," or "]" in the list'),
        ("a: [1,]", "1:7", 'expected a value in the list, found "]"'),
        ("a: [", "1:4", 'the list is not closed with "]"'),
        ("a [1]", "1:2", 'expected ":" after "a"'),
        ("a: 1\n<<<<<<< ours\n", "2:1", "a mark of an unfinished merge"),
        ("[x.y]: 1", "1:1", "extensions are not part of Caffe's schema"),
        ("a: $ {n}", "1:4", 'expected a value for "a", found "$"'),
        ("a: ${n", "1:4", 'expected a value for "a", found "$"'),
        ("\ufeff$", "1:1", 'expected the name of a field, found "$"'),
    ],
)
def test_errors_name_the_place(source: str, place: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        text.parse(source, "net.prototxt")
    assert str(caught.value.span) == f"net.prototxt:{place}"
    assert caught.value.message == message


def test_spans_are_lines_columns_and_offsets() -> None:
    source = "# c\nlayer {\n  name: 'x'\n}\n"
    document = text.parse(source, "f")
    layer = document.root.fields[0]
    assert isinstance(layer.value, Block)
    name = layer.value.fields[0]
    for at, place, covers in [
        (layer, "f:2:1", "layer {\n  name: 'x'\n}"),
        (layer.value, "f:2:1", "layer {\n  name: 'x'\n}"),
        (name, "f:3:3", "name: 'x'"),
        (name.value, "f:3:9", "'x'"),
    ]:
        span = document.span(at)
        assert (str(span), source[span.start : span.end]) == (place, covers)


def test_columns_of_the_first_line_ignore_a_byte_order_mark() -> None:
    document = text.parse("\ufeffa: 1", "f")
    assert str(document.span(document.root.fields[0])) == "f:1:1"


def test_list_elements_know_their_brackets() -> None:
    source = "a: [1, {}]"
    source = source.replace("{}", "2")
    document = text.parse(source, "f")
    for field in document.root.fields:
        assert field.brackets is not None
        assert source[slice(*field.brackets)] == "[1, 2]"


def test_find_and_all() -> None:
    root = text.parse("a: 1 b: 2 a: 3", "f").root
    assert [f.value.raw for f in root.all("a") if isinstance(f.value, Scalar)] == ["1", "3"]
    assert root.find("a", 1) is root.fields[2]
    assert root.find("c") is None


def test_edits_keep_all_else() -> None:
    source = "a: 1 # one\r\nb: 2 # two\r\n"
    root = text.parse(source, "f").root
    edits = [
        Edit(f.value.start, f.value.end, new)
        for f, new in zip(root.fields, ["10", ""], strict=True)
    ]
    edits.append(Edit(0, 0, "# top\r\n"))
    assert text.apply(source, edits) == "# top\r\na: 10 # one\r\nb:  # two\r\n"
    assert text.apply(source, [edits[0], edits[0]]) == "a: 10 # one\r\nb: 2 # two\r\n"


@pytest.mark.parametrize("edits", [[(0, 3), (2, 4)], [(5, 9)], [(3, 2)]])
def test_edits_that_overlap_or_leave_the_text_are_refused(edits: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match="overlap"):
        text.apply("abcdef", [Edit(start, end, "") for start, end in edits])


@pytest.mark.parametrize(
    "source",
    ["a {" * 20000, "a: [" + "1," * 20000, "a: 'x' " + " " * 20000 + "$", "#" * 20000 + "\n$"],
)
def test_hostile_text_is_refused_in_linear_time_and_without_recursion(source: str) -> None:
    with pytest.raises(ParseError):
        text.parse(source, "f")
