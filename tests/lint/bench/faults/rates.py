"""Faults of the learning rate."""

from __future__ import annotations

from dataclasses import replace

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only


@fault("C2T301", accept="C2T314 C2T318", also="C2T313")
def rate_a_hundred_times_too_high(c: Config) -> Config:
    """Weights are thrown away at the first step."""
    return c.set(base_lr=f"{c.number('base_lr') * (1000 if 'BatchNorm' in c.net else 100):g}")


@fault("C2T301", accept="C2T314")
def rate_times_255(c: Config) -> Config:
    """The popular advice: multiply base_lr by 255 because of the scale."""
    only("BatchNorm" not in c.net)
    return c.set(base_lr=f"{c.number('base_lr') * 255:g}")


@fault("C2T302")
def rate_far_too_low(c: Config) -> Config:
    """1e-8: nothing moves."""
    return c.set(base_lr="1e-8")


@fault("C2T302")
def no_rate(c: Config) -> Config:
    """base_lr is missing, and 0 by default."""
    return c.drop("base_lr")


@fault("C2T303", accept="C2T305 C2T304")
def step_without_gamma(c: Config) -> Config:
    """gamma is 0 by default: the rate becomes 0 at the first step."""
    return c.drop("gamma", "stepvalue").set(lr_policy='"step"', stepsize="100")


@fault("C2T303", accept="C2T305")
def exp_without_gamma(c: Config) -> Config:
    """exp with gamma 0 has rate 0 from iteration 1 on."""
    return c.drop("gamma", "stepvalue").set(lr_policy='"exp"')


@fault("C2T303", accept="C2T004")
def step_without_stepsize(c: Config) -> Config:
    """Caffe stops at the first update."""
    return c.drop("stepvalue").set(lr_policy='"step"')


@fault("C2T303", accept="C2T004")
def unknown_policy(c: Config) -> Config:
    """There is no cosine policy in BVLC Caffe."""
    return c.drop("stepvalue", "gamma").set(lr_policy='"cosine"')


@fault("C2T304")
def fixed_rate(c: Config) -> Config:
    """The rate never drops in a long run."""
    return c.drop("stepvalue", "gamma").set(lr_policy='"fixed"')


@fault("C2T304", accept="C2T303")
def poly_without_power(c: Config) -> Config:
    """poly with power 0 is constant."""
    return c.drop("stepvalue", "gamma").set(lr_policy='"poly"')


@fault("C2T305")
def steps_far_too_short(c: Config) -> Config:
    """× 0.1 every 10 iterations."""
    return c.drop("stepvalue").set(lr_policy='"step"', stepsize="10")


@fault("C2T306")
def steps_in_the_wrong_order(c: Config) -> Config:
    """multistep only looks at the next stepvalue."""
    values = [s for s in c.solver if s.startswith("stepvalue")]
    rest = [s for s in c.solver if not s.startswith("stepvalue")]
    return replace(c, solver=(*rest, *reversed(values)))


@fault("C2T307", also="C2T301 C2T314")
def momentum_of_one(c: Config) -> Config:
    """Velocities never decay."""
    return c.set(momentum="1.0")


@fault("C2T307", also="C2T301 C2T314")
def momentum_in_per_cent(c: Config) -> Config:
    """90 for 0.9."""
    return c.set(momentum="90")


@fault("C2T308")
def decay_that_erases(c: Config) -> Config:
    """weight_decay 5 instead of 0.0005."""
    return c.set(weight_decay="5")


@fault("C2T313", accept="C2T321", also="C2T301")
def adam_with_the_rate_of_sgd(c: Config) -> Config:
    """Adam moves every weight by about the rate."""
    return c.set(type='"Adam"', momentum2="0.999", base_lr="0.1")


@fault("C2T313")
def adadelta_with_the_rate_of_adam(c: Config) -> Config:
    """AdaDelta's rate is 1."""
    return c.set(type='"AdaDelta"', delta="1e-6", momentum="0.95", base_lr="0.0001")


@fault("C2T314", accept="C2T301", also="C2T312 C2T117")
def batch_of_one_with_the_rate_of_many(c: Config) -> Config:
    """The batch was cut to fit into memory, the rate was not."""
    only("BatchNorm" not in c.net)
    changed = c.sub(r"batch_size: \d+", "batch_size: 1", count=1)
    return changed.set(base_lr=f"{c.number('base_lr') * 4:g}")


@fault("C2T318", accept="C2T301")
def large_rate_from_the_start(c: Config) -> Config:
    """A rate of large batches without its warm-up."""
    only(c.name == "resnet18")
    return c.set(base_lr="3")
