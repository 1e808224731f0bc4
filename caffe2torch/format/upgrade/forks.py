"""What old forks and experiments wrote in their own way becomes what Caffe writes.

Each step changes the message in place; what it finds means the same as what it writes.
"""

from __future__ import annotations

from typing import Any

from caffe2torch import caffe_pb2 as pb


def adapt(net: pb.NetParameter) -> list[int]:
    """Bring the layers of 2013's experiments to the V0 format.

    Returns the former index of each layer that stays: a `memory_data` layer, which the calling
    program fills, becomes an input of the net.
    """
    kept = []
    for i, entry in enumerate(net.layers):
        layer = entry.layer
        if layer.type == "memory_data" and layer.datum_dims:
            dims = layer.datum_dims[0]
            net.input.extend(entry.top)
            for _ in entry.top:
                net.input_dim.extend((1, dims.channels, dims.height, dims.width))
            continue
        if layer.HasField("data_blob"):
            _database(layer)
        if layer.type == "cccp":
            _cross_channel(layer)
        kept.append(i)
    if len(kept) < len(net.layers):
        layers = [pb.V1LayerParameter.FromString(net.layers[i].SerializeToString()) for i in kept]
        del net.layers[:]
        net.layers.extend(layers)
    return kept


def _database(layer: pb.V0LayerParameter) -> None:
    """Write a data_blob as the data layer that it is."""
    source, steps = layer.data_blob.data_source.leveldb, layer.data_blob.data_processors
    layer.type, layer.source, layer.batchsize = "data", source.source, source.batch_size
    if steps.HasField("cropping"):
        layer.cropsize = steps.cropping.crop_dims.height
    if steps.HasField("mean_subtraction"):
        layer.meanfile = steps.mean_subtraction.mean_file
    layer.mirror = steps.mirroring.type == pb.DataBlobParameter.Mirroring.LEFT_RIGHT
    layer.ClearField("data_blob")


def _cross_channel(layer: pb.V0LayerParameter) -> None:
    """Write Network in Network's cccp, num_output for each group, as a 1x1 convolution.

    Source: Lin et al., Network in Network (2014); DSN caffe src/caffe/layers/cccp_layer.cpp
    """
    layer.type, layer.kernelsize = "conv", 1
    layer.num_output *= layer.group


def respell(net: pb.NetParameter) -> list[str]:
    """Write the fields of forks that Caffe has under another name; return what there was."""
    steps = {
        "transform_param of data layers": move_transform,
        "holes": rename_holes,
        "accuracy_tree_param": name_trees,
    }
    return [name for name, step in steps.items() if step(net)]


def move_transform(net: pb.NetParameter) -> bool:
    """Move transform_param from data_param or image_data_param to the layer; say if there was."""
    moved = False
    layers: list[Any] = [*net.layers, *net.layer]
    for layer in layers:
        for data in (layer.data_param, layer.image_data_param):
            if data.HasField("transform_param"):
                moved = True
                layer.transform_param.MergeFrom(data.transform_param)
                data.ClearField("transform_param")
    return moved


def rename_holes(net: pb.NetParameter) -> bool:
    """Write DeepLab's `hole` as the `dilation` that Caffe has had since; say if there was one."""
    renamed = False
    layers: list[Any] = [*net.layers, *net.layer]
    for layer in layers:
        param = layer.convolution_param
        holes = [param.hole] if param.hole else [param.hole_h or 1, param.hole_w or 1]
        if any(param.HasField(name) for name in ("hole", "hole_h", "hole_w")):
            renamed = True
            param.dilation[:] = holes
            for name in ("hole", "hole_h", "hole_w"):
                param.ClearField(name)
    return renamed


def name_trees(net: pb.NetParameter) -> bool:
    """Write accuracy_tree_param as tree_param and accuracy_param; say if there was one."""
    renamed = False
    for layer in net.layers:
        if layer.HasField("accuracy_tree_param"):
            renamed, old = True, layer.accuracy_tree_param
            layer.accuracy_param.top_k = old.top_k
            layer.tree_param.tree_depth = old.tree_depth
            layer.tree_param.label_transform_file.extend(old.label_transform_file)
            layer.ClearField("accuracy_tree_param")
    return renamed


def own_params(net: pb.NetParameter) -> list[int]:
    """Give layers the weights that they take from Parameter layers (`param_bottoms`), by name.

    Returns the former index of each layer that stays: a Parameter layer whose blob nothing reads
    any more goes.
    """
    makers = {top: layer for layer in net.layer if layer.type == "Parameter" for top in layer.top}
    taken = {name for layer in net.layer for name in _take(layer, makers)}
    read = {name for layer in net.layer for name in layer.bottom}
    gone = {id(makers[name]) for name in taken - read}
    kept = [i for i, layer in enumerate(net.layer) if id(layer) not in gone]
    if gone:
        layers = [pb.LayerParameter.FromString(net.layer[i].SerializeToString()) for i in kept]
        del net.layer[:]
        net.layer.extend(layers)
    return kept


def _take(layer: pb.LayerParameter, makers: dict[str, pb.LayerParameter]) -> list[str]:
    """Name the parameters of one layer after the bottoms that hold them; return these."""
    names = list(layer.bottom[len(layer.bottom) - layer.param_bottoms :])
    if not layer.param_bottoms or any(name not in makers for name in names):
        return []
    del layer.bottom[-len(names) :]
    layer.ClearField("param_bottoms")
    for i, name in enumerate(names):
        while len(layer.param) <= i:
            layer.param.add()
        layer.param[i].MergeFrom(next(iter(makers[name].param), pb.ParamSpec()))
        layer.param[i].name = name
    return names
