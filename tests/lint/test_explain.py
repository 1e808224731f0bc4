"""`c2t explain` by code, name, prefix and words."""

from __future__ import annotations

import pytest
from click.testing import CliRunner

from caffe2torch.cli import cli
from caffe2torch.errors import UnsupportedError
from caffe2torch.lint import rules
from caffe2torch.lint.explain import explain

PAGE = "C2T201 signal-vanishes (error)"


@pytest.mark.parametrize(
    "key", ["C2T201", "c2t201", "201", "signal-vanishes", "signal-van", "signal vanishes"]
)
def test_one_page(key: str) -> None:
    assert explain(key).startswith(PAGE)


def test_a_prefix_lists_its_rules() -> None:
    listed = [line.split()[0] for line in explain("C2T2").splitlines() if line.startswith("C2T")]
    assert listed == [rule.code for rule in rules.every() if rule.code.startswith("C2T2")]
    assert explain("2") == explain("C2T2")


def test_a_word_lists_the_rules_that_have_it_in_their_name() -> None:
    lines = explain("lr").splitlines()
    assert "C2T301  lr-too-high: " in "\n".join(lines)
    assert not any("C2T201" in line for line in lines)


def test_words_of_the_page() -> None:
    assert "C2T314" in explain("Goyal")


def test_the_engines_own() -> None:
    assert explain("unreadable").startswith("C2T001 unreadable (error)")


def test_nothing() -> None:
    with pytest.raises(UnsupportedError, match=r'no rule "xyzzy".*c2t rules'):
        explain("xyzzy")
    with pytest.raises(UnsupportedError, match="did you mean signal-vanishes"):
        explain("signal-vanishse")


def test_words_on_the_command_line() -> None:
    result = CliRunner().invoke(cli, ["explain", "batch", "lr"])
    assert result.output.startswith("C2T314 batch-lr-scaling")
