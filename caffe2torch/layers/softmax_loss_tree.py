"""SoftmaxLossTree: softmax losses along a tree of classifiers (yjxiong); shapes only."""

from __future__ import annotations

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._shape_only import refuse_to_run
from caffe2torch.layers.base import Layer, Shape, Site
from caffe2torch.layers.code import Code

WHY = "its fork was never published with the code of this layer"


class SoftmaxLossTree(Layer):
    """A loss for each depth of a tree of classifiers, one bottom each, and the labels.

    Only its shapes are known here: a net with it can be read, checked and drawn, not run.

    Shape:    scores of each classifier (N, any), labels (N) -> () for each depth
    Params:   tree_depth; label_transform_file, one a classifier; node_weight
    Weights:  none
    Differs:  it cannot be run
    Raises:   ShapeError if bottoms and files, or tops and depth, do not fit; UnsupportedError
              when it is to be run
    Source:   yjxiong's caffe (2014) src/caffe/proto/caffe.proto, TreeParameter; its AccuracyTree
    """

    type = "SoftmaxLossTree"
    aliases = ("SOFTMAX_LOSS_TREE",)
    origin = "yjxiong"
    shapes_only = True
    bottoms, tops = (2, None), (1, None)
    loss = True
    param_field = "tree_param"

    def shapes(self, x: Site) -> list[Shape]:
        return tree_shapes(x, self.param_field)

    def force_backward(self, x: Site, bottom: int) -> bool:
        return bottom < len(x.bottoms) - 1

    def code(self, x: Site) -> Code:
        refuse_to_run(x, WHY, "train with a SoftmaxWithLoss a classifier")


def tree_shapes(x: Site, field: str) -> list[Shape]:
    """A scalar for each depth. Raises ShapeError unless there is a file for each classifier."""
    param = getattr(x.param, field)
    files, depth = len(param.label_transform_file), param.tree_depth
    if len(x.bottoms) != files + 1:
        raise ShapeError(
            f"has {plural(len(x.bottoms), 'bottom')} for {plural(files, 'label_transform_file')}",
            field=f"{field}.label_transform_file",
            hint="write one bottom for each file, and the labels last",
        )
    if x.n_tops != depth:
        raise ShapeError(
            f"has {plural(x.n_tops, 'top')}, and tree_depth is {depth}",
            field=f"{field}.tree_depth",
            hint="write one top a depth",
        )
    return [()] * x.n_tops
