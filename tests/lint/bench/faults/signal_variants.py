"""More faults of initialisation and of the rate."""

from __future__ import annotations

import re

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only
from tests.lint.bench.faults.signal import FILLER, fill, plain


def refill(c: Config, names: list[str], text: str) -> Config:
    """The weight filler of some layers."""
    for name in names:
        c = c.sub(rf'(name: "{name}"[^\x00]*?){FILLER}', rf"\1{text}", count=1)
    return c


def weighted(c: Config) -> list[str]:
    """Names of the layers with weights, in order."""
    found = re.findall(
        r'name: "([^"]+)"\n  type: "(?:Convolution|InnerProduct)"', "".join(c.layers)
    )
    return list(found)


@fault("C2T201", accept="C2T206 C2T207", also="C2T302 C2T415")
def gaussians_of_another_net(c: Config) -> Config:
    """std 0.003 everywhere on scaled pixels."""
    plain(c)
    only(c.name in ("alexnet", "googlenet"))
    return fill(c, 'weight_filler { type: "gaussian" std: 0.003 }')


@fault("C2T201", accept="C2T206 C2T207 C2T205", also="C2T302 C2T415")
def narrow_uniform(c: Config) -> Config:
    """uniform in ±0.001."""
    plain(c)
    return fill(c, 'weight_filler { type: "uniform" min: -0.001 max: 0.001 }', last=True)


@fault("C2T202", accept="C2T207 C2T210", also="C2T301 C2T314 C2T209")
def wide_gaussians(c: Config) -> Config:
    """std 0.5 in every layer."""
    plain(c)
    return fill(c, 'weight_filler { type: "gaussian" std: 0.5 }', last=True)


@fault("C2T202", accept="C2T207 C2T109 C2T301 C2T210", also="C2T314 C2T104")
def msra_on_pixels_times_ten(c: Config) -> Config:
    """A scale of 10 behind msra."""
    plain(c)
    return c.edit("scale: 0.00390625", "scale: 10")


@fault("C2T203", accept="C2T204", also="C2T201")
def a_hidden_inner_product_without_filler(c: Config) -> Config:
    """One fully connected layer starts at 0."""
    name = next(n for n in c.names("InnerProduct") if n != "score")
    return refill(c, [name], "")


@fault("C2T203", accept="C2T204", also="C2T201")
def first_layer_without_filler(c: Config) -> Config:
    """The first convolution starts at 0."""
    return refill(c, [c.names("Convolution")[0]], "")


@fault("C2T203", accept="C2T204", also="C2T201")
def convolutions_without_fillers(c: Config) -> Config:
    """All convolutions start at 0."""
    return refill(c, c.names("Convolution"), "")


@fault("C2T204", also="C2T201 C2T203", accept="C2T203")
def zeros_on_purpose(c: Config) -> Config:
    """constant 0 in a middle layer."""
    name = weighted(c)[1]
    return refill(c, [name], 'weight_filler { type: "constant" value: 0 }')


@fault("C2T204", also="C2T201 C2T202 C2T210")
def one_constant_layer(c: Config) -> Config:
    """constant 0.1 in one layer."""
    return refill(c, [weighted(c)[1]], 'weight_filler { type: "constant" value: 0.1 }')


@fault("C2T204", also="C2T201 C2T202 C2T210 C2T301")
def uniform_of_one_value(c: Config) -> Config:
    """uniform from 0.01 to 0.01."""
    return refill(c, weighted(c)[1:3], 'weight_filler { type: "uniform" min: 0.01 max: 0.01 }')


@fault("C2T205", also="C2T206 C2T207")
def std_inside_msra(c: Config) -> Config:
    """msra ignores std."""
    return refill(c, [weighted(c)[0]], 'weight_filler { type: "msra" std: 0.01 }')


@fault("C2T205")
def std_of_constant_bias(c: Config) -> Config:
    """constant ignores std."""
    return c.edit('{ type: "constant" value: 0 }', '{ type: "constant" std: 0.1 }')


@fault("C2T205", also="C2T207 C2T202 C2T210 C2T301", accept="C2T207")
def range_of_gaussian(c: Config) -> Config:
    """gaussian ignores min and max."""
    text = 'weight_filler { type: "gaussian" min: -0.05 max: 0.05 std: 0.05 }'
    return refill(c, [weighted(c)[0]], text)


@fault("C2T206", accept="C2T201 C2T415")
def xavier_in_front_of_many_rectifiers(c: Config) -> Config:
    """xavier loses √2 a layer."""
    only(c.name == "googlenet")
    return fill(c, 'weight_filler { type: "xavier" }')


@fault("C2T207", accept="C2T202 C2T210", also="C2T301 C2T209")
def one_gaussian_without_std(c: Config) -> Config:
    """The default std of 1, in one layer."""
    plain(c)
    return refill(c, [weighted(c)[1]], 'weight_filler { type: "gaussian" }')


@fault("C2T207", accept="C2T202 C2T210", also="C2T301 C2T209")
def uniform_without_range(c: Config) -> Config:
    """uniform from 0 to 1."""
    plain(c)
    return fill(c, 'weight_filler { type: "uniform" }')


@fault("C2T207", accept="C2T201", also="C2T302")
def one_tiny_gaussian(c: Config) -> Config:
    """std 0.000001 in one layer."""
    plain(c)
    return refill(c, [weighted(c)[1]], 'weight_filler { type: "gaussian" std: 0.000001 }')


def upsampling(c: Config, settings: str, params: str = "") -> Config:
    """A Deconvolution that doubles the data, and a pooling that halves it again."""
    up = (
        'layer {\n  name: "up"\n  type: "Deconvolution"\n  bottom: "data"\n  top: "up"\n'
        f"  {params}\n  convolution_param {{\n    {settings}\n    bias_term: false\n  }}\n}}\n"
    )
    down = (
        'layer {\n  name: "down"\n  type: "Pooling"\n  bottom: "up"\n  top: "down"\n'
        "  pooling_param { pool: AVE kernel_size: 2 stride: 2 }\n}\n"
    )
    first = c.names("Convolution")[0]
    changed = c.edit('bottom: "data"', 'bottom: "down"', layer=first, count=1)
    return changed.insert(up + down, before=first)


@fault("C2T208", also="C2T201 C2T207")
def bilinear_without_groups(c: Config) -> Config:
    """Every output is the sum of all inputs."""
    only(c.data == "photos")
    text = 'num_output: 3 kernel_size: 4 stride: 2 pad: 1\n    weight_filler { type: "bilinear" }'
    return upsampling(c, text, "param { lr_mult: 0 }")


@fault("C2T208", accept="C2T203 C2T204", also="C2T201")
def upsampling_with_zeros(c: Config) -> Config:
    """No filler and no rate: the output is 0 for ever."""
    n = 3 if c.data == "photos" else 1
    text = f"num_output: {n} group: {n} kernel_size: 4 stride: 2 pad: 1"
    return upsampling(c, text, "param { lr_mult: 0 }")


@fault("C2T208", accept="C2T207 C2T413", also="C2T201 C2T302 C2T206")
def frozen_xavier_upsampling(c: Config) -> Config:
    """Random weights that are never trained."""
    n = 3 if c.data == "photos" else 1
    text = f"num_output: {n} group: {n} kernel_size: 4 stride: 2 pad: 1\n    "
    return upsampling(c, text + 'weight_filler { type: "xavier" }', "param { lr_mult: 0 }")


@fault("C2T209", accept="C2T201 C2T210 C2T202", also="C2T301 C2T314")
def large_biases_of_the_last_layers(c: Config) -> Config:
    """Biases of 50 in front of the scores."""
    plain(c)
    name = [n for n in weighted(c) if n != "score"][-1]
    return c.edit(
        'bias_filler { type: "constant" value: 0 }', 'bias_filler { type: "constant" value: 50 }',
        layer=name,
    )  # fmt: skip


@fault("C2T210", accept="C2T202 C2T207", also="C2T301 C2T314 C2T209")
def uniform_scores(c: Config) -> Config:
    """A last layer in ±2."""
    return refill(c, ["score"], 'weight_filler { type: "uniform" min: -2 max: 2 }')


@fault("C2T301", accept="C2T314 C2T318")
def rate_of_ten(c: Config) -> Config:
    """base_lr 10."""
    return c.set(base_lr="10")


@fault("C2T301", accept="C2T314 C2T318")
def rate_of_one(c: Config) -> Config:
    """base_lr 1 in a net without BatchNorm."""
    plain(c)
    return c.set(base_lr="1")


@fault("C2T301", accept="C2T314 C2T318", also="C2T317")
def multipliers_of_a_thousand(c: Config) -> Config:
    """lr_mult 1000 in every layer."""
    plain(c)
    return c.edit("lr_mult: 1 ", "lr_mult: 1000 ")


@fault("C2T302")
def rate_of_fine_tuning_a_millionth(c: Config) -> Config:
    """base_lr 1e-7."""
    return c.set(base_lr="1e-7")


@fault("C2T302", also="C2T413")
def tiny_multipliers(c: Config) -> Config:
    """lr_mult 0.000001 in every layer."""
    return c.edit("lr_mult: 1 ", "lr_mult: 0.000001 ")


@fault("C2T302", accept="C2T313")
def rate_of_nothing(c: Config) -> Config:
    """base_lr 0."""
    return c.set(base_lr="0")


@fault("C2T303", accept="C2T305")
def multistep_without_gamma(c: Config) -> Config:
    """gamma is 0 by default."""
    return c.drop("gamma")


@fault("C2T303", accept="C2T304")
def multistep_without_steps(c: Config) -> Config:
    """No stepvalue: the rate never drops."""
    return c.drop("stepvalue")


@fault("C2T303", accept="C2T304")
def inv_without_power(c: Config) -> Config:
    """power 0 is constant."""
    return c.drop("stepvalue", "gamma").set(lr_policy='"inv"', gamma="0.0001")


@fault("C2T303", accept="C2T004 C2T002")
def policy_of_another_framework(c: Config) -> Config:
    """lr_policy "cosine"."""
    return c.drop("stepvalue", "gamma").set(lr_policy='"cosine"')


@fault("C2T303", accept="C2T004 C2T305")
def sigmoid_without_stepsize(c: Config) -> Config:
    """The middle of the sigmoid is iteration 0."""
    return c.drop("stepvalue", "gamma").set(lr_policy='"sigmoid"', gamma="-0.01")


@fault("C2T303", accept="C2T004")
def no_policy(c: Config) -> Config:
    """lr_policy is missing."""
    return c.drop("stepvalue", "gamma", "lr_policy")


@fault("C2T304")
def step_beyond_the_end(c: Config) -> Config:
    """The first drop comes after max_iter."""
    steps = int(c.number("max_iter")) * 4
    return c.drop("stepvalue").set(lr_policy='"step"', stepsize=f"{steps}")


@fault("C2T304")
def steps_beyond_the_end(c: Config) -> Config:
    """Every stepvalue lies behind max_iter."""
    return c.drop("stepvalue").set(stepvalue=f"{int(c.number('max_iter')) + 100}")


@fault("C2T305")
def exp_that_dies(c: Config) -> Config:
    """× 0.5 every iteration."""
    return c.drop("stepvalue").set(lr_policy='"exp"', gamma="0.5")


@fault("C2T305")
def many_early_steps(c: Config) -> Config:
    """Seven drops in the first 70 iterations."""
    made = c.drop("stepvalue")
    lines = tuple(f"stepvalue: {i}" for i in range(10, 80, 10))
    from dataclasses import replace

    return replace(made, solver=(*made.solver, *lines))


@fault("C2T306", accept="C2T304")
def a_step_twice(c: Config) -> Config:
    """The same stepvalue twice."""
    values = [s for s in c.solver if s.startswith("stepvalue")]
    from dataclasses import replace

    return replace(c, solver=(*c.solver, values[-1]))


@fault("C2T307", also="C2T301 C2T314")
def momentum_above_one(c: Config) -> Config:
    """1.1."""
    return c.set(momentum="1.1")


@fault("C2T307", also="C2T301 C2T314")
def negative_momentum(c: Config) -> Config:
    """-0.9."""
    return c.set(momentum="-0.9")


@fault("C2T307", accept="C2T301 C2T314")
def momentum_of_fcn(c: Config) -> Config:
    """0.999 with the rate of 0.9."""
    plain(c)
    return c.set(momentum="0.999", base_lr=f"{c.number('base_lr') * 3:g}")


@fault("C2T307", also="C2T313")
def second_momentum_of_one(c: Config) -> Config:
    """Adam's momentum2 is 1."""
    return c.set(type='"Adam"', momentum2="1", base_lr="0.001")


@fault("C2T308")
def negative_decay(c: Config) -> Config:
    """weight_decay -0.0005."""
    return c.set(weight_decay="-0.0005")


@fault("C2T308")
def decay_of_a_half(c: Config) -> Config:
    """weight_decay 0.5."""
    return c.set(weight_decay="0.5")


@fault("C2T308")
def strong_l1(c: Config) -> Config:
    """L1 of 0.1."""
    return c.set(weight_decay="0.1", regularization_type='"L1"')


@fault("C2T313", also="C2T301")
def rmsprop_with_the_rate_of_sgd(c: Config) -> Config:
    """RMSProp with 0.5."""
    return c.drop("momentum").set(type='"RMSProp"', rms_decay="0.9", base_lr="0.5")


@fault("C2T313", also="C2T301")
def adam_with_a_rate_of_one(c: Config) -> Config:
    """Adam with 1."""
    return c.set(type='"Adam"', momentum2="0.999", base_lr="1")


@fault("C2T313", accept="C2T302")
def adagrad_with_the_rate_of_adam(c: Config) -> Config:
    """AdaGrad with 0.00001."""
    return c.drop("momentum").set(type='"AdaGrad"', base_lr="0.00001")


@fault("C2T314", accept="C2T301 C2T318", also="C2T312 C2T117")
def batch_of_two_with_the_rate_of_many(c: Config) -> Config:
    """Two samples a step, and six times the rate."""
    plain(c)
    changed = c.sub(r"batch_size: \d+", "batch_size: 2", count=1)
    return changed.set(base_lr=f"{c.number('base_lr') * 6:g}")


@fault("C2T318", accept="C2T301 C2T314")
def large_batch_rate(c: Config) -> Config:
    """The rate of a batch of 8192 from the first step on."""
    only(c.name in ("resnet18", "vgg16_bn"))
    return c.set(base_lr="5")
