"""Colours and width of standard output, and what may be printed on it."""

from __future__ import annotations

import sys

import pytest

from caffe2torch import terminal


@pytest.mark.parametrize(
    ("tty", "env", "wanted"),
    [
        (True, {}, True),
        (False, {}, False),
        (True, {"NO_COLOR": "1"}, False),
        (True, {"NO_COLOR": ""}, True),
        (True, {"TERM": "dumb"}, False),
        (False, {"FORCE_COLOR": "1"}, True),
        (True, {"FORCE_COLOR": "1", "NO_COLOR": "1"}, False),
    ],
)
def test_colors(
    monkeypatch: pytest.MonkeyPatch, tty: bool, env: dict[str, str], wanted: bool
) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys.stdout, "isatty", lambda: tty)
    assert terminal.colors() is wanted


def test_width_is_that_of_a_terminal_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "61")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert terminal.width() == 61
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    assert terminal.width() == 0


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("conv1/7x7_s2", "conv1/7x7_s2"),
        ("größe 大", "größe 大"),
        ("[bold]x[/bold]", "[bold]x[/bold]"),
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\0b\x08c\x7f", r"a\x00b\x08c\x7f"),
        ("a\nb\tc", r"a\nb\tc"),
        ("\x9b2J", r"\x9b2J"),
        ("\u202egnp.exe", r"\u202egnp.exe"),
        ("\u200b\u061c", r"\u200b\u061c"),
        ("\udcff", r"\xff"),
        ("\ud800", r"\ud800"),
    ],
)
def test_what_steers_a_terminal_or_hides_is_escaped(text: str, shown: str) -> None:
    assert terminal.printable(text) == shown
    assert terminal.printable(shown) == shown


def test_long_texts_lose_their_middle() -> None:
    text = "".join(str(i % 10) for i in range(50))
    assert terminal.printable(text, 50) == text
    assert terminal.printable(text, 30) == text[:19] + "…" + text[-10:]


def test_lines_keep_their_layout() -> None:
    text = "a\tb\r\nc\rd\x1b\n"
    assert terminal.printable_lines(text) == "a\tb\r\nc\\rd\\x1b\n"


def test_carets_stand_below_what_is_shown() -> None:
    assert terminal.pointed('\tname: "a"', 7, 3) == (' name: "a"', "       ^^^")
    assert terminal.pointed("\x1bx: 1", 1, 1) == (r"\x1bx: 1", "    ^")
    assert terminal.pointed("a: \0", 3, 1) == (r"a: \x00", "   ^^^^")
    assert terminal.pointed("", 9, 1) == ("", "^")


@pytest.mark.parametrize("columns", [0, 40])
@pytest.mark.parametrize("at", [0, 10, 300_000, 999_990])
def test_a_long_line_is_quoted_in_part(columns: int, at: int) -> None:
    line = "x" * at + "HERE" + "\x1b" * (1_000_000 - at)
    text, carets = terminal.pointed(line, at, 4, columns)
    assert len(text) <= (columns or terminal.LONGEST_LINE)
    start = carets.index("^")
    assert text[start : start + 4] == "HERE"


def test_echo_prints_what_may_be_printed(capsys: pytest.CaptureFixture[str]) -> None:
    terminal.echo("a\x1b[2J\nb\x07", err=True)
    assert capsys.readouterr().err == "a\\x1b[2J\nb\\x07\n"
