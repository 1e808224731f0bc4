"""Faults of how layers are connected."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only
from tests.lint.bench.faults.graph import layer


@fault("C2T401")
def a_branch_that_nobody_reads(c: Config) -> Config:
    """A layer whose top goes nowhere."""
    extra = layer("side", "Pooling", "data", "pooling_param { kernel_size: 2 stride: 2 }")
    return c.insert(extra, before=c.names("Convolution")[0])


@fault("C2T402", accept="C2T401", also="C2T108 C2T202 C2T301 C2T207 C2T104")
def the_net_reads_raw_data(c: Config) -> Config:
    """The scaled data goes nowhere; the first convolution reads what is not scaled."""
    power = layer("scaled", "Power", "data", "power_param { scale: 0.00390625 }")
    changed = c.edit("    scale: 0.00390625\n", "")
    return changed.insert(power, before=c.names("Convolution")[0])


@fault("C2T416", accept="C2T003 C2T401")
def in_place_over_what_another_reads(c: Config) -> Config:
    """A ReLU overwrites a blob that a shortcut has already read."""
    only(c.name == "resnet18")
    return c.edit('top: "res2a"\n', 'top: "pool1"\n', layer="res2a", count=1)


def read_by_score(c: Config) -> str:
    """The bottom of the last layer."""
    return next(iter(re.findall(r'bottom: "(\w+)"', c.text("score"))))


@fault("C2T424", accept="C2T416")
def in_place_under_another_name(c: Config) -> Config:
    """A TanH in place on a Flatten of what the last layer reads."""
    bottom = read_by_score(c)
    flat = layer("flat", "Flatten", bottom) + layer("squash", "TanH", "flat", top="flat")
    unread = 'layer { name: "unread" type: "Silence" bottom: "flat" }\n'
    return c.insert(flat + unread, before="score")


@fault("C2T423")
def a_probe_in_test_only(c: Config) -> Config:
    """A second classifier of the test net, tied to the first by the name of a parameter."""
    body = (
        'param { name: "w" } include { phase: TEST } '
        "inner_product_param { num_output: 10 bias_term: false }"
    )
    probe = layer("probe", "InnerProduct", read_by_score(c), body)
    unread = 'layer { name: "unread" type: "Silence" bottom: "probe" include { phase: TEST } }\n'
    changed = c.edit("param { lr_mult: 1 ", 'param { name: "w" lr_mult: 1 ', layer="score", count=1)
    return changed.insert(probe + unread, before="loss")


@fault("C2T423")
def a_score_of_each_phase(c: Config) -> Config:
    """The last layer stands twice, under another name for the test: its weights stay random."""
    text = c.text("score")
    train = re.sub(r'(name: "score")', r"\1 include { phase: TRAIN }", text, count=1)
    test = re.sub(r'name: "score"', 'name: "test_score" include { phase: TEST }', text, count=1)
    return c.insert(train + test, after="score").remove("score")


@fault("C2T429")
def another_filter_in_test(c: Config) -> Config:
    """The first convolution has smaller filters, at the same size of its top, in TEST."""
    name = c.first("Convolution")
    text = c.text(name)
    smaller = re.sub(r"kernel_size: \d+", "kernel_size: 1", re.sub(r"\bpad: \d+", "", text))
    both = [
        re.sub(r'(type: "Convolution")', rf"\1 include {{ phase: {phase} }}", one, count=1)
        for phase, one in (("TRAIN", text), ("TEST", smaller))
    ]
    return c.insert("".join(both), after=name).remove(name)


@fault("C2T418", accept="C2T003")
def shared_weights_of_two_shapes(c: Config) -> Config:
    """Two layers share a blob whose shapes differ."""
    first, second, *_ = c.names("Convolution")
    for name in (first, second):
        c = c.edit("param { lr_mult: 1 ", 'param { name: "w" lr_mult: 1 ', layer=name, count=1)
    return c


@fault("C2T418", accept="C2T003")
def shared_weights_of_two_rates(c: Config) -> Config:
    """Two layers share a blob with different multipliers."""
    names = [
        n
        for n in c.names("Convolution")
        if n in ("conv4", "conv5_2", "conv5_3", "res2a_1", "res2a_2")
    ]
    only(len(names) >= 2)
    for name, rate in zip(names, ("1", "3"), strict=False):
        c = c.edit(
            "param { lr_mult: 1 ", f'param {{ name: "w" lr_mult: {rate} ', layer=name, count=1
        )
    return c


@fault("C2T417")
def weights_that_do_not_fit(c: Config) -> Config:
    """Pretrained weights of another net: every layer stays at random, silently."""
    from caffe2torch import caffe_pb2 as pb

    message = pb.NetParameter(name="other")
    one = message.layer.add(name="other_conv", type="Convolution")
    blob = one.blobs.add()
    blob.shape.dim.extend((4, 1, 3, 3))
    blob.data.extend([0.1] * 36)
    files = {"other.caffemodel": message.SerializeToString()}
    return replace(c, files=files, argv=("--weights", "other.caffemodel"))


@fault("C2T003", accept="C2T401")
def unknown_bottom(c: Config) -> Config:
    """A bottom that no layer makes."""
    return c.edit('bottom: "score"', 'bottom: "scores"', layer="loss")


@fault("C2T425")
def a_hinge_loss_of_weight_0(c: Config) -> Config:
    """Meant to be shown only; it changes the gradient of the scores."""
    text = (
        'layer { name: "hinge" type: "HingeLoss" bottom: "score" bottom: "label" top: "hinge"'
        " loss_weight: 0 }\n"
    )
    return c.insert(text, after="loss")


@fault("C2T426", also="C2T422")
def batchnorm_in_test_only(c: Config) -> Config:
    """Every test multiplies by 316."""
    only("BatchNorm" not in c.net)
    blob = read_by_score(c)
    return c.insert(
        layer("norm", "BatchNorm", blob, "include { phase: TEST }", blob), before="score"
    )


@fault("C2T427", also="C2T401 C2T407 C2T415")
def a_rectifier_forgotten_in_front_of_a_pooling(c: Config) -> Config:
    """All others are there."""
    only(c.name == "vgg16_bn")
    return c.remove("relu_conv3_3")


@fault("C2T428", also="C2T111 C2T201 C2T202 C2T207 C2T301")
def a_logarithm_of_scores_in_front_of_a_pooling(c: Config) -> Config:
    """Half of what a convolution makes is negative."""
    pool = c.names("Pooling")[0]
    only("pool: MAX" in c.text(pool))
    blob = next(iter(re.findall(r'bottom: "(\w+)"', c.text(pool))))
    power = layer("minus", "Power", blob, "power_param { scale: -1 shift: 0.5 }")
    log = layer("log", "Log", "minus")
    return c.insert(power + log, before=pool).edit(
        f'bottom: "{blob}"', 'bottom: "log"', layer=pool, count=1
    )


@fault("C2T324")
def snapshots_into_a_folder_that_is_not_there(c: Config) -> Config:
    """Caffe and caffe2torch stop before the first iteration."""
    return c.set(snapshot_prefix='"models/net"')


@fault("C2T510", also="C2T111")
def a_path_of_windows(c: Config) -> Config:
    """Backslashes are escapes."""
    return c.sub(r'source: "[^"]*/([^"/]+)"', r'source: "..\\\\data\\\\\1"')
