"""A probe for the terminal: verdict, inputs, layers and experiments."""

from __future__ import annotations

from math import nan

from caffe2torch.health.history import Activation, Channel, History, LabelTest, LayerNorms
from caffe2torch.health.probe.text import lines
from caffe2torch.health.probe.verdict import Verdict
from tests.health.probe.seen import FALLS, STAYS, examination, trial

HISTORY = History(
    classes=10,
    inputs=[Channel("data", 0, -1.0, 2.0, 0.25, 0.5)],
    norms={0: [LayerNorms("conv", 0.01, 0.1, 0.01), LayerNorms("ip", 1.0, 0.1, 1.0)]},
    activations={
        0: [
            Activation("relu", "ReLU", 0.0, 0.0, 0.97, "conv"),
            Activation("ip", "InnerProduct", 0.5, 1.5, 0.0, "ip"),
        ]
    },
    labels=LabelTest(0.1, 2.0, (2.5, 0.05), 3),
)


def text(history: History = HISTORY, **more: object) -> list[str]:
    done = examination(trial(STAYS), history=history, **more)
    return list(lines(done, Verdict("does not learn: x", ("x",), ["why " * 30], "do this")))


def test_the_verdict_comes_first_in_80_columns() -> None:
    head, *rest = text()
    assert head == "does not learn: x"
    assert rest[0].startswith("  why why") and rest[1].startswith("    why")
    assert "  → do this" in rest and max(map(len, rest)) <= 80


def test_inputs_are_a_line_a_channel() -> None:
    assert "  data channel 0: min -1  max 2  mean 0.25  std 0.5" in text()
    assert "  no images" in text(History())


def test_a_row_a_layer_marks_what_is_unusual() -> None:
    shown = text()
    assert "iteration 0: the loss is 2; a guess costs 2.303" in shown
    (dead,) = [line for line in shown if line.startswith("  conv relu")]
    assert dead.split() == ["conv", "relu", "0", "0", "97%", "0.01", "0.001", "dead"]
    (large,) = [line for line in shown if line.startswith("  ip")]
    assert large.split() == ["ip", "0.5", "1.5", "1", "10", "large"]


def test_experiments_tell_iterations_and_losses() -> None:
    more = [(None, trial([2.0, nan], "a title that is far too long to stand in one line of 46"))]
    shown = text(one=trial(FALLS, "one batch"), tried=more)
    rows = shown[shown.index(next(line for line in shown if line.startswith("experiments"))) + 1 :]
    assert rows[0].split() == ["as", "configured", "30", "2", "to", "2"]
    assert rows[1].split()[-4:] == ["2", "to", "0.775", "learns"]
    assert rows[2].startswith("  a title") and rows[3].split()[-4:] == ["2", "2", "to", "nan"]
    assert rows[4] == "  new images: loss 2, labels shuffled 2.5 ± 0.05"
    assert text(one=trial([], "one batch"))[-2].endswith("not tried")
