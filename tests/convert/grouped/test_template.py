"""A repeated block as a class."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.convert import families
from tests.convert.one_net import converted


def test_blocks_that_differ_by_a_branch_are_one_class(tmp_path: Path) -> None:
    text = converted(tmp_path, families.FAMILIES["resnet"]).source.text
    assert text.count("class Bottleneck") == 1
    assert "self.res3a = Bottleneck(" in text
    assert "with_branch1=True" in text
    assert "return self.relu(self.branch1(x) + self.branch2(x))" in text
    assert "nn.BatchNorm2d(" in text
    assert "Scale" not in text


@pytest.mark.parametrize("name", ["--", "__c", "__init__", "_-x"])
def test_names_that_python_mangles_work(name: str, tmp_path: Path) -> None:
    from click.testing import CliRunner

    from caffe2torch.cli import cli

    layers = "".join(
        f'layer {{ name: "{name}{i}" type: "InnerProduct" bottom: "{bottom}" top: "{name}{i}" '
        "inner_product_param { num_output: 3 } }"
        for i, bottom in enumerate(("d", f"{name}0", f"{name}0"))
    )
    net = tmp_path / "net.prototxt"
    net.write_text(
        'layer { name: "d" type: "Input" top: "d" input_param { shape { dim: 2 dim: 3 } } }'
        f'{layers} layer {{ name: "e" type: "Eltwise" bottom: "{name}1" bottom: "{name}2" '
        f'top: "{name}" }}'
    )
    result = CliRunner().invoke(cli, ["convert", str(net), "-o", str(tmp_path / "o")])
    assert result.exit_code == 0, result.output
    assert "same outputs as the graph" in result.output
    file = next((tmp_path / "o").glob("*.py"))
    result = CliRunner().invoke(cli, ["verify", str(net), "--against", str(file)])
    assert result.exit_code == 0, result.output
