"""LossTree: losses along a tree of classifiers (yjxiong); shapes only."""

from __future__ import annotations

from caffe2torch.layers.softmax_loss_tree import SoftmaxLossTree


class LossTree(SoftmaxLossTree):
    """A loss for each depth of a tree of classifiers: SoftmaxLossTree under its older name.

    Only its shapes are known here: a net with it can be read, checked and drawn, not run.

    Shape:    scores of each classifier (N, any), labels (N) -> () for each depth
    Params:   tree_depth; label_transform_file, one a classifier; layer_weight, one a depth
    Weights:  none
    Differs:  it cannot be run
    Raises:   ShapeError if bottoms and files, or tops and depth, do not fit; UnsupportedError
              when it is to be run
    Source:   yjxiong's caffe (2014) models/two_layer_tree, the nets alone
    """

    type = "LossTree"
    aliases = ("LOSS_TREE",)
    loss = False  # its tops are weighed by layer_weight
    param_field = "loss_tree_param"
