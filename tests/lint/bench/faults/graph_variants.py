"""More faults of layers, losses and wiring."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only
from tests.lint.bench.faults.graph import layer
from tests.lint.bench.faults.signal_variants import weighted


@fault("C2T401")
def a_convolution_that_nobody_reads(c: Config) -> Config:
    """A layer with weights whose top goes nowhere."""
    text = layer(
        "extra", "Convolution", c.names("Convolution")[0],
        'convolution_param { num_output: 8 kernel_size: 1 weight_filler { type: "msra" } }',
    )  # fmt: skip
    return c.insert(text, before="score")


@fault("C2T401", also="C2T407 C2T415", accept="C2T416")
def a_rectifier_that_nobody_reads(c: Config) -> Config:
    """The ReLU writes a blob of its own, and the next layer reads the old one."""
    name = next(n for n in c.names("ReLU") if "res" not in n)
    bottom = re.search(r'bottom: "([^"]+)"', c.text(name))[1]  # type: ignore[index]
    return c.edit(f'top: "{bottom}"', 'top: "rectified"', layer=name)


@fault("C2T402", accept="C2T401", also="C2T407")
def the_net_reads_what_is_not_normalised(c: Config) -> Config:
    """A BatchNorm of the data goes nowhere."""
    text = layer("prepared", "BatchNorm", "data")
    return c.insert(text, before=c.names("Convolution")[0])


@fault("C2T402", accept="C2T401", also="C2T105 C2T106")
def the_net_reads_what_is_not_centred(c: Config) -> Config:
    """A Power layer with a shift goes nowhere."""
    text = layer("centred", "Power", "data", "power_param { shift: -0.4 scale: 2 }")
    return c.insert(text, before=c.names("Convolution")[0])


@fault("C2T403")
def softmax_in_place(c: Config) -> Config:
    """A Softmax on the scores themselves."""
    return c.insert(layer("prob", "Softmax", "score", top="score"), before="loss")


@fault("C2T404", also="C2T405 C2T408")
def sigmoid_in_place_before_its_loss(c: Config) -> Config:
    """In place, on one score."""
    made = c.edit('type: "SoftmaxWithLoss"', 'type: "SigmoidCrossEntropyLoss"')
    made = made.edit("num_output: 10", "num_output: 1", layer="score").remove("accuracy")
    return made.insert(layer("prob", "Sigmoid", "score", top="score"), before="loss")


@fault("C2T405", accept="C2T003")
def bottoms_of_the_loss_swapped(c: Config) -> Config:
    """Labels where the scores belong."""
    old = '  bottom: "score"\n  bottom: "label"\n'
    return c.edit(old, '  bottom: "label"\n  bottom: "score"\n', layer="loss")


@fault("C2T405", accept="C2T112 C2T406")
def softmax_over_one_class(c: Config) -> Config:
    """One score: the softmax is always 1."""
    return c.edit("num_output: 10", "num_output: 1", layer="score")


@fault("C2T405", accept="C2T404")
def scores_for_the_multinomial_loss(c: Config) -> Config:
    """MultinomialLogisticLoss wants probabilities."""
    return c.edit('type: "SoftmaxWithLoss"', 'type: "MultinomialLogisticLoss"')


@fault("C2T405", accept="C2T003 C2T112")
def class_numbers_for_the_sigmoid_loss(c: Config) -> Config:
    """Targets up to 9 for a loss of 0 to 1."""
    made = c.edit('type: "SoftmaxWithLoss"', 'type: "SigmoidCrossEntropyLoss"')
    return made.edit("num_output: 10", "num_output: 1", layer="score").remove("accuracy")


@fault("C2T406")
def a_hundred_scores(c: Config) -> Config:
    """100 scores for ten classes."""
    return c.edit("num_output: 10", "num_output: 100", layer="score")


@fault("C2T406")
def twenty_one_scores(c: Config) -> Config:
    """21 scores for ten classes."""
    return c.edit("num_output: 10", "num_output: 21", layer="score")


@fault("C2T407")
def one_rectifier_missing(c: Config) -> Config:
    """Two layers in a row without a ReLU between them."""
    only(c.name in ("alexnet", "vgg16_bn", "googlenet", "resnet18"))
    pick = {"alexnet": "relu_conv3", "vgg16_bn": "relu_conv3_1_scale"}
    wanted = [n for n in c.names("ReLU") if n == pick.get(c.name) or "_1" in n or "reduce" in n]
    return c.remove(wanted[0])


@fault("C2T408")
def tanh_on_the_scores(c: Config) -> Config:
    """Bounded scores."""
    return c.insert(layer("squash", "TanH", "score", top="score"), before="loss")


@fault("C2T408")
def rectified_scores(c: Config) -> Config:
    """A ReLU behind the last layer."""
    return c.insert(layer("cut", "ReLU", "score", top="score"), before="loss")


@fault("C2T409")
def one_batchnorm_without_scale(c: Config) -> Config:
    """The first BatchNorm has no Scale behind it."""
    only("BatchNorm" in c.net)
    name = c.names("Scale")[0]
    bottom = re.search(r'bottom: "([^"]+)"', c.text(name))[1]  # type: ignore[index]
    return c.remove(name).edit(f'"{name}"', f'"{bottom}"')


@fault("C2T410")
def batch_statistics_in_test(c: Config) -> Config:
    """use_global_stats: false, in TEST too."""
    only("BatchNorm" in c.net)
    setting = 'type: "BatchNorm"\n  batch_norm_param { use_global_stats: false }\n'
    return c.edit('type: "BatchNorm"\n', setting)


@fault("C2T410")
def one_layer_with_global_statistics(c: Config) -> Config:
    """One of them in TRAIN."""
    only("BatchNorm" in c.net)
    setting = 'type: "BatchNorm"\n  batch_norm_param { use_global_stats: true }\n'
    return c.edit('type: "BatchNorm"\n', setting, count=1)


@fault("C2T410", accept="C2T003")
def two_rates_of_statistics(c: Config) -> Config:
    """lr_mult 1 on mean and variance."""
    only("BatchNorm" in c.net)
    setting = 'type: "BatchNorm"\n' + "  param { lr_mult: 1 }\n" * 2
    return c.edit('type: "BatchNorm"\n', setting)


@fault("C2T411")
def dropout_of_nearly_all(c: Config) -> Config:
    """The share that is kept, written as the share that is dropped."""
    only("Dropout" in c.net)
    return c.sub(r"dropout_ratio: \S+", "dropout_ratio: 0.95")


@fault("C2T411", accept="C2T003")
def dropout_in_per_cent(c: Config) -> Config:
    """50 for 0.5."""
    only("Dropout" in c.net)
    return c.sub(r"dropout_ratio: \S+", "dropout_ratio: 50", count=1)


@fault("C2T412", also="C2T401")
def loss_of_weight_zero(c: Config) -> Config:
    """loss_weight: 0."""
    return c.edit('  top: "loss"\n', '  top: "loss"\n  loss_weight: 0\n', layer="loss")


@fault("C2T412", also="C2T401")
def loss_in_test_only(c: Config) -> Config:
    """The loss is excluded from TRAIN."""
    return c.edit('  top: "loss"\n', '  top: "loss"\n  include { phase: TEST }\n', layer="loss")


@fault("C2T413")
def last_layer_frozen(c: Config) -> Config:
    """The last layer stays at random."""
    return c.edit("lr_mult: 1 ", "lr_mult: 0 ", layer="score")


@fault("C2T413")
def gradient_cut(c: Config) -> Config:
    """propagate_down: false in the middle."""
    name = "score" if c.name in ("googlenet", "resnet18") else weighted(c)[-2]
    text = re.sub(r"(  type: [^\n]*\n)", r"\1  propagate_down: false\n", c.text(name), count=1)
    at = c.index(name)
    return replace(c, layers=(*c.layers[:at], text, *c.layers[at + 1 :]))


@fault("C2T414", accept="C2T003 C2T119 C2T110")
def input_of_cifar(c: Config) -> Config:
    """A crop of 28 pixels for a net made for 224."""
    only(c.data == "photos")
    return c.sub(r"crop_size: \d+", "crop_size: 28")


@fault("C2T414", accept="C2T003")
def stride_too_large(c: Config) -> Config:
    """A first stride of 16: nothing is left for the later kernels."""
    only(c.data == "photos" and c.name != "alexnet")
    name = c.names("Convolution")[0]
    text = c.text(name)
    text = re.sub(r"(kernel_size: \d+)( stride: \d+)?", r"\1 stride: 16", text)
    at = c.index(name)
    return replace(c, layers=(*c.layers[:at], text, *c.layers[at + 1 :]))


@fault("C2T414", accept="C2T003 C2T421")
def pooled_to_one_pixel(c: Config) -> Config:
    """The first pooling leaves one pixel of each map."""
    only(c.data == "digits" or c.name == "alexnet")
    name = c.names("Pooling")[0]
    return c.sub(
        rf'(name: "{name}"[^\x00]*?)kernel_size: \d+ stride: \d+',
        r"\1global_pooling: true",
        count=1,
    )


@fault("C2T415", accept="C2T201", also="C2T317 C2T301 C2T206 C2T314")
def normalisation_removed(c: Config) -> Config:
    """Thirteen convolutions and three inner products without BatchNorm."""
    only(c.name == "vgg16_bn")
    for name in (*c.names("BatchNorm"), *c.names("Scale")):
        bottom = re.search(r'bottom: "([^"]+)"', c.text(name))[1]  # type: ignore[index]
        c = c.remove(name).edit(f'"{name}"', f'"{bottom}"')
    return c.set(base_lr="0.0003")


@fault("C2T416")
def scaled_in_place_behind_a_rectifier(c: Config) -> Config:
    """The ReLU's backward reads the sign of what the Power layer makes of it."""
    name = c.names("ReLU")[0]
    blob = re.search(r'top: "([^"]+)"', c.text(name))[1]  # type: ignore[index]
    text = layer("shift", "Power", blob, "power_param { scale: 2 shift: -0.5 }", blob)
    return c.insert(text, after=name)


@fault("C2T416", accept="C2T003", also="C2T408")
def rectified_in_place_behind_tanh(c: Config) -> Config:
    """TanH in place, ReLU in place behind it: the gradient of TanH reads zeros."""
    name = c.names("ReLU")[0]
    blob = re.search(r'top: "([^"]+)"', c.text(name))[1]  # type: ignore[index]
    return c.insert(layer("squash", "TanH", blob, top=blob), before=name)


@fault("C2T417")
def weights_of_another_shape(c: Config) -> Config:
    """Pretrained weights whose first layer has another size: Caffe stops."""
    from caffe2torch import caffe_pb2 as pb

    message = pb.NetParameter(name="other")
    one = message.layer.add(name=c.names("Convolution")[0], type="Convolution")
    blob = one.blobs.add()
    blob.shape.dim.extend((7, 2, 3, 3))
    blob.data.extend([0.1] * 126)
    return replace(
        c, files={"other.caffemodel": message.SerializeToString()},
        solver=(*c.solver, 'weights: "other.caffemodel"'),
    )  # fmt: skip


@fault("C2T418", accept="C2T003")
def shared_weights_with_other_decay(c: Config) -> Config:
    """Two layers share a blob with different decay_mult."""
    names = [n for n in c.names("Convolution") if n in ("conv5_2", "conv5_3", "res2a_1", "res2a_2")]
    only(len(names) >= 2)
    for name, decay in zip(names, ("1", "0"), strict=False):
        c = c.edit(
            "param { lr_mult: 1 decay_mult: 1 }",
            f'param {{ name: "w" lr_mult: 1 decay_mult: {decay} }}', layer=name, count=1,
        )  # fmt: skip
    return c


@fault("C2T419", accept="C2T003 C2T418")
def copied_layer(c: Config) -> Config:
    """A layer copied with its name, its blobs renamed."""
    last = [n for n in weighted(c) if n != "score"][-1]
    return c.edit('name: "score"', f'name: "{last}"', layer="score")


@fault("C2T420")
def accuracy_of_another_branch(c: Config) -> Config:
    """Accuracy of scores that no loss trains."""
    extra = layer(
        "other", "InnerProduct", re.search(r'bottom: "([^"]+)"', c.text("score"))[1],  # type: ignore[index]
        'inner_product_param { num_output: 10 weight_filler { type: "xavier" } }',
    )  # fmt: skip
    return c.insert(extra, before="loss").edit(
        'bottom: "score"', 'bottom: "other"', layer="accuracy"
    )


@fault("C2T421", accept="C2T414")
def kernel_and_stride_swapped(c: Config) -> Config:
    """kernel 2, stride 3."""
    name = c.names("Pooling")[0]
    return c.sub(
        rf'(name: "{name}"[^\x00]*?kernel_size: )\d+ stride: \d+', r"\g<1>2 stride: 3", count=1
    )


@fault("C2T421", accept="C2T414")
def every_other_pixel(c: Config) -> Config:
    """kernel 1, stride 2, in front of the next convolution."""
    name = c.names("Pooling")[0]
    return c.sub(
        rf'(name: "{name}"[^\x00]*?kernel_size: )\d+ stride: \d+', r"\g<1>1 stride: 2", count=1
    )


@fault("C2T003", accept="C2T401 C2T123")
def bottom_made_later(c: Config) -> Config:
    """A layer reads what a later one makes."""
    return replace(
        c, layers=(*c.layers[:2], c.text("loss"), *(t for t in c.layers[2:] if t != c.text("loss")))
    )


@fault("C2T003")
def wrong_number_of_bottoms(c: Config) -> Config:
    """A loss without labels."""
    return c.edit('  bottom: "label"\n', "", layer="loss")


@fault("C2T426", also="C2T407 C2T427")
def rectifier_in_test_only(c: Config) -> Config:
    """A ReLU that only the test net has."""
    name = next(n for n in c.names("ReLU") if c.text(n).count("bottom") == 1)
    return c.edit(f'name: "{name}"', f'name: "{name}"\n  include {{ phase: TEST }}', layer=name)


@fault("C2T420", accept="C2T406")
def accuracy_of_a_hidden_layer(c: Config) -> Config:
    """Accuracy reads what the last layer reads."""
    accuracy = next(n for n in c.names("Accuracy"))
    scores = re.findall(r'bottom: "([^"]+)"', c.text(accuracy))[0]
    hidden = re.findall(r'bottom: "([^"]+)"', c.text(scores))[0]
    return c.edit(f'bottom: "{scores}"', f'bottom: "{hidden}"', layer=accuracy, count=1)


@fault("C2T408", accept="C2T407")
def rectified_scores_of_a_hinge_loss(c: Config) -> Config:
    """A ReLU between the scores and a HingeLoss."""
    loss = c.names("SoftmaxWithLoss")[-1]
    scores = re.findall(r'bottom: "([^"]+)"', c.text(loss))[0]
    relu = f'layer {{ name: "cut" type: "ReLU" bottom: "{scores}" top: "{scores}" }}\n'
    return c.edit("SoftmaxWithLoss", "HingeLoss", layer=loss).insert(relu, after=scores)
