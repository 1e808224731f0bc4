"""Fixes of files in the older formats."""

from __future__ import annotations

import pytest

from caffe2torch.format import upgrade
from caffe2torch.format.text import apply
from caffe2torch.lint import fix, legacy
from tests.lint.bench import healthy
from tests.lint.bench.faults import ALL
from tests.lint.bench.forms import legacy as old_form
from tests.lint.checks import Folder, check_fixed, fires

LENET = old_form(healthy.lenet())
SEEDS = {fault.name: fault for fault in ALL}


def written(folder: Folder, name: str) -> Folder:
    """A fault in a net of the format of 2014, away from its data."""
    made = old_form(SEEDS[name].seed(healthy.lenet()))
    away = made.net.replace("../data/", "../data/away_")
    return folder.write(solver="\n".join(made.solver) + "\n", net=away)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("param[0].lr_mult", "blobs_lr[0]"),
        ("param[1].decay_mult", "weight_decay[1]"),
        ("param[2].lr_mult", ""),
        ("param", ""),
        ("type", ""),
        ("convolution_param.weight_filler", "convolution_param.weight_filler"),
        ("bottom[0]", "bottom[0]"),
    ],
)
def test_where_a_field_stands(folder: Folder, wanted: str, found: str) -> None:
    folder.write(net=LENET.net)
    net = upgrade.read_net(folder.net_file)
    at = next(i for i, layer in enumerate(net.message.layer) if layer.name == "conv1")
    assert legacy.path(net, at, wanted) == found


def test_rates_are_edited_in_place(folder: Folder) -> None:
    texts = check_fixed(written(folder, "c2t413-last-layer-frozen"), "C2T413")
    assert "blobs_lr: 0" not in texts["train_val.prototxt"]


def test_no_layer_of_the_present_format_is_added(folder: Folder) -> None:
    found = fires(written(folder, "c2t407-no-nonlinearity"), "C2T407")
    assert found.fix is None


def test_the_oldest_format_is_left_alone(folder: Folder) -> None:
    folder.write(
        net="""input: "data" input_dim: 1 input_dim: 1 input_dim: 8 input_dim: 8
layers { layer { name: "ip" type: "innerproduct" num_output: 2 } bottom: "data" top: "ip" }
"""
    )
    net = upgrade.read_net(folder.net_file)
    at = len(net.message.layer) - 1
    assert fix.put_layer(net, at, "inner_product_param.num_output", "3") == []
    assert fix.drop_layer(net, at) == []


def test_a_field_that_the_schema_refused_is_not_written_twice(folder: Folder) -> None:
    folder.net({"backend: LMDB": 'backend: "LMDB"'})
    texts = check_fixed(folder, "C2T508")
    assert texts["train_val.prototxt"].count("backend") == 2


def test_edits_of_the_present_format_stay_what_they_are(folder: Folder) -> None:
    net = upgrade.read_net(folder.net_file)
    assert legacy.path(net, 2, "param[0].lr_mult") == "param[0].lr_mult"
    assert net.document is not None
    edits = fix.by_file([fix.Fix("", tuple(fix.put_layer(net, 2, "param[0].lr_mult", "7")))])
    assert "lr_mult: 7" in apply(net.document.text, edits[net.document.file])


def test_settings_of_data_stand_in_data_param(folder: Folder) -> None:
    """As in the files of 2013: mirror is removed where it is written."""
    data = """layers { name: "%s" type: DATA top: "data" top: "label" include { phase: %s }
  data_param { source: "digits_%s_lmdb" backend: LMDB batch_size: 8 scale: 0.0039 mirror: true } }
"""
    score = """layers { name: "ip" type: INNER_PRODUCT bottom: "data" top: "ip"
  inner_product_param { num_output: 10 weight_filler { type: "xavier" } } }
layers { name: "loss" type: SOFTMAX_LOSS bottom: "ip" bottom: "label" }
"""
    train, test = (data % (name, name.upper(), name) for name in ("train", "test"))
    folder.write(net=train + test + score)
    texts = check_fixed(folder, "C2T107")
    assert texts["train_val.prototxt"].count("mirror: true") == 1
