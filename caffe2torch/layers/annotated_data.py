"""AnnotatedData: batches of images with boxes from a database (SSD)."""

from __future__ import annotations

from caffe2torch.layers._data import image, probed, unread
from caffe2torch.layers.base import Layer, Role, Shape, Site


class AnnotatedData(Layer):
    """Images with their objects, distorted, widened, cut and resized at random as SSD trains.

    Shape:    nothing -> images (batch_size, C, H, W), objects (1, 1, G, 8): image in the batch,
              label, instance, xmin, ymin, xmax, ymax in fractions, difficult; a row of -1 if
              there is no object[, MobileNet-YOLO's labels of pixels (batch_size, 1, h, w)]
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
    bottoms, tops = 0, (1, 3)
    source = True
    roles = frozenset({Role.IMAGES})
    data_field = "data_param"
    ignored = ("scale", "mean_file", "crop_size", "mirror", "rand_skip")
    param_field = "annotated_data_param"

    def shapes(self, x: Site) -> list[Shape]:
        if x.n_tops > 2:
            return unread(x, "label maps of MobileNet-YOLO (third top)")
        return probed(x)

    def assumed(self, x: Site) -> list[Shape]:
        n = x.param.data_param.batch_size or 1
        # the YOLO fork's own labels: class, x, y, width and height of up to 300 objects
        yolo = x.param.annotated_data_param.yolo_data_type == 1
        labels: Shape = (n, 1, 300, 5) if yolo else (1, 1, 1, 8)
        images = (n, *image(x, x.param.data_param))
        return [images, labels, self._labels(x, images)][: x.n_tops]

    def _labels(self, x: Site, images: Shape) -> Shape:
        """The shape of MobileNet-YOLO's third top, a map of labels."""
        param = x.param.annotated_data_param
        w, h = param.seg_resize_width, param.seg_resize_height
        scale = max(1, param.seg_scales)
        return (images[0], 1, *((h, w) if w and h else (images[2] // scale, images[3] // scale)))
