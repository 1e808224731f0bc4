"""What Caffe logs while it sets up a net, told from the graph.

Source: Caffe src/caffe/net.cpp, Init, FilterNet, StateMeetsRule, AppendTop, AppendBottom,
AppendParam; src/caffe/layer_factory.hpp; src/caffe/layers/data_layer.cpp,
recurrent_layer.cpp; src/caffe/util/upgrade_proto.cpp, hdf5.cpp
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

from caffe2torch import caffe_pb2 as pb
from caffe2torch.data import feeds
from caffe2torch.graph.filtering import filter_layers
from caffe2torch.graph.model import Graph, Node
from caffe2torch.train.log import debug_string, number

CREATE = "layer_factory.hpp:77"


FEEDS = ("Data", "ImageData", "HDF5Data", "WindowData")
"""Source layers of Caffe that log what they read."""
ONCE = ("hdf5.cpp:33", "hdf5.cpp:36")
"""Places that log once in a run, however many nets there are."""


def log_net(
    graph: Graph, log: Callable[[str, str], object], logged: set[str] | None = None
) -> None:
    """Write the lines from the upgrade of the file to "initialization done".

    log:    takes the place in Caffe's source, and the text
    logged: the places of the run's nets before this one that log once

    Differs: the net that a recurrent layer makes inside itself is not told
    """
    logged = set() if logged is None else logged
    for line, text in _upgrading(graph):
        log(f"upgrade_proto.cpp:{line}", text)
    for line, text in _filtering(graph):
        log(f"net.cpp:{line}", text)
    log("net.cpp:53", f"Initializing net from parameters: \n{_filtered(graph)}")
    used = 0
    for node in graph.nodes:
        used += sum(4 * math.prod(shape) for shape in node.top_shapes)
        for place, text in _setting_up(node):
            if place not in logged:
                log(place, text)
            logged |= {place} & {*ONCE}
        log("net.cpp:139", f"Memory required for data: {used}")
        for ref in node.params:
            if ref.owner:
                log(
                    "net.cpp:467",
                    f"Sharing parameters '{ref.name}' owned by layer '{ref.owner.layer}', "
                    f"param index {ref.owner.index}",
                )
    for node in reversed(graph.nodes):
        needs = "needs" if node.need_backward else "does not need"
        log(
            f"net.cpp:{200 if node.need_backward else 202}",
            f"{node.name} {needs} backward computation.",
        )
    for blob in graph.outputs:
        log("net.cpp:244", f"This network produces output {blob}")
    log("net.cpp:257", "Network initialization done.")


def _upgrading(graph: Graph) -> Iterator[tuple[int, str]]:
    """Yield line and text for a file whose BatchNorm layers have three param messages each."""
    layers = graph.net.message.layer
    if graph.net.file and any(one.type == "BatchNorm" and len(one.param) == 3 for one in layers):
        params = "batch norm layers using deprecated params"
        yield 79, f"Attempting to upgrade {params}: {graph.net.file}"
        yield 82, f"Successfully upgraded {params}."


def _filtered(graph: Graph) -> str:
    """Return the net without the excluded layers, before splits are inserted."""
    message = pb.NetParameter()
    message.CopyFrom(graph.net.message)
    kept = [layer for _, layer in filter_layers(graph.net, graph.filtered.state)]
    message.ClearField("layer")
    message.layer.extend(kept)
    message.state.CopyFrom(graph.filtered.state)
    return debug_string(message)


def _filtering(graph: Graph) -> Iterator[tuple[int, str]]:
    """Yield line and text for each rule that the state does not meet, as far as Caffe looks."""
    state = graph.filtered.state
    for layer in graph.net.message.layer:
        for rule in layer.include or layer.exclude:
            broken = _broken(state, rule)
            if broken:
                yield broken[0], f"{broken[1]} specified by a rule in layer {layer.name}"
            else:
                break


def _broken(state: pb.NetState, rule: pb.NetStateRule) -> tuple[int, str] | None:
    """Return the first reason why `state` does not meet `rule`."""
    if rule.HasField("phase") and rule.phase != state.phase:
        return 296, f"The NetState phase ({state.phase}) differed from the phase ({rule.phase})"
    for name, line, low in (("min_level", 306, True), ("max_level", 316, False)):
        level = getattr(rule, name)
        if rule.HasField(name) and (state.level < level if low else state.level > level):
            return line, f"The NetState level ({state.level}) is above the {name} ({level})"
    for stage in rule.stage:
        if stage not in state.stage:
            return 332, f"The NetState did not contain stage '{stage}'"
    for stage in rule.not_stage:
        if stage in state.stage:
            return 347, f"The NetState contained a not_stage '{stage}'"
    return None


def _setting_up(node: Node) -> Iterator[tuple[str, str]]:
    yield CREATE, f"Creating layer {node.name}"
    yield from _constructed(node.param)
    yield "net.cpp:86", f"Creating Layer {node.name}"
    for bottom in node.bottoms:
        yield "net.cpp:408", f"{node.name} <- {bottom}"
    for i, top in enumerate(node.tops):
        if top in node.bottoms[i : i + 1]:
            yield "net.cpp:369", f"{node.name} -> {top} (in-place)"
        else:
            yield "net.cpp:382", f"{node.name} -> {top}"
    yield from _inside(node)
    yield "net.cpp:124", f"Setting up {node.name}"
    for shape, weight in zip(node.top_shapes, node.loss_weights, strict=True):
        dims = "".join(f"{dim} " for dim in shape)
        yield "net.cpp:131", f"Top shape: {dims}({math.prod(shape)})"
        if weight:
            yield "net.cpp:134", f"    with loss weight {number(weight)}"


def _constructed(param: pb.LayerParameter) -> Iterator[tuple[str, str]]:
    """Yield what a layer's constructor logs."""
    if param.type == "Data":
        lmdb = param.data_param.backend == pb.DataParameter.LMDB
        place, kind = ("db_lmdb.cpp:35", "lmdb") if lmdb else ("db_leveldb.cpp:18", "leveldb")
        yield place, f"Opened {kind} {param.data_param.source}"


def _inside(node: Node) -> Iterator[tuple[str, str]]:
    """Yield what a layer's own set-up logs: its data, and the layers that it makes inside."""
    param = node.param
    if node.type in FEEDS:
        yield from _feeding(node)
    if node.type in RECURRENT:
        yield from _recurring(node)
    if node.layer.applies == "Softmax":
        yield CREATE, f"Creating layer {node.name}"
    if node.type == "Scale" and param.scale_param.bias_term:
        yield CREATE, f"Creating layer {node.name}"


SIZES = {
    "Data": "data_layer.cpp:45",
    "ImageData": "image_data_layer.cpp:90",
    "WindowData": "window_data_layer.cpp:180",
}
"""Where Caffe logs the size of a source layer's output."""


def _feeding(node: Node) -> Iterator[tuple[str, str]]:
    """Yield what a source layer logs: WindowData reads its mean file twice."""
    mean = f"Loading mean file from: {node.param.transform_param.mean_file}"
    has_mean = node.type in SIZES and node.param.transform_param.mean_file
    if has_mean:
        yield "data_transformer.cpp:25", mean
    yield from feeds.find(feeds.name_of(node.param)).set_up_lines(node.param, node.site.base)
    if node.type in SIZES:
        yield SIZES[node.type], "output data size: " + ",".join(map(str, node.top_shapes[0]))
    if has_mean and node.type == "WindowData":
        yield "window_data_layer.cpp:196", mean


RECURRENT = {
    "LSTM": ("W_xc", "b_c", "W_xc_static", "W_hc"),
    "RNN": ("W_xh", "b_h", "W_xh_static", "W_hh", "W_ho", "b_o"),
}
"""Parameters of a recurrent layer in their order; the third is there with a static input only."""


def _recurring(node: Node) -> Iterator[tuple[str, str]]:
    steps, streams = node.bottom_shapes[0][:2]
    yield (
        "recurrent_layer.cpp:20",
        f"Initializing recurrent layer: assuming input batch contains {steps} timesteps of "
        f"{streams} independent streams.",
    )
    names = RECURRENT[node.type]
    if len(node.blobs) < len(names):
        names = names[:2] + names[3:]
    for i, name in enumerate(names):
        yield "recurrent_layer.cpp:150", f"Adding parameter {i}: {name}"
