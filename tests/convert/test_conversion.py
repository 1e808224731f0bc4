"""A conversion runs its nets from the start, and says how far outputs are apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch

from caffe2torch.convert.compare import inputs
from caffe2torch.convert.conversion import Conversion, run
from tests.convert.one_net import converted

INPUT = 'layer {{ name: "{0}" type: "Input" top: "{0}" input_param {{ shape {{ {1} }} }} }}\n'


def test_a_layer_that_counts_begins_anew(tmp_path: Path) -> None:
    text = INPUT.format("x", "dim: 2 dim: 3") + INPUT.format("label", "dim: 2")
    text += (
        'layer { name: "m" type: "MarginInnerProduct" bottom: "x" bottom: "label" top: "y" '
        'top: "lambda" margin_inner_product_param { num_output: 4 type: QUADRUPLE '
        'weight_filler { type: "xavier" } base: 1000 gamma: 1 } }\n'
    )
    found = converted(tmp_path, text)
    values = inputs(found.graph)
    first, second = run(found.built, values), run(found.built, values)
    torch.testing.assert_close(first["lambda"], torch.tensor([1000 / 2.0]))
    torch.testing.assert_close(second, first)


def small(folder: Path, **options: Any) -> Conversion:
    text = INPUT.format("x", "dim: 3 dim: 2") + (
        'layer { name: "ip" type: "InnerProduct" bottom: "x" top: "y" '
        "inner_product_param { num_output: 4 } }\n"
    )
    return converted(folder, text, **options)


def test_the_module_of_the_source_gives_the_graphs_outputs(tmp_path: Path) -> None:
    conversion = small(tmp_path)
    (x,) = conversion.inputs
    weight, bias = conversion.state["ip.weight"], conversion.state["ip.bias"]
    torch.testing.assert_close(conversion.module(x), x @ weight.T + bias)
    torch.testing.assert_close(conversion.expected["y"], x @ weight.T + bias)
    assert conversion.check(lambda: conversion.expected) == "same outputs as the graph"
    assert not conversion.failed


def test_a_file_that_computes_something_else_fails(tmp_path: Path) -> None:
    conversion = small(tmp_path)
    near = {"y": conversion.expected["y"] * (1 + 1e-5)}
    assert conversion.check(lambda: near).startswith("outputs within ")
    assert not conversion.failed
    text = conversion.check(lambda: {"y": conversion.expected["y"] + 1})
    assert text.endswith("c2t verify names the layer at fault")
    assert conversion.failed


def test_what_cannot_run_is_not_checked(tmp_path: Path) -> None:
    def broken() -> dict[str, torch.Tensor]:
        raise RuntimeError("no kernel\nof a kind")

    conversion = small(tmp_path)
    assert conversion.check(broken) == "not checked: no kernel"
    assert not conversion.failed


@pytest.mark.parametrize(
    ("name", "stem"), [("Le Net-5", "le_net_5"), ("../x", "x"), ("", "net"), ("Ünet", "net")]
)
def test_files_are_called_as_the_net_or_its_file(tmp_path: Path, name: str, stem: str) -> None:
    text = f'name: "{name}"\n' + INPUT.format("x", "dim: 3 dim: 2")
    assert converted(tmp_path, text).stem == stem
