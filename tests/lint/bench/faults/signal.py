"""Faults of initialisation."""

from __future__ import annotations

import re
from dataclasses import replace

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only

FILLER = r'weight_filler \{ type: "\w+" \}'


def plain(c: Config) -> None:
    only("BatchNorm" not in c.net)


def fill(c: Config, text: str, *, last: bool = False) -> Config:
    """Every weight filler (the last layer's only with `last`)."""
    layers = tuple(
        re.sub(FILLER, text, layer) if last or 'name: "score"' not in layer else layer
        for layer in c.layers
    )
    return replace(c, layers=layers)


@fault("C2T201", accept="C2T206 C2T207", also="C2T302")
def xavier_in_a_deep_net_on_scaled_pixels(c: Config) -> Config:
    """√2 lost a ReLU layer, and no large pixels to pay for it."""
    only(c.name == "googlenet")
    return fill(c, 'weight_filler { type: "xavier" }').edit("scale: 0.00390625", "scale: 0.0001")


@fault("C2T201", accept="C2T109 C2T302")
def scale_twice_too_small(c: Config) -> Config:
    """scale 1/65536: the input is practically 0."""
    plain(c)
    return c.edit("scale: 0.00390625", "scale: 0.0000152587890625")


@fault("C2T202", accept="C2T109 C2T301 C2T210")
def msra_on_raw_pixels(c: Config) -> Config:
    """msra keeps the pixels' ±100 up to the logits."""
    plain(c)
    changed = fill(c, 'weight_filler { type: "msra" }', last=True)
    return changed.edit("    scale: 0.00390625\n", "")


@fault("C2T203", accept="C2T204", also="C2T201")
def no_fillers(c: Config) -> Config:
    """Caffe's default filler is constant 0: nothing below the last layer is ever trained."""
    return fill(c, "", last=True)


@fault("C2T203", accept="C2T204", also="C2T201")
def one_filler_missing(c: Config) -> Config:
    """One layer of zeros stops the signal and the gradient."""
    name = c.names("Convolution")[1]
    return c.sub(rf'(name: "{name}"[^\x00]*?){FILLER}', r"\1", count=1)


@fault("C2T204", also="C2T201 C2T202 C2T210 C2T301 C2T207")
def constant_weights(c: Config) -> Config:
    """All units of a layer are copies, and stay so."""
    return fill(c, 'weight_filler { type: "constant" value: 0.01 }')


@fault("C2T205", accept="C2T201", also="C2T206")
def std_inside_xavier(c: Config) -> Config:
    """Caffe's xavier ignores std."""
    return fill(c, 'weight_filler { type: "xavier" std: 0.1 }')


@fault("C2T205")
def value_inside_gaussian(c: Config) -> Config:
    """gaussian reads mean and std, not value."""
    return c.edit("weight_filler {", "weight_filler { value: 0.01", layer=c.names("Convolution")[0])


@fault("C2T206", accept="C2T201", also="C2T408")
def msra_in_front_of_tanh(c: Config) -> Config:
    """msra is for rectifiers."""
    only("BatchNorm" not in c.net and "msra" in c.net)
    for name in c.names("Dropout"):
        c = c.remove(name)
    return c.edit('type: "ReLU"', 'type: "TanH"')


@fault("C2T207", accept="C2T202", also="C2T301 C2T210")
def gaussian_without_std(c: Config) -> Config:
    """The default std is 1."""
    return fill(c, 'weight_filler { type: "gaussian" }')


@fault("C2T207", accept="C2T201", also="C2T302")
def gaussian_far_too_small(c: Config) -> Config:
    """std 0.0001 in every layer."""
    plain(c)
    changed = fill(c, 'weight_filler { type: "gaussian" std: 0.0001 }')
    return changed.set(base_lr="0.00001")


@fault("C2T208")
def random_upsampling(c: Config) -> Config:
    """A Deconvolution that upsamples, with random weights instead of bilinear ones."""
    n = 3 if c.data == "photos" else 1
    up = (
        'layer {\n  name: "up"\n  type: "Deconvolution"\n  bottom: "data"\n  top: "up"\n'
        f"  param {{ lr_mult: 0 }}\n  convolution_param {{\n    num_output: {n} group: {n} "
        'kernel_size: 4 stride: 2 pad: 1\n    weight_filler { type: "gaussian" std: 0.01 }\n'
        "    bias_term: false\n  }\n}\n"
    )
    first = c.names("Convolution")[0]
    down = (
        'layer {\n  name: "down"\n  type: "Pooling"\n  bottom: "up"\n  top: "down"\n'
        "  pooling_param { pool: AVE kernel_size: 2 stride: 2 }\n}\n"
    )
    changed = c.edit('bottom: "data"', 'bottom: "down"', layer=first, count=1)
    return changed.insert(up + down, before=first)


@fault("C2T209", accept="C2T201 C2T210 C2T202", also="C2T301")
def huge_biases(c: Config) -> Config:
    """Biases of 100 drown the signal."""
    plain(c)
    return c.edit(
        'bias_filler { type: "constant" value: 0 }', 'bias_filler { type: "constant" value: 100 }'
    )


@fault("C2T210", accept="C2T202 C2T207", also="C2T301")
def a_last_layer_too_sure(c: Config) -> Config:
    """Logits of std 5: a first loss of 10 where guessing gives 2.3."""
    fan = {"lenet": 300, "cifar_quick": 64, "alexnet": 4096, "vgg16_bn": 4096}.get(c.name, 1000)
    std = 5 / (0.3 if c.name in ("lenet", "cifar_quick") else 0.7) / fan**0.5
    return c.sub(
        rf'(name: "score"[^\x00]*?){FILLER}',
        rf'\1weight_filler {{ type: "gaussian" std: {std:.3f} }}',
    )
