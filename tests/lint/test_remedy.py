"""Ways out of a signal that vanishes or explodes, with the numbers that each would give."""

from __future__ import annotations

import pytest

from caffe2torch.lint import remedy
from caffe2torch.lint.context import Context
from tests.lint.checks import Folder
from tests.lint.nets import DEAD, chain
from tests.lint.steady import steady


def context(folder: Folder, net: str) -> Context:
    return Context(str(steady(folder.write(net=net)).solver_file))


def test_the_filler_is_that_of_the_activation_behind(folder: Folder) -> None:
    c = context(folder, chain(2, "xavier"))
    wanted = {node.name: remedy.fitting_filler(c, node) for node in remedy.fillable(c)}
    assert wanted == {"conv1": "msra", "conv2": "msra", "score": "xavier"}
    smooth = context(folder, chain(1, "xavier", activation="TanH"))
    assert remedy.fitting_filler(smooth, smooth.train.graph.node("conv1")) == "xavier"


def test_a_shared_weight_is_filled_by_its_owner_alone(folder: Folder) -> None:
    shared = chain(3, width=1).replace('"Convolution"', '"Convolution" param { name: "w" }')
    c = context(folder, shared)
    assert [node.name for node in remedy.fillable(c)] == ["conv1", "score"]


def test_fillers_are_written_into_the_layers_that_are_named(folder: Folder) -> None:
    c = context(folder, chain(2, ""))
    edits = remedy.filler_edits(c, {"conv2": "msra", "nobody": "msra"})
    assert [edit.new.strip() for edit in edits] == ['weight_filler { type: "msra" }']
    assert edits[0].start > folder.net_file.read_text().index('name: "conv2"')


def test_a_dead_signal_is_brought_back_by_fillers_first(folder: Folder) -> None:
    c = context(folder, DEAD)
    ways = remedy.remedies(c)
    assert ways[0].title == "msra fillers in 14 layers"
    assert len(ways) <= remedy.MOST and all(0.1 <= way.std <= 10 for way in ways)
    assert remedy.best(c) is ways[0] and remedy.remedies(c)[0] is ways[0]  # predicted once
    fix = remedy.fix_of(ways[0])
    assert not fix.safe and fix.title == ways[0].says() and len(fix.edits) == 14
    (norm,) = [way for way in ways if way.norm]
    assert (norm.title, norm.edits) == ("BatchNorm and Scale behind each weight layer", ())


def test_a_way_says_what_it_gives(folder: Folder) -> None:
    c = context(folder, DEAD)
    way = remedy.remedies(c)[0]
    assert way.signal.main is not None
    assert way.says() == f"{way.title}: logit std {way.std:.2g}, loss {way.signal.main.loss:.3g}"


def test_a_rate_comes_with_it_where_the_solvers_is_too_high(folder: Folder) -> None:
    c = context(folder, DEAD)
    way = remedy.remedies(c)[0]
    rate = remedy.good_rate(c, way.signal)
    assert rate is not None and rate < 0.02
    low = Context(str(folder.solver({"base_lr: 0.02": "base_lr: 0.000001"}).solver_file))
    assert remedy.good_rate(low, remedy.remedies(low)[0].signal) == pytest.approx(1e-6)
    assert remedy.foretold(low, remedy.remedies(low)[0]) == way.says()
    high = Context(str(folder.solver({"base_lr: 0.000001": "base_lr: 2"}).solver_file))
    way = remedy.remedies(high)[0]
    lowered = remedy.good_rate(high, way.signal)
    assert lowered == pytest.approx(
        rate, rel=0.5
    )  # what is good does not depend on what is written
    assert remedy.foretold(high, way) == f"{way.says()}, base_lr {lowered:g}"


def test_a_net_alone_has_no_rate(folder: Folder) -> None:
    folder.write(net=DEAD)
    c = Context(str(folder.net_file))
    assert remedy.good_rate(c, c.signal) is None


def test_a_scale_is_set_in_every_data_layer_and_removed_if_it_is_1(folder: Folder) -> None:
    """msra keeps the input's std, so that only the input itself is too large or too small."""
    c = context(folder, chain(3, "msra", scale=30.0))
    titles = {way.title: way for way in remedy.remedies(c)}
    raw = titles["scale 0.00390625 and the fillers as they are"]
    assert [edit.new for edit in raw.edits] == ["scale: 0.00390625"] * 2
    gone = context(folder, chain(6, "xavier", scale=0.00001))  # shrinks it to an eighth
    (one,) = [w for w in remedy.remedies(gone) if w.title == "scale 1 and the fillers as they are"]
    assert [edit.new for edit in one.edits] == ["", ""]
