"""Layers and blobs are joined as the file says, each state reading what it would have."""

from __future__ import annotations

from pathlib import Path

from caffe2torch.draw import subject
from caffe2torch.draw.wiring import Value, Vertex, wire
from tests.draw.one_picture import LENET


def wired(folder: Path, text: str, phase: str = "") -> dict[str, Vertex]:
    path = folder / "net.prototxt"
    path.write_text(text)
    return {vertex.param.name: vertex for vertex in wire(subject.read(str(path), phase))}


def makers(values: list[Value]) -> list[str]:
    return [value.maker.param.name if value.maker else "" for value in values]


def test_a_blob_that_is_overwritten_is_a_new_value(tmp_path: Path) -> None:
    layers = wired(tmp_path, LENET, "TRAIN")
    assert makers(layers["relu1"].read) == ["ip1"]
    assert makers(layers["drop1"].read) == ["relu1"]
    assert makers(layers["ip2"].read) == ["drop1"]
    assert [reader.param.name for reader in layers["ip1"].tops[0].readers] == ["relu1"]
    assert "accuracy" not in layers


def test_a_layer_of_all_states_reads_what_each_state_has(tmp_path: Path) -> None:
    layers = wired(tmp_path, LENET)
    # TEST has no drop1
    assert makers(layers["ip2"].read) == ["relu1", "drop1"]
    assert layers["drop1"].phases == {"TRAIN"}
    assert layers["ip2"].phases == {"TRAIN", "TEST"}


def test_a_bottom_that_nothing_makes_is_a_value_without_maker(tmp_path: Path) -> None:
    text = 'layer { name: "r" type: "ReLU" bottom: "x" top: "y" }\n'
    text += 'layer { name: "s" type: "ReLU" bottom: "x" top: "x" }\n'
    text += 'layer { name: "t" type: "ReLU" bottom: "x" top: "z" }'
    layers = wired(tmp_path, text)
    assert makers(layers["r"].read) == [""] and makers(layers["t"].read) == ["s"]
    assert layers["s"].in_place and not layers["r"].in_place
    assert layers["r"].read[0] is layers["s"].read[0]


def test_include_rules_go_before_exclude_rules(tmp_path: Path) -> None:
    rules = "include { phase: TRAIN } exclude { phase: TRAIN }"
    text = f'layer {{ name: "a" type: "Input" top: "x" {rules} }}\n'
    text += 'layer { name: "b" type: "Input" top: "x" exclude { phase: TEST } }'
    layers = wired(tmp_path, text)
    assert layers["a"].phases == layers["b"].phases == {"TRAIN"}
