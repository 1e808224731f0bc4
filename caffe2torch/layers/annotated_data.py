"""AnnotatedData: batches of images with boxes from a database (SSD)."""

from __future__ import annotations

from caffe2torch.layers._data import image, probed
from caffe2torch.layers.base import Layer, Role, Shape, Site


class AnnotatedData(Layer):
    """Images with their objects, distorted, widened, cut and resized at random as SSD trains.

    Shape:    nothing -> images (batch_size, C, H, W), objects (1, 1, G, 8): image in the batch,
              label, instance, xmin, ymin, xmax, ymax in fractions, difficult; a row of -1 if
              there is no object
    Params:   data_param source, batch_size, backend; annotated_data_param batch_sampler;
              transform_param resize_param, distort_param, expand_param, emit_constraint, crop,
              mirror, mean and scale
    Weights:  none
    Differs:  cut images are not compressed as JPEG again, as SSD does; other random numbers;
              noise_param and geometry_param are not applied, with a note
    Raises:   DataError if the database cannot be read; ShapeError for sizes that do not fit
    Source:   Liu et al., SSD (2016), section 2.2; SSD's caffe annotated_data_layer.cpp
    """

    type = "AnnotatedData"
    origin = "ssd"
    bottoms, tops = 0, (1, 2)
    source = True
    roles = frozenset({Role.IMAGES})
    data_field = "data_param"
    ignored = ("scale", "mean_file", "crop_size", "mirror", "rand_skip")
    param_field = "annotated_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        return probed(x)

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.data_param.batch_size or 1
        # the YOLO fork's own labels: class, x, y, width and height of up to 300 objects
        yolo = x.param.annotated_data_param.yolo_data_type == 1
        labels: Shape = (n, 1, 300, 5) if yolo else (1, 1, 1, 8)
        return [(n, *image(x, x.param.data_param)), labels][: x.n_tops]
