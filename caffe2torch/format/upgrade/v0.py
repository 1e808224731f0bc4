"""V0 layers (2013) become V1 layers; padding layers fold into what they pad.

Source: Caffe src/caffe/util/upgrade_proto.cpp, UpgradeV0PaddingLayers,
UpgradeV0LayerParameter, UpgradeV0LayerType
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from caffe2torch import caffe_pb2 as pb
from caffe2torch.errors import GraphError, SchemaError, Span, nearest
from caffe2torch.format.schema import UNREPRODUCED

TYPES = {
    "accuracy": "ACCURACY", "bnll": "BNLL", "concat": "CONCAT", "conv": "CONVOLUTION",
    "data": "DATA", "dropout": "DROPOUT", "euclidean_loss": "EUCLIDEAN_LOSS",
    "flatten": "FLATTEN", "hdf5_data": "HDF5_DATA", "hdf5_output": "HDF5_OUTPUT",
    "im2col": "IM2COL", "images": "IMAGE_DATA", "infogain_loss": "INFOGAIN_LOSS",
    "innerproduct": "INNER_PRODUCT", "lrn": "LRN",
    "multinomial_logistic_loss": "MULTINOMIAL_LOGISTIC_LOSS", "pool": "POOLING",
    "relu": "RELU", "sigmoid": "SIGMOID", "softmax": "SOFTMAX", "softmax_loss": "SOFTMAX_LOSS",
    "split": "SPLIT", "tanh": "TANH", "window_data": "WINDOW_DATA",
    "locally_connected": "LOCAL",  # of an experiment
    "squaredhingeloss": "HINGE_LOSS",  # DSN's, of the square
}  # fmt: skip

IMPLIED = {
    "squaredhingeloss": pb.V1LayerParameter(
        hinge_loss_param=pb.HingeLossParameter(norm=pb.HingeLossParameter.L2)
    )
}
"""What a type of V0 says besides."""

_LOCAL = {"locally_connected": "local_param"}
_CONV_OR_IP = {"conv": "convolution_param", "innerproduct": "inner_product_param"} | _LOCAL
_CONV_OR_POOL = {"conv": "convolution_param", "pool": "pooling_param"} | _LOCAL
_CONV = {"conv": "convolution_param"}
_LRN = {"lrn": "lrn_param"}
_IMAGES = {"images": "image_data_param"}
_WINDOW = {"window_data": "window_data_param"}
_DATA = {"data": "data_param", "hdf5_data": "hdf5_data_param"} | _IMAGES | _WINDOW
_ANY = dict.fromkeys(TYPES, "transform_param")

# V0 field -> name of the new field, and by type the message that has it. Forks' fields last.
FIELDS: dict[str, tuple[str, dict[str, str]]] = {
    "num_output": ("num_output", _CONV_OR_IP),
    "biasterm": ("bias_term", _CONV_OR_IP),
    "weight_filler": ("weight_filler", _CONV_OR_IP),
    "bias_filler": ("bias_filler", _CONV_OR_IP),
    "pad": ("pad", _CONV_OR_POOL),
    "kernelsize": ("kernel_size", _CONV_OR_POOL),
    "group": ("group", _CONV),
    "stride": ("stride", _CONV_OR_POOL),
    "pool": ("pool", {"pool": "pooling_param"}),
    "dropout_ratio": ("dropout_ratio", {"dropout": "dropout_param"}),
    "local_size": ("local_size", _LRN),
    "alpha": ("alpha", _LRN),
    "beta": ("beta", _LRN),
    "k": ("k", _LRN),
    "source": ("source", _DATA | {"infogain_loss": "infogain_loss_param"}),
    "scale": ("scale", _ANY),
    "meanfile": ("mean_file", _ANY),
    "batchsize": ("batch_size", _DATA),
    "cropsize": ("crop_size", _ANY),
    "mirror": ("mirror", _ANY),
    "rand_skip": ("rand_skip", {"data": "data_param"} | _IMAGES),
    "shuffle_images": ("shuffle", _IMAGES),
    "new_height": ("new_height", _IMAGES),
    "new_width": ("new_width", _IMAGES),
    "concat_dim": ("concat_dim", {"concat": "concat_param"}),
    "det_fg_threshold": ("fg_threshold", _WINDOW),
    "det_bg_threshold": ("bg_threshold", _WINDOW),
    "det_fg_fraction": ("fg_fraction", _WINDOW),
    "det_context_pad": ("context_pad", _WINDOW),
    "det_crop_mode": ("crop_mode", _WINDOW),
    "hdf5_output_param": ("", {"hdf5_output": "hdf5_output_param"}),
    "context_pad": ("context_pad", _WINDOW),
    "crop_mode": ("crop_mode", _WINDOW),
    "subtraction": ("mean_value", _ANY),
}


def fold_padding(net: pb.NetParameter, place: Callable[[int, str], Span | None]) -> list[int]:
    """Give the padding of each padding layer to the conv or pool behind it, in place.

    Returns the former index of each layer that stays. `place` tells where a field of the i-th
    layer is written.
    Raises: GraphError for an unknown bottom, or a padding layer before any other type.
    """
    old = list(net.layers)
    maker = dict.fromkeys((*net.input, *net.bottom), -1)
    kept, indices = [], []
    for i, layer in enumerate(old):
        for j, blob in enumerate(layer.bottom):
            if blob not in maker:
                what = f'layer "{layer.layer.name}" reads "{blob}", which no layer before it makes'
                raise GraphError(what, span=place(i, f"bottom[{j}]"))
            source = maker[blob]
            if source >= 0 and old[source].layer.type == "padding":
                refusal = _fold(old[source], layer, j)
                if refusal:
                    raise GraphError(f'layer "{layer.layer.name}" {refusal}', span=place(i, ""))
        if layer.layer.type != "padding":
            kept.append(layer)
            indices.append(i)
        maker.update((top, i) for top in layer.top)
    layers = [pb.V1LayerParameter.FromString(layer.SerializeToString()) for layer in kept]
    del net.layers[:]
    net.layers.extend(layers)
    return indices


def _fold(padding: pb.V1LayerParameter, layer: pb.V1LayerParameter, bottom: int) -> str:
    """Fold one padding layer into a layer that reads it; return why not, if it cannot be."""
    type_name = layer.layer.type
    if type_name not in ("conv", "pool"):
        return f"({type_name}) reads a padding layer; only conv and pool can"
    if (len(layer.bottom), len(padding.bottom), len(padding.top)) != (1, 1, 1):
        return "and the padding layer before it need one bottom and one top each"
    layer.layer.pad = padding.layer.pad
    layer.bottom[bottom] = padding.bottom[0]
    return ""


def upgrade_layer(old: pb.V1LayerParameter, problems: list[str]) -> pb.V1LayerParameter:
    """Return a V0 layer as a V1 layer; fields that its type does not know go to `problems`.

    Raises: SchemaError if the type is unknown.
    """
    new = pb.V1LayerParameter(bottom=old.bottom, top=old.top)
    if not old.HasField("layer"):
        return new
    layer = old.layer
    if layer.HasField("name"):
        new.name = layer.name
    if layer.HasField("type"):
        new.type = pb.V1LayerParameter.LayerType.Value(_type(layer.type))
        new.MergeFrom(IMPLIED.get(layer.type, pb.V1LayerParameter()))
    new.blobs.extend(layer.blobs)
    new.blobs_lr.extend(layer.blobs_lr)
    new.weight_decay.extend(layer.weight_decay)
    for field, (name, owners) in FIELDS.items():
        if not layer.HasField(field):
            continue
        if layer.type in owners:
            _set(getattr(new, owners[layer.type]), name, getattr(layer, field))
        elif owners is _ANY:
            _set(new.transform_param, name, getattr(layer, field))
        else:
            shown = "shuffle" if field == "shuffle_images" else field
            problems.append(f"Unknown parameter {shown} for layer type {layer.type}")
    for descriptor, _ in layer.ListFields():
        if descriptor.number >= UNREPRODUCED:
            problems.append(
                f"{descriptor.name}, a fork's field, of layer type {layer.type} is lost"
            )
    return new


def _type(name: str) -> str:
    if name in TYPES:
        return TYPES[name]
    close = nearest(name, TYPES)
    known = ", ".join(TYPES)
    hint = f'did you mean "{close[0]}"?' if close else f"V0 knows {known}"
    raise SchemaError(f'"{name}" is not a layer type of the V0 format', hint=hint)


def _set(owner: Any, name: str, value: Any) -> None:
    """Set a field, append to it if it is repeated, copy it if it is a message."""
    if not name:
        owner.CopyFrom(value)
    elif hasattr(getattr(owner, name), "append"):
        getattr(owner, name).append(value)
    elif hasattr(value, "CopyFrom"):
        getattr(owner, name).CopyFrom(value)
    else:
        setattr(owner, name, value)
