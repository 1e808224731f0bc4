"""C2T123 single-top-data."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires, only

CODE = "C2T123"

TRAIN_TOPS = 'top: "label"\n  include { phase: TRAIN }'


def test_no_labels(folder: Folder) -> None:
    folder.net({TRAIN_TOPS: "include { phase: TRAIN }"})
    fires(folder, CODE, 'layer "loss" reads "label"', 'has a single top ("data")', severity="error")
    assert not only(folder.lint(), "C2T003"), "said twice"


def test_no_labels_for_the_test(folder: Folder) -> None:
    folder.net({'  top: "label"\n  include { phase: TEST }': "  include { phase: TEST }"})
    fires(folder, CODE, "TEST layer", 'reads "label"')


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_no_labels_wanted(folder: Folder) -> None:
    net = """layer { name: "d" type: "Data" top: "data" data_param {
      source: "digits_train_lmdb" backend: LMDB batch_size: 64 } }
    layer { name: "ip" type: "InnerProduct" bottom: "data" top: "ip"
      inner_product_param { num_output: 64 weight_filler { type: "xavier" } } }
    layer { name: "f" type: "Flatten" bottom: "data" top: "f" }
    layer { name: "loss" type: "EuclideanLoss" bottom: "ip" bottom: "f" top: "loss" }"""
    check_noop(folder.write(net=net), CODE)


def test_a_misspelt_blob_is_another_matter(folder: Folder) -> None:
    check_noop(
        folder.net({'bottom: "ip2"\n  bottom: "label"': 'bottom: "ip2" bottom: "lable"'}), CODE
    )


def test_fix(folder: Folder) -> None:
    folder.net({TRAIN_TOPS: "include { phase: TRAIN }"})
    assert 'top: "data"\n  top: "label"' in check_fixed(folder, CODE)["train_val.prototxt"]
