"""Each detector sees its fault in the numbers of a run, and nothing in those of a healthy one."""

from __future__ import annotations

import math

import pytest

from caffe2torch.health.detectors import observe, registry
from caffe2torch.health.history import Activation, History, LayerNorms


def codes(history: History) -> set[str]:
    return {seen.code for seen in observe(history)}


def healthy(iterations: int = 400) -> History:
    """A loss that falls from ln 10, layers that move by a thousandth, activations near 1."""
    losses = [2.30 * math.exp(-i / 150) + 0.02 * math.sin(i) for i in range(iterations)]
    layers = [LayerNorms(name, 0.01, 0.1, 0.01) for name in ("conv1", "conv2", "ip")]
    blobs = [
        Activation("conv1", "Convolution", 0.0, 1.0, 0.0),
        Activation("r", "ReLU", 0.4, 0.6, 0.5),
    ]
    return History(
        classes=10,
        losses=losses,
        norms={100: layers, 200: layers},
        activations={0: blobs, 100: blobs},
        scores={(0, "accuracy"): [(i, 0.5 + i / 1000) for i in range(0, 400, 100)]},
    )


def test_nothing_is_said_of_a_healthy_run_at_any_time() -> None:
    for iterations in range(1, 400, 7):
        assert codes(healthy(iterations)) == set(), iterations


def test_nothing_is_said_before_the_first_iteration() -> None:
    assert codes(History()) == set()


@pytest.mark.parametrize("loss", [math.nan, math.inf, -math.inf])
def test_a_loss_that_is_no_number_is_fatal(loss: float) -> None:
    run = healthy()
    run.losses.append(loss)
    (seen,) = [seen for seen in observe(run) if seen.code == "C2T608"]
    assert seen.fatal and seen.iteration == 400 and str(loss) in seen.evidence


def test_the_limit_of_softmax_is_divergence() -> None:
    run = healthy()
    run.losses += [87.3365] * 9
    assert "C2T609" not in codes(run)
    run.losses.append(87.3365)
    assert "C2T609" in codes(run)


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_a_loss_at_ln_c_is_a_plateau(classes: int) -> None:
    flat = [math.log(classes) + 0.003 * math.sin(i) for i in range(150)]
    assert codes(History(classes=classes, losses=flat)) == {"C2T606"}
    assert codes(History(classes=classes, losses=flat[:149])) == set()
    assert codes(History(classes=0, losses=flat)) == set()


def test_a_loss_that_starts_at_ln_c_and_falls_is_none() -> None:
    falling = [2.3026 - 0.0004 * i for i in range(150)]
    assert codes(History(classes=10, losses=falling)) == set()


def test_a_metric_that_never_moves_is_frozen() -> None:
    run = healthy()
    run.scores = {(0, "accuracy"): [(i, 0.1015) for i in range(4)]}
    assert codes(run) == {"C2T607"}
    for settled in (0.0, 0.999209, 1.0):  # nothing right, or one image in 1264 wrong
        run.scores = {(0, "accuracy"): [(i, settled) for i in range(4)]}
        assert codes(run) == set()


def test_layers_that_do_not_move_have_no_gradient() -> None:
    run = healthy()
    layers = [
        LayerNorms("conv1", 1e-9, 0.1, 0.01),
        LayerNorms("conv2", 1e-5, 0.1, 0.01),
        LayerNorms("ip", 0.01, 0.1, 0.01),
    ]
    run.norms = {0: layers}
    assert codes(run) == set()
    run.norms[1] = layers
    (seen,) = observe(run)
    assert (seen.code, seen.layer) == ("C2T604", "conv1")


def test_a_frozen_layer_is_meant_to_stand_still() -> None:
    run = healthy()
    layers = [LayerNorms("conv1", 1e-9, 0.1, 0.0), *run.norms[100][1:]]
    run.norms = {0: layers, 1: layers}
    assert codes(run) == set()


def test_steps_as_large_as_the_weights() -> None:
    run = healthy()
    layers = [LayerNorms("conv1", 40.0, 0.1, 0.01), *run.norms[100][1:]]
    run.norms = {0: run.norms[100], 1: layers}
    assert codes(run) == set()
    run.norms[2] = layers
    assert codes(run) == {"C2T611"}


@pytest.mark.parametrize(
    ("blob", "code"),
    [
        (Activation("conv9", "Convolution", 0.0, 1e-8, 0.0), "C2T601"),
        (Activation("conv9", "Convolution", 0.0, 1e7, 0.0), "C2T602"),
        (Activation("relu9", "ReLU", 0.0, 0.001, 0.999), "C2T603"),
    ],
)
def test_activations(blob: Activation, code: str) -> None:
    run = healthy()
    run.activations[200] = [*run.activations[0], blob]
    (seen,) = observe(run)
    assert (seen.code, seen.layer) == (code, blob.layer)


def test_one_batch_of_another_size_is_a_spike() -> None:
    run = healthy()
    run.losses.append(25.0)
    assert codes(run) == {"C2T613"}


def test_every_detector_says_what_to_do() -> None:
    for module in registry.all():
        assert module.__doc__ and len(module.ADVICE) > 20


@pytest.mark.parametrize(
    ("rate", "weight", "said"),
    [(1e38, 1.0, "the rate is 1e+38"), (math.nan, 1.0, "the rate is nan"),
     (0.1, math.inf, "the weights are of size inf"), (0.1, 1e29, "")],
)  # fmt: skip
def test_rates_and_weights_that_are_no_numbers(rate: float, weight: float, said: str) -> None:
    run = History(losses=[1.0], norms={0: [LayerNorms("ip", 0.1, weight, rate)]})
    seen = [(one.layer, one.evidence) for one in observe(run) if one.code == "C2T608"]
    assert seen == ([("ip", said)] if said else [])


def test_a_layer_that_answers_the_same_to_every_image_is_dead() -> None:
    run = healthy()
    run.activations[200] = [
        *run.activations[100], Activation("s", "Sigmoid", 0.5, 0.2, 0.0, spread=1e-9),
    ]  # fmt: skip
    assert codes(run) == {"C2T601"}


def test_a_layer_that_begins_at_zero_beside_others_is_left_alone() -> None:
    """A spatial transformer's answers the identity to every image at first."""
    run = healthy()
    run.activations[200] = [
        Activation("conv1", "Convolution", 0.0, 1.0, 0.0, spread=1.0),
        Activation("theta", "InnerProduct", 0.3, 0.5, 0.0, spread=0.0),
        Activation("ip", "InnerProduct", 0.0, 1.0, 0.0, spread=0.8),
    ]
    assert codes(run) == set()
