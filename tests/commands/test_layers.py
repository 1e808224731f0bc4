"""`c2t layers` shows what the layer files say of themselves."""

from __future__ import annotations

from click.testing import CliRunner

from caffe2torch import layers
from caffe2torch.cli import cli


def run(*args: str):
    return CliRunner().invoke(cli, ["layers", *args])


def test_every_type_has_a_line() -> None:
    result = run()
    assert result.exit_code == 0
    listed = [line.split()[0] for line in result.output.splitlines()]
    assert listed == [layer.type for layer in layers.every()]


def test_a_line_says_status_and_origin_in_80_columns() -> None:
    output = run().output.splitlines()
    assert max(map(len, output)) <= 80
    lines = {line.split()[0]: line.split() for line in output}
    assert lines["Threshold"] == ["Threshold", "forward", "only", "bvlc"]
    assert lines["AbsVal"] == ["AbsVal", "trains", "bvlc"]
    for type_, status in [
        ("Accuracy", "forward"),
        ("BatchReindex", "trains"),
        ("Data", "source"),
        ("Embed", "trains"),
        ("InfogainLoss", "trains"),
        ("Silence", "forward"),
    ]:
        assert lines[type_][1] == status, type_


def test_one_type_is_shown_with_its_defaults() -> None:
    output = run("ReLU").output
    assert output.startswith("ReLU (bvlc)\n\nmax(x, 0)")
    assert "Source:   Caffe src/caffe/layers/relu_layer.cpp" in output
    assert "Gradient: to every bottom" in output
    assert (
        "relu_param {\n  negative_slope: 0\n  engine: DEFAULT  # DEFAULT | CAFFE | CUDNN" in output
    )


def test_a_type_says_where_no_gradient_goes_and_its_old_names() -> None:
    output = run("softmax_loss").output
    assert "Gradient: bottom 1 cannot run backward to its labels" in output
    assert "Also:     SoftmaxLoss" in output


def test_an_unknown_type_suggests_the_nearest() -> None:
    result = run("RelU6x")
    assert result.exit_code == 2
    assert 'did you mean "ReLU' in result.stderr
