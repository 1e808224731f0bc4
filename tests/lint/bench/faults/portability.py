"""Faults of files that only some Caffe reads."""

from __future__ import annotations

from dataclasses import replace

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault
from tests.lint.bench.faults.graph import layer


@fault("C2T501")
def solver_type_of_old(c: Config) -> Config:
    """solver_type instead of type."""
    return c.set(solver_type="SGD")


@fault("C2T502")
def deprecated_normalize(c: Config) -> Config:
    """loss_param.normalize is superseded by normalization."""
    return c.edit(
        '  top: "loss"\n', '  top: "loss"\n  loss_param { normalize: true }\n', layer="loss"
    )


@fault("C2T503", accept="C2T003")
def unknown_type(c: Config) -> Config:
    """A layer type with a typing error."""
    return c.edit('type: "Convolution"', 'type: "Convolutoin"', count=1)


@fault("C2T504", accept="C2T503")
def field_of_a_fork(c: Config) -> Config:
    """min_lr is NVIDIA's."""
    return c.set(min_lr="0.00001")


@fault("C2T505", accept="C2T111 C2T003 C2T503")
def python_layer(c: Config) -> Config:
    """A layer that runs somebody's code."""
    body = 'python_param { module: "mine" layer: "MyLayer" }'
    return c.insert(layer("mine", "Python", "score", body, "score2"), before="loss")


@fault("C2T506", accept="C2T002")
def misspelt_field(c: Config) -> Config:
    """kernal_size."""
    return c.edit("kernel_size:", "kernal_size:", count=1)


@fault("C2T506", accept="C2T002")
def misspelt_solver_field(c: Config) -> Config:
    """weight_decy."""
    return c.drop("weight_decay").set(weight_decy="0.0005")


@fault("C2T507", accept="C2T111")
def path_of_another_machine(c: Config) -> Config:
    """/home/somebody/."""
    return c.sub(r"\.\./data/(\w+_train_lmdb)", r"/home/somebody/\1", count=1)


@fault("C2T508", accept="C2T002")
def lower_case_enum(c: Config) -> Config:
    """pool: max."""
    return c.edit("pool: MAX", "pool: max", count=1)


@fault("C2T508", accept="C2T303")
def capital_policy(c: Config) -> Config:
    """lr_policy "Step"."""
    return c.drop("stepvalue").set(lr_policy='"Step"', stepsize="100")


@fault("C2T001", accept="C2T002")
def unclosed_brace(c: Config) -> Config:
    """The last brace is missing."""
    return replace(c, layers=(*c.layers[:-1], c.layers[-1].rstrip().removesuffix("}")))


@fault("C2T509")
def net_of_another_folder(c: Config) -> Config:
    """The solver names its net by a folder of the tree that it was taken from."""
    return c.set(net='"examples/mine/train_val.prototxt"')
