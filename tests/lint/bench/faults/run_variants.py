"""More faults of the solver and of files that only some Caffe reads."""

from __future__ import annotations

from dataclasses import replace

from tests.lint.bench.config import Config
from tests.lint.bench.faults import fault, only
from tests.lint.bench.faults.data_variants import phase
from tests.lint.bench.faults.graph import layer


@fault("C2T309")
def snapshot_of_zero(c: Config) -> Config:
    """snapshot: 0 is none."""
    return c.set(snapshot="0")


@fault("C2T309")
def snapshot_behind_the_end(c: Config) -> Config:
    """Later than max_iter."""
    return c.set(snapshot=f"{int(c.number('max_iter')) * 10}")


@fault("C2T310", accept="C2T004")
def test_interval_of_zero(c: Config) -> Config:
    """test_iter with a test_interval of 0."""
    return c.set(test_interval="0")


@fault("C2T310", accept="C2T004")
def test_iter_for_two_nets(c: Config) -> Config:
    """A test_net and two test_iter."""
    made = c.drop("net").set(train_net='"train_val.prototxt"', test_net='"train_val.prototxt"')
    return replace(made, solver=(*made.solver, "test_iter: 5"))


@fault("C2T310", accept="C2T117")
def no_test_iterations(c: Config) -> Config:
    """test_iter: 0 averages nothing."""
    return c.set(test_iter="0")


@fault("C2T310", accept="C2T123 C2T003 C2T116")
def no_test_layers(c: Config) -> Config:
    """The TEST net has no data layer."""
    return replace(c, layers=(c.layers[0], *c.layers[2:]))


@fault("C2T310", accept="C2T004")
def state_for_a_net_that_is_not_there(c: Config) -> Config:
    """Two test_state, one test net."""
    lines = ('test_state { stage: "a" }', 'test_state { stage: "b" }')
    return replace(c, solver=(*c.solver, *lines))


@fault("C2T311")
def display_of_zero(c: Config) -> Config:
    """Only the tests say anything."""
    return c.set(display="0")


@fault("C2T312")
def no_end(c: Config) -> Config:
    """max_iter is missing, and 0 by default."""
    return c.drop("max_iter", "stepvalue", "snapshot").set(lr_policy='"fixed"')


@fault("C2T312", also="C2T304 C2T309 C2T117")
def iterations_of_another_set(c: Config) -> Config:
    """450,000 iterations over some hundred records."""
    made = c.drop("stepvalue").set(max_iter="4500000", snapshot="100000", test_interval="10000")
    return replace(made, solver=(*made.solver, "stepvalue: 2000000", "stepvalue: 3000000"))


@fault("C2T315")
def gpu_by_number(c: Config) -> Config:
    """The second of no GPUs."""
    return c.set(solver_mode="GPU", device_id="1")


@fault("C2T317")
def decay_written_on_biases(c: Config) -> Config:
    """decay_mult: 1 on every bias."""
    return c.edit("decay_mult: 0", "decay_mult: 1")


@fault("C2T319")
def stepsize_with_multistep(c: Config) -> Config:
    """multistep reads stepvalue."""
    return c.set(stepsize="1000")


@fault("C2T319")
def power_with_multistep(c: Config) -> Config:
    """power belongs to inv and poly."""
    return c.set(power="0.75")


@fault("C2T319")
def stepvalues_with_step(c: Config) -> Config:
    """step reads stepsize."""
    return c.set(lr_policy='"step"', stepsize=f"{int(c.number('max_iter')) // 3}")


@fault("C2T319")
def rms_decay_with_sgd(c: Config) -> Config:
    """rms_decay belongs to RMSProp."""
    return c.set(rms_decay="0.98")


@fault("C2T319", also="C2T304")
def gamma_with_poly(c: Config) -> Config:
    """poly reads power only."""
    return c.drop("stepvalue").set(lr_policy='"poly"', power="1")


@fault("C2T321", accept="C2T004")
def adagrad_with_momentum(c: Config) -> Config:
    """Caffe refuses it."""
    return c.set(type='"AdaGrad"', base_lr="0.01")


@fault("C2T321", accept="C2T307 C2T313")
def adadelta_without_momentum(c: Config) -> Config:
    """AdaDelta's momentum is its decay, 0 by default."""
    return c.drop("momentum").set(type='"AdaDelta"', base_lr="1", delta="1e-6")


@fault("C2T322")
def small_clip_with_much_accumulation(c: Config) -> Config:
    """The sum of 32 gradients, clipped at 1."""
    return c.set(clip_gradients="1", iter_size="32")


@fault("C2T323", also="C2T314 C2T117 C2T312 C2T304 C2T301")
def accumulation_of_four(c: Config) -> Config:
    """iter_size 8 of batches of 4."""
    only("BatchNorm" in c.net)
    return c.sub(r"batch_size: \d+", "batch_size: 4", count=1).set(iter_size="8")


@fault("C2T004", accept="C2T506 C2T002")
def two_nets(c: Config) -> Config:
    """net and train_net."""
    return c.set(train_net='"train_val.prototxt"')


@fault("C2T004", accept="C2T508 C2T313 C2T002")
def unknown_method(c: Config) -> Config:
    """type "AdamW"."""
    return c.set(type='"AdamW"', base_lr="0.001")


@fault("C2T001", accept="C2T111 C2T004 C2T002")
def no_such_net(c: Config) -> Config:
    """The net file is not there."""
    return c.set(net='"train_test.prototxt"')


@fault("C2T001", accept="C2T002 C2T506")
def solver_with_a_stray_word(c: Config) -> Config:
    """A line that is no field."""
    return replace(c, solver=(*c.solver[:3], "momentum = 0.9", *c.solver[3:]))


@fault("C2T502")
def label_of_old_slices(c: Config) -> Config:
    """concat_dim instead of axis."""
    only("Concat" in c.net)
    name = c.names("Concat")[0]
    return c.edit(
        '  type: "Concat"\n', '  type: "Concat"\n  concat_param { concat_dim: 1 }\n', layer=name
    )


@fault("C2T503", accept="C2T003 C2T508")
def type_of_another_framework(c: Config) -> Config:
    """GELU is no layer of Caffe."""
    name = c.names("ReLU")[0]
    return c.edit('type: "ReLU"', 'type: "GELU"', layer=name)


@fault("C2T503", accept="C2T003")
def loss_of_a_fork_that_is_unknown(c: Config) -> Config:
    """A loss that nobody registered."""
    return c.edit('type: "SoftmaxWithLoss"', 'type: "LabelSmoothingLoss"')


@fault("C2T504")
def warmup_of_a_fork(c: Config) -> Config:
    """rampup_interval is NVIDIA's."""
    return c.set(rampup_interval="500", rampup_lr="0.0001")


@fault("C2T504", accept="C2T503 C2T506 C2T002")
def engine_of_a_fork(c: Config) -> Config:
    """A field of NVIDIA's convolution."""
    return c.edit(
        "convolution_param {\n",
        'convolution_param {\n    conv_algos_override: "1,1,1"\n',
        count=1,
    )


@fault("C2T505", accept="C2T003 C2T111")
def python_data(c: Config) -> Config:
    """The data come from somebody's code."""
    body = 'python_param { module: "downloaded" layer: "Loader" param_str: "{}" }'
    return c.insert(layer("loader", "Python", "label", body, "weights"), before="score")


@fault("C2T506", accept="C2T002")
def field_in_the_wrong_message(c: Config) -> Config:
    """num_output outside of its param."""
    name = c.names("Convolution")[0]
    return c.edit("convolution_param {", "num_output: 20 convolution_param {", layer=name)


@fault("C2T506", accept="C2T002")
def misspelt_policy_field(c: Config) -> Config:
    """step_size."""
    return c.drop("stepvalue").set(lr_policy='"step"', step_size="100")


@fault("C2T507", accept="C2T111")
def windows_path(c: Config) -> Config:
    r"""C:\data."""
    return c.sub(r"\.\./data/(\w+_train_lmdb)", r"C:/data/\1", count=1)


@fault("C2T507", accept="C2T324")
def snapshots_in_a_home(c: Config) -> Config:
    """snapshot_prefix below /home."""
    return c.set(snapshot_prefix='"/home/somebody/models/net"')


@fault("C2T508", accept="C2T002 C2T003 C2T503")
def lower_case_type(c: Config) -> Config:
    """relu."""
    return c.edit('type: "ReLU"', 'type: "relu"', count=1)


@fault("C2T508", accept="C2T002 C2T003 C2T303")
def capital_filler(c: Config) -> Config:
    """Xavier."""
    return c.edit('type: "xavier"', 'type: "Xavier"', count=1)


@fault("C2T508", accept="C2T002 C2T121")
def quoted_backend(c: Config) -> Config:
    """backend: "LMDB"."""
    return phase(c, 0, "backend: LMDB", 'backend: "LMDB"')


@fault("C2T508", accept="C2T002")
def lower_case_phase(c: Config) -> Config:
    """phase: train."""
    return phase(c, 0, "phase: TRAIN", "phase: train")


@fault("C2T508", accept="C2T004 C2T002")
def lower_case_method(c: Config) -> Config:
    """type: "sgd"."""
    return c.set(type='"sgd"')


@fault("C2T320", also="C2T315")
def mode_in_a_comment(c: Config) -> Config:
    """solver_mode is commented out."""
    made = c.drop("solver_mode")
    return replace(made, solver=(*made.solver, "# solver_mode: GPU"))


@fault("C2T316")
def seed_of_minus_one(c: Config) -> Config:
    """-1 is the clock."""
    return c.set(random_seed="-1")


@fault("C2T501")
def old_file(c: Config) -> Config:
    """The net in the format of 2014."""
    from tests.lint.bench.forms import legacy

    return legacy(c)


@fault("C2T304", accept="C2T301")
def rate_that_rises(c: Config) -> Config:
    """gamma 10 in place of 0.1."""
    return c.set(lr_policy='"step"', gamma="10", stepsize=str(int(c.number("max_iter")) // 4))


@fault("C2T310")
def first_test_behind_the_end(c: Config) -> Config:
    """test_interval beyond max_iter."""
    return c.set(test_interval=str(3 * int(c.number("max_iter"))))


@fault("C2T310")
def one_test_net_twice(c: Config) -> Config:
    """A second test_iter without a test_state."""
    return replace(c, solver=(*c.solver, f"test_iter: {int(c.number('test_iter'))}"))
