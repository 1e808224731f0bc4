"""Which layers a state keeps, and the Splits that Caffe inserts."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.graph.nets import DATA, graph, ip, relu


@pytest.mark.parametrize(
    ("rule", "phase", "level", "stages", "kept"),
    [
        ("include { phase: TEST }", "TRAIN", 0, (), False),
        ("include { phase: TEST }", "TEST", 0, (), True),
        ("include { min_level: 2 }", "TRAIN", 1, (), False),
        ("include { min_level: 2 max_level: 3 }", "TRAIN", 3, (), True),
        ("include { max_level: 3 }", "TRAIN", 4, (), False),
        ('include { stage: "a" stage: "b" }', "TRAIN", 0, ("a",), False),
        ('include { stage: "a" stage: "b" }', "TRAIN", 0, ("b", "a"), True),
        ('include { not_stage: "a" }', "TRAIN", 0, ("a",), False),
        ('include { stage: "a" } include { phase: TRAIN }', "TRAIN", 0, (), True),
        ("exclude { phase: TRAIN }", "TRAIN", 0, (), False),
        ('exclude { stage: "a" } exclude { level: 0 }'.replace("level: 0", "min_level: 5"),
         "TRAIN", 0, (), True),
    ],
)  # fmt: skip
def test_rules_of_a_layer_decide_as_in_caffe(
    tmp_path: Path, rule: str, phase: str, level: int, stages: tuple[str, ...], kept: bool
) -> None:
    found = graph(
        tmp_path, DATA + relu("r", "data", "r", rule), phase=phase, level=level, stages=stages
    )
    assert ("r" in [node.name for node in found.nodes]) is kept


def test_a_blob_with_two_readers_gets_a_split_of_caffes_name(tmp_path: Path) -> None:
    found = graph(tmp_path, DATA + relu("a", "data", "a") + relu("b", "data", "b"))
    assert [node.name for node in found.nodes] == ["data", "data_data_0_split", "a", "b"]
    split = found.nodes[1]
    assert split.tops == ["data_data_0_split_0", "data_data_0_split_1"]
    assert found.nodes[2].bottoms == ["data_data_0_split_0"]
    assert found.outputs == ["a", "b"]


def test_a_weighted_top_that_is_read_moves_its_weight_to_split_0(tmp_path: Path) -> None:
    found = graph(tmp_path, DATA + ip("a", "data", "a", "loss_weight: 0.5") + relu("b", "a", "b"))
    assert found.loss_weights == {"a_a_0_split_0": 0.5}
    assert found.nodes[-1].bottoms == ["a_a_0_split_1"]
