"""Faults of layers and losses."""

from __future__ import annotations

import re

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only


def layer(name: str, kind: str, bottom: str, body: str = "", top: str = "") -> str:
    """A layer's text."""
    return (
        f'layer {{\n  name: "{name}"\n  type: "{kind}"\n  bottom: "{bottom}"\n'
        f'  top: "{top or name}"\n  {body}\n}}\n'
    )


@fault("C2T403")
def softmax_before_the_loss(c: Config) -> Config:
    """SoftmaxWithLoss contains a softmax."""
    changed = c.insert(layer("prob", "Softmax", "score"), before="loss")
    return changed.edit('bottom: "score"', 'bottom: "prob"', layer="loss")


@fault("C2T404", also="C2T405")
def sigmoid_before_its_loss(c: Config) -> Config:
    """SigmoidCrossEntropyLoss contains a sigmoid."""
    changed = c.edit('type: "SoftmaxWithLoss"', 'type: "SigmoidCrossEntropyLoss"')
    changed = changed.edit("num_output: 10", "num_output: 1", layer="score").remove("accuracy")
    changed = changed.insert(layer("prob", "Sigmoid", "score"), before="loss")
    return changed.edit('bottom: "score"', 'bottom: "prob"', layer="loss")


@fault("C2T405", accept="C2T003 C2T404")
def classes_for_a_regression_loss(c: Config) -> Config:
    """EuclideanLoss of ten scores against a class number."""
    return c.edit('type: "SoftmaxWithLoss"', 'type: "EuclideanLoss"')


@fault("C2T406")
def a_thousand_scores_for_ten_classes(c: Config) -> Config:
    """num_output of another data set."""
    return c.edit("num_output: 10", "num_output: 1000", layer="score")


@fault("C2T407", accept="C2T202", also="C2T301 C2T314")
def no_nonlinearity(c: Config) -> Config:
    """Two linear layers in a row are one."""
    for name in c.names("ReLU"):
        c = c.remove(name)
    return c


@fault("C2T408")
def sigmoids_in_a_deep_net(c: Config) -> Config:
    """Sigmoids saturate, and their slope is at most 1/4."""
    only("BatchNorm" not in c.net)
    for name in c.names("Dropout"):
        c = c.remove(name)
    return c.edit('type: "ReLU"', 'type: "Sigmoid"')


@fault("C2T409")
def batchnorm_without_scale(c: Config) -> Config:
    """Caffe's BatchNorm has no factor and bias of its own."""
    only("BatchNorm" in c.net)
    for name in c.names("Scale"):
        text = c.text(name)
        bottom = re.search(r'bottom: "([^"]+)"', text)[1]  # type: ignore[index]
        c = c.remove(name).edit(f'"{name}"', f'"{bottom}"')
    return c


@fault("C2T410")
def global_statistics_in_train(c: Config) -> Config:
    """Statistics that are never computed: the net divides by √eps."""
    only("BatchNorm" in c.net)
    return c.edit(
        'type: "BatchNorm"\n', 'type: "BatchNorm"\n  batch_norm_param { use_global_stats: true }\n'
    )


@fault("C2T410", accept="C2T003")
def trained_statistics(c: Config) -> Config:
    """Caffe refuses a learning rate on BatchNorm's blobs."""
    only("BatchNorm" in c.net)
    return c.edit('type: "BatchNorm"\n', 'type: "BatchNorm"\n  param { lr_mult: 1 }\n', count=1)


@fault("C2T411", also="C2T201")
def dropout_of_everything(c: Config) -> Config:
    """Ratio 1 leaves nothing."""
    only("Dropout" in c.net)
    return c.sub(r"dropout_ratio: \S+", "dropout_ratio: 1")


@fault("C2T411")
def dropout_of_the_scores(c: Config) -> Config:
    """Dropout between the last layer and the loss."""
    drop = layer("drop_score", "Dropout", "score", "dropout_param { dropout_ratio: 0.5 }", "score")
    return c.insert(drop, before="loss")


@fault("C2T412", also="C2T401")
def no_loss(c: Config) -> Config:
    """Nothing to train for."""
    return c.remove("loss")


@fault("C2T413")
def everything_frozen(c: Config) -> Config:
    """lr_mult 0 in every layer that starts at random."""
    return c.edit("lr_mult: 1 ", "lr_mult: 0 ")


@fault("C2T413")
def first_layers_frozen(c: Config) -> Config:
    """Random first layers that are never trained."""
    for name in c.names("Convolution")[:2]:
        c = c.edit("lr_mult: 1 ", "lr_mult: 0 ", layer=name)
    return c


@fault("C2T414", accept="C2T003")
def input_too_small(c: Config) -> Config:
    """A crop of 32 pixels for a net made for 224."""
    only(c.name in ("alexnet", "vgg16_bn", "googlenet", "resnet18"))
    return c.sub(r"crop_size: \d+", "crop_size: 32")


@fault("C2T419", accept="C2T003")
def one_name_twice(c: Config) -> Config:
    """Two layers of one name: Caffe gives both the same trained weights."""
    first, second, *_ = c.names("Convolution")
    return c.edit(f'name: "{second}"', f'name: "{first}"', count=1)


@fault("C2T420")
def accuracy_reads_the_loss(c: Config) -> Config:
    """Accuracy of a loss value."""
    return c.edit('bottom: "score"', 'bottom: "loss"', layer="accuracy")


@fault("C2T421", accept="C2T414")
def pooling_with_gaps(c: Config) -> Config:
    """Kernel 1, stride 4: most of the map is never read."""
    name = c.names("Pooling")[0]
    return c.sub(
        rf'(name: "{name}"[^\x00]*?kernel_size: )\d+ stride: \d+', r"\g<1>1 stride: 4", count=1
    )


@fault("C2T422")
def test_before_any_statistics(c: Config) -> Config:
    """The first test runs BatchNorm with a factor of 0."""
    only("BatchNorm" in c.net)
    return c.set(test_initialization="true")
