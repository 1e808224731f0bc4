"""Faults of the rest of the solver."""

from __future__ import annotations

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only


@fault("C2T309")
def no_snapshot(c: Config) -> Config:
    """The whole run is lost if it stops."""
    return c.drop("snapshot")


@fault("C2T310")
def test_iter_without_interval(c: Config) -> Config:
    """Tests are set up and never run."""
    return c.drop("test_interval")


@fault("C2T310")
def interval_without_test_iter(c: Config) -> Config:
    """Caffe refuses a test_interval without test_iter."""
    return c.drop("test_iter")


@fault("C2T311")
def no_display(c: Config) -> Config:
    """No loss is ever printed."""
    return c.drop("display", "test_interval", "test_iter")


@fault("C2T312")
def hardly_an_epoch(c: Config) -> Config:
    """Ten iterations."""
    only(c.data == "digits")
    return c.drop("stepvalue").set(
        max_iter="10", lr_policy='"fixed"', test_interval="10", snapshot="5"
    )


@fault("C2T312", also="C2T304")
def thousands_of_epochs(c: Config) -> Config:
    """Ten million iterations over some hundred records."""
    changed = c.drop("stepvalue").set(max_iter="10000000", test_interval="10000", snapshot="100000")
    return changed.set(stepvalue="6000000")


@fault("C2T315")
def gpu_on_a_machine_without(c: Config) -> Config:
    """solver_mode GPU."""
    return c.set(solver_mode="GPU")


@fault("C2T316")
def no_seed(c: Config) -> Config:
    """The run cannot be repeated."""
    return c.drop("random_seed")


@fault("C2T317")
def decay_on_biases(c: Config) -> Config:
    """weight_decay pulls biases and BatchNorm's scales, too."""
    return c.sub(r" ?param \{ (lr_mult: 2 )?decay_mult: 0 \}", "")


@fault("C2T319", accept="C2T304")
def gamma_with_fixed(c: Config) -> Config:
    """fixed reads neither gamma nor stepvalue."""
    return c.set(lr_policy='"fixed"')


@fault("C2T319")
def momentum2_with_sgd(c: Config) -> Config:
    """momentum2 belongs to Adam."""
    return c.set(momentum2="0.999")


@fault("C2T320")
def no_mode(c: Config) -> Config:
    """Caffe's command line then trains on the CPU."""
    return c.drop("solver_mode")


@fault("C2T321", accept="C2T004")
def rmsprop_with_momentum(c: Config) -> Config:
    """Caffe refuses it."""
    return c.set(type='"RMSProp"', rms_decay="0.98", base_lr="0.0005")


@fault("C2T321", also="C2T313")
def adam_without_momentum(c: Config) -> Config:
    """β1 is momentum, and 0 by default."""
    return c.drop("momentum").set(type='"Adam"', base_lr="0.001")


@fault("C2T322")
def clip_with_accumulation(c: Config) -> Config:
    """The clip sees the sum of 8 batches' gradients."""
    return c.set(clip_gradients="10", iter_size="8")


@fault("C2T323")
def accumulation_with_batchnorm(c: Config) -> Config:
    """BatchNorm still normalises over 2 samples."""
    only("BatchNorm" in c.net)
    return c.sub(r"batch_size: \d+", "batch_size: 2", count=1).set(iter_size="16")


@fault("C2T004", accept="C2T506 C2T002 C2T412")
def no_net(c: Config) -> Config:
    """The solver names no net."""
    return c.drop("net")
