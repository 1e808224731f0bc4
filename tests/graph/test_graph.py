"""The graph against what Net::Init does: states, splits, shared parameters, backward flags."""

from __future__ import annotations

from pathlib import Path

import pytest

from caffe2torch.errors import GraphError, ShapeError
from caffe2torch.format.upgrade import read_net
from caffe2torch.graph import build_graph
from caffe2torch.graph.filtering import net_state
from caffe2torch.graph.model import Graph

DATA = 'layer { name: "data" type: "Input" top: "data" input_param { shape { dim: 2 dim: 3 } } }\n'


def ip(name: str, bottom: str, top: str, extra: str = "", n: int = 4) -> str:
    return (
        f'layer {{ name: "{name}" type: "InnerProduct" bottom: "{bottom}" top: "{top}" {extra}\n'
        f"  inner_product_param {{ num_output: {n} bias_term: false }} }}\n"
    )


def relu(name: str, bottom: str, top: str, extra: str = "") -> str:
    return f'layer {{ name: "{name}" type: "ReLU" bottom: "{bottom}" top: "{top}" {extra} }}\n'


def graph(tmp_path: Path, text: str, **options: object) -> Graph:
    path = tmp_path / "net.prototxt"
    path.write_text(text)
    net = read_net(str(path))
    state = net_state(
        net,
        options.pop("phase", "TRAIN"),  # type: ignore[arg-type]
        options.pop("level", None),  # type: ignore[arg-type]
        options.pop("stages", ()),  # type: ignore[arg-type]
    )
    return build_graph(net, state, **options)  # type: ignore[arg-type]


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


def test_outputs_are_alphabetical(tmp_path: Path) -> None:
    text = DATA + relu("z", "data", "Z") + relu("a", "data", "b") + relu("m", "data", "a")
    assert graph(tmp_path, text).outputs == ["Z", "a", "b"]


def test_shared_parameters_have_one_owner_and_its_multipliers(tmp_path: Path) -> None:
    text = (
        DATA
        + ip("a", "data", "a", 'param { name: "w" }')
        + ip("b", "data", "b", 'param { name: "w" lr_mult: 3 }')
    )
    found = graph(tmp_path, text)
    assert [(ref.layer, ref.lr_mult) for ref in found.params] == [("a", 3.0)]
    assert found.node("b").params[0].owner is found.params[0]


@pytest.mark.parametrize(
    ("first", "second", "says"),
    [
        ('param { name: "w" }', 'param { name: "w" }', r"shape \(5, 3\) cannot be shared"),
        (
            'param { name: "w" lr_mult: 1 }',
            'param { name: "w" lr_mult: 2 share_mode: PERMISSIVE }',
            "cannot be shared",
        ),
    ],
)
def test_shared_parameters_of_other_shapes_are_refused(
    tmp_path: Path, first: str, second: str, says: str
) -> None:
    text = DATA + ip("a", "data", "a", first) + ip("b", "data", "b", second, n=5)
    with pytest.raises(ShapeError, match=says) as caught:
        graph(tmp_path, text)
    assert caught.value.span is not None
    assert caught.value.span.line == 4


def test_backward_stops_where_nothing_learns(tmp_path: Path) -> None:
    text = (
        DATA
        + ip("frozen", "data", "f", "param { lr_mult: 0 }")
        + relu("r", "f", "r")
        + ip("learns", "r", "y", "loss_weight: 1")
    )
    found = graph(tmp_path, text)
    needs = {node.name: node.need_backward for node in found.nodes}
    assert needs == {"data": False, "frozen": False, "r": False, "learns": True}
    assert found.node("learns").bottom_need_backward == [False]


def test_layers_without_a_loss_behind_them_run_no_backward(tmp_path: Path) -> None:
    found = graph(tmp_path, DATA + ip("a", "data", "a") + ip("b", "a", "b"))
    assert not any(node.need_backward for node in found.nodes)


@pytest.mark.parametrize(
    ("text", "line", "says"),
    [
        (relu("r", "dta", "r"), 2, 'unknown bottom "dta" → did you mean "data"'),
        (relu("r", "x", "r") + relu("s", "data", "x"), 2, 'layer "s" makes it; move'),
        (relu("s", "data", "x", "include { stage: 'a' }") + relu("r", "x", "r"), 3, "leave it out"),
        (relu("a", "data", "y") + relu("b", "data", "y"), 3, 'top "y" is produced by multiple'),
        ('layer { name: "r" type: "Relu" bottom: "data" top: "r" }', 2, 'did you mean "ReLU"'),
        (relu("r", "data", "r", "propagate_down: true propagate_down: true"), 2, "2 propagate"),
        (relu("r", "data", "r", "param { lr_mult: 1 }"), 2, "1 param"),
        (relu("r", "data", "r", "include { } exclude { }"), 2, "both include and exclude"),
        (relu("r", "data", "r", "loss_weight: 1 loss_weight: 2"), 2, "2 loss weights for 1 top"),
        ('layer { name: "r" type: "ReLU" bottom: "data" }', 2, "takes 1 top, has 0 → `c2t"),
    ],
)
def test_a_refusal_names_layer_reason_and_place(
    tmp_path: Path, text: str, line: int, says: str
) -> None:
    with pytest.raises(GraphError if "Relu" not in text else Exception) as caught:
        graph(tmp_path, DATA + text)
    assert says in str(caught.value)
    assert str(caught.value).startswith(str(tmp_path / "net.prototxt") + f":{line}:")


def test_a_blob_that_caffe_cannot_count_is_refused(tmp_path: Path) -> None:
    big = DATA + relu("r", "data", "r")
    with pytest.raises(ShapeError, match=r"2,147,483,649 values, and Caffe counts up to"):
        graph(tmp_path, big.replace("dim: 2", "dim: 715827883"))


def test_input_shapes_can_be_given_anew(tmp_path: Path) -> None:
    found = graph(tmp_path, DATA + relu("r", "data", "r"), input_shapes={"data": (7, 3)})
    assert found.shapes["r"] == (7, 3)


def test_another_phase_says_the_size_of_missing_data(tmp_path: Path) -> None:
    text = (
        'layer { name: "d" type: "Data" top: "data" top: "label" include { phase: TRAIN } '
        'data_param { source: "gone" batch_size: 8 } }\n'
        'layer { name: "m" type: "MemoryData" top: "data" top: "label" include { phase: TEST } '
        "memory_data_param { batch_size: 2 channels: 54 height: 1 width: 1 } }\n"
    )
    file = tmp_path / "net.prototxt"
    file.write_text(text, encoding="utf-8")
    found = build_graph(read_net(str(file)), phase="TRAIN", assume=True)
    assert found.shapes == {"data": (8, 54, 1, 1), "label": (8,)}


def test_labels_beside_what_learns_want_no_gradient(tmp_path: Path) -> None:
    labels = 'layer { name: "l" type: "Input" top: "l" input_param { shape { dim: 2 } } }\n'
    both = 'layer { name: "g" type: "Gather" bottom: "a" bottom: "l" top: "x" top: "y" }\n'
    loss = 'layer { name: "loss" type: "SoftmaxWithLoss" bottom: "x" bottom: "y" top: "loss" }\n'
    found = graph(tmp_path, DATA + labels + ip("a", "data", "a") + both + loss)
    found.require_backward()
    assert found.node("loss").bottom_need_backward == [True, False]


def test_the_marks_of_sequences_want_no_gradient(tmp_path: Path) -> None:
    marks = (
        'layer { name: "c" type: "ContinuationIndicator" bottom: "a" top: "c" '
        "continuation_indicator_param { time_step: 2 axis: 1 } }\n"
    )
    unit = (
        'layer { name: "r" type: "Reshape" bottom: "a" top: "s" '
        "reshape_param { shape { dim: 2 dim: 2 dim: -1 } } }\n"
        'layer { name: "lstm" type: "LSTM" bottom: "s" bottom: "c" top: "h" '
        'recurrent_param { num_output: 3 weight_filler { type: "xavier" } } loss_weight: 1 }\n'
    )
    found = graph(tmp_path, DATA + ip("a", "data", "a", n=2) + marks + unit)
    found.require_backward()
    assert found.node("lstm").bottom_need_backward == [True, False]
