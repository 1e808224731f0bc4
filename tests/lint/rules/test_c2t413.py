"""C2T413 frozen-by-accident."""

from __future__ import annotations

from tests.lint.checks import Folder, check_fixed, check_noop, fires
from tests.lint.nets import chain

CODE = "C2T413"
CONV = "convolution_param {"
FROZEN = f"param {{ lr_mult: 0 }} {CONV}"


def test_one_random_layer(folder: Folder) -> None:
    folder.write(net=chain(2).replace(CONV, FROZEN, 1))
    fires(folder, CODE, 'layer "conv1": frozen with random weights', severity="warning")


def test_every_layer(folder: Folder) -> None:
    text = chain(2).replace(CONV, FROZEN).replace("inner_product_param", "param { lr_mult: 0 } "
                                                  "inner_product_param")  # fmt: skip
    fires(folder.write(net=text), CODE, "no weight of the net", severity="error")


def test_no_gradient_arrives(folder: Folder) -> None:
    text = chain(2).replace('name: "conv2"\n', 'name: "conv2"\n  propagate_down: false\n')
    fires(folder.write(net=text), CODE, 'layer "conv1": no gradient', severity="warning")


def test_weights_from_a_file(folder: Folder) -> None:
    folder.write(net=chain(2, "").replace(CONV, FROZEN, 1))
    fires(folder, CODE, "no filler", "--weights", severity="info")


def test_bias_alone(folder: Folder) -> None:
    folder.solver({"": '\nweights: "mean.binaryproto"\n'})
    text = chain(2).replace(CONV, f"param {{ lr_mult: 0 }} param {{ lr_mult: 2 }} {CONV}", 1)
    fires(folder.write(net=text), CODE, "the bias is trained", "2 for the bias", severity="info")


def test_fine_tuning(folder: Folder) -> None:
    folder.solver({"": '\nweights: "mean.binaryproto"\n'})
    frozen = f"param {{ lr_mult: 0 }} param {{ lr_mult: 0 }} {CONV}"
    check_noop(folder.write(net=chain(2).replace(CONV, frozen, 1)), CODE)


def test_a_frozen_layer_behind_many_branches(folder: Folder) -> None:
    """Each sum doubles the ways back to the data; each layer is looked at once."""
    below = ["data", *(f"s{i}" for i in range(39))]
    sums = "".join(
        f'layer {{ name: "sum{i}" type: "Eltwise" bottom: "{x}" bottom: "{x}" top: "s{i}" }}\n'
        for i, x in enumerate(below)
    )
    frozen = (
        'layer { name: "frozen" type: "InnerProduct" bottom: "s39" top: "frozen" '
        "param { lr_mult: 0 } param { lr_mult: 0 } inner_product_param { num_output: 10 "
        'weight_filler { type: "xavier" } } }\n'
        'layer { name: "all" type: "Eltwise" bottom: "score" bottom: "frozen" top: "all" }\n'
        'layer { name: "loss2" type: "SoftmaxWithLoss" bottom: "all" bottom: "label" top: "l2" }\n'
    )
    fires(folder.write(net=chain(1) + sums + frozen), CODE, 'layer "frozen"', severity="warning")


def test_fixed_weights(folder: Folder) -> None:
    check_noop(folder.write(net=chain(2, "constant").replace(CONV, FROZEN, 1)), CODE)


def test_healthy(folder: Folder) -> None:
    check_noop(folder, CODE)


def test_fix(folder: Folder) -> None:
    texts = check_fixed(folder.write(net=chain(2).replace(CONV, FROZEN, 1)), CODE)
    assert "param { lr_mult: 1 }" in texts["train_val.prototxt"]


def test_the_new_layer_of_a_net_to_be_fine_tuned(folder: Folder) -> None:
    """Only what is new has a filler, so those weights stay random."""
    text = chain(6, "", last="xavier").replace(
        "inner_product_param", "param { lr_mult: 0 } inner_product_param"
    )
    fires(folder.write(net=text), CODE, 'layer "score": frozen with random', severity="warning")


def test_a_generator_that_another_solver_trains(folder: Folder) -> None:
    """Only noise reaches it."""
    noise = (
        'layer { name: "z" type: "DummyData" top: "z" dummy_data_param { shape { dim: 64 dim: 9 } '
        'data_filler { type: "gaussian" } } include { phase: TRAIN } }\n'
        'layer { name: "made" type: "InnerProduct" bottom: "z" top: "made" '
        "param { lr_mult: 0 } param { lr_mult: 0 } inner_product_param { num_output: 10 "
        'weight_filler { type: "xavier" } } include { phase: TRAIN } }\n'
        'layer { name: "sum" type: "Eltwise" bottom: "score" bottom: "made" top: "score2" '
        "include { phase: TRAIN } }\n"
        'layer { name: "loss2" type: "SoftmaxWithLoss" bottom: "score2" bottom: "label" '
        'top: "loss2" include { phase: TRAIN } }\n'
    )
    fires(folder.write(net=chain(1) + noise), CODE, 'layer "made"', severity="info")
