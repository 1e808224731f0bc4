"""V1 layers (2014) become layers of the present format.

Source: Caffe src/caffe/util/upgrade_proto.cpp, UpgradeV1LayerParameter, UpgradeV1LayerType,
UpgradeNetDataTransformation
"""

from __future__ import annotations

from caffe2torch import caffe_pb2 as pb

# The last lines are of forks; other forks' names stay as they are.
TYPES = {
    "NONE": "", "ABSVAL": "AbsVal", "ACCURACY": "Accuracy", "ARGMAX": "ArgMax", "BNLL": "BNLL",
    "CONCAT": "Concat", "CONTRASTIVE_LOSS": "ContrastiveLoss", "CONVOLUTION": "Convolution",
    "DATA": "Data", "DECONVOLUTION": "Deconvolution", "DROPOUT": "Dropout",
    "DUMMY_DATA": "DummyData", "EUCLIDEAN_LOSS": "EuclideanLoss", "ELTWISE": "Eltwise",
    "EXP": "Exp", "FLATTEN": "Flatten", "HDF5_DATA": "HDF5Data", "HDF5_OUTPUT": "HDF5Output",
    "HINGE_LOSS": "HingeLoss", "IM2COL": "Im2col", "IMAGE_DATA": "ImageData",
    "INFOGAIN_LOSS": "InfogainLoss", "INNER_PRODUCT": "InnerProduct", "LRN": "LRN",
    "MEMORY_DATA": "MemoryData", "MULTINOMIAL_LOGISTIC_LOSS": "MultinomialLogisticLoss",
    "MVN": "MVN", "POOLING": "Pooling", "POWER": "Power", "RELU": "ReLU", "SIGMOID": "Sigmoid",
    "SIGMOID_CROSS_ENTROPY_LOSS": "SigmoidCrossEntropyLoss", "SILENCE": "Silence",
    "SLICE": "Slice", "SOFTMAX": "Softmax", "SOFTMAX_LOSS": "SoftmaxWithLoss", "SPLIT": "Split",
    "TANH": "TanH", "THRESHOLD": "Threshold", "WINDOW_DATA": "WindowData",
    "CROP": "Crop", "RELU6": "ReLU6", "ROI_POOLING": "ROIPooling", "SELU": "SeLU",
    "SELU_DROPOUT": "SeLuDropout", "SMOOTH_L1_LOSS": "SmoothL1Loss", "TOPK": "TopK",
    "SPATIAL_PYRAMID_POOLING": "SpatialPyramidPooling", "TRANSFORM_ACCURACY": "TransformAccuracy",
    "TRANSFORM_SOFTMAX_LOSS": "TransformSoftmaxLoss", "ACCURACY_REGRESSION": "AccuracyRegression",
    "ACCURACY_TREE": "AccuracyTree", "COMPACT_DATA": "CompactData", "LOCAL": "Local",
    "LOSS_TREE": "LossTree", "LRN_MAP": "LRNMap", "SOFTMAX_LOSS_TREE": "SoftmaxLossTree",
    "SPATIAL_PYRAMID_POOLING_DATA": "SpatialPyramidPoolingData",
    "MULTI_STAGE_MEANFIELD": "MultiStageMeanfield", "IMAGE_SEG_DATA": "ImageSegData",
}  # fmt: skip

DATA_PARAMS = {
    pb.V1LayerParameter.DATA: "data_param",
    pb.V1LayerParameter.IMAGE_DATA: "image_data_param",
    pb.V1LayerParameter.WINDOW_DATA: "window_data_param",
}
TRANSFORM_FIELDS = ("scale", "mean_file", "crop_size", "mirror")

_REPEATED = ("bottom", "top", "include", "exclude", "blobs", "loss_weight")
_PARAMS = [
    field.name
    for field in pb.V1LayerParameter.DESCRIPTOR.fields
    if field.name.endswith("_param") and field.name in pb.LayerParameter.DESCRIPTOR.fields_by_name
]


def needs_data_upgrade(net: pb.NetParameter) -> bool:
    """Say whether a V1 data layer has transformation fields among its data fields."""
    for layer in net.layers:
        name = DATA_PARAMS.get(layer.type)
        if name and any(getattr(layer, name).HasField(field) for field in TRANSFORM_FIELDS):
            return True
    return False


def move_transform_fields(net: pb.NetParameter) -> None:
    """Move scale, mean_file, crop_size and mirror of every V1 data layer to transform_param."""
    for layer in net.layers:
        name = DATA_PARAMS.get(layer.type)
        if name is None:
            continue
        data, transform = getattr(layer, name), layer.transform_param
        data.SetInParent()
        transform.SetInParent()
        for field in TRANSFORM_FIELDS:
            if data.HasField(field):
                setattr(transform, field, getattr(data, field))
                data.ClearField(field)


def upgrade_layer(old: pb.V1LayerParameter) -> pb.LayerParameter:
    """Return a V1 layer in the present format; a V0 layer inside it is ignored."""
    new = pb.LayerParameter()
    for name in _REPEATED:
        getattr(new, name).extend(getattr(old, name))
    if old.HasField("name"):
        new.name = old.name
    if old.HasField("type"):
        name = pb.V1LayerParameter.LayerType.Name(old.type)
        new.type = TYPES.get(name, name)  # the forks' own: layer types know this spelling
    _upgrade_params(old, new)
    for name in _PARAMS:
        if old.HasField(name):
            getattr(new, name).CopyFrom(getattr(old, name))
    return new


def _upgrade_params(old: pb.V1LayerParameter, new: pb.LayerParameter) -> None:
    """Collect the four parallel lists of V1 in one ParamSpec a parameter."""
    for field, values in (
        ("name", old.param),
        ("share_mode", old.blob_share_mode),
        ("lr_mult", old.blobs_lr),
        ("decay_mult", old.weight_decay),
    ):
        for i, value in enumerate(values):
            while len(new.param) <= i:
                new.param.add()
            setattr(new.param[i], field, value)
