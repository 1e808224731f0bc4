"""DocData: scanned documents with labels of several kinds (a fork's)."""

from __future__ import annotations

from typing import Any

from caffe2torch.errors import ShapeError, plural
from caffe2torch.layers._data import image, unread
from caffe2torch.layers.base import Layer, Shape, Site


class DocData(Layer):
    """Records of one or several databases, each drawn by its weight.

    Shape:    nothing -> images (batch_size, C, H, W), labels (batch_size) for each of label_names
    Params:   sources; weights; batch_size; rand_skip; backend; label_names; missing_value [-1];
              image_transform_param: a list of resizes, crops, reflections and scales
    Weights:  none
    Differs:  its records (DocumentDatum) are not read here: feed its tops
    Raises:   DataError, as nothing reads it; ShapeError without sources or with tops that are not
              one more than label_names
    Source:   a fork of Caffe for documents (2015), src/caffe/layers/doc_data_layer.cpp
    """

    type = "DocData"
    origin = "single forks"
    bottoms, tops = 0, (1, None)
    source = True
    shapes_only = True
    param_field = "doc_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        param = x.param.doc_data_param
        if not param.sources:
            raise ShapeError("no source is set", field="doc_data_param", hint="write sources")
        if param.label_names and x.n_tops != 1 + len(param.label_names):
            raise ShapeError(
                f"has {plural(x.n_tops, 'top')} for {plural(len(param.label_names), 'label')}",
                field="doc_data_param.label_names",
                hint="write one top for the images, and one for each label",
            )
        return unread(x, "the documents of a fork's database")

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.doc_data_param.batch_size or 1
        c, h, w = image(x, None)
        for step in x.param.image_transform_param.params:
            sizes: list[Any] = [*step.resize_params, *step.crop_params]
            for size in sizes:
                h = next(iter(size.height or size.size), h)
                w = next(iter(size.width or size.size), w)
        shapes: list[Shape] = [(n, c, h, w)]
        return shapes + [(n,)] * (x.n_tops - 1)
