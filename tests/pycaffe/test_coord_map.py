"""How the coordinates of two tops relate, and the Crop that aligns them."""

from __future__ import annotations

import numpy as np
import pytest

from caffe2torch.pycaffe import NetSpec, coord_map
from caffe2torch.pycaffe import layers as L


def test_maps_of_windows() -> None:
    n = NetSpec()
    n.data = L.Input(shape={"dim": [1, 1, 50, 50]})
    n.conv = L.Convolution(n.data, kernel_size=5, stride=2, pad=1, num_output=1)
    n.up = L.Deconvolution(n.conv, convolution_param={"kernel_size": 4, "stride": 2})
    # output 0 of the convolution looks at inputs -1 to 3, whose middle is 1: x/2 - 1/2
    axis, scale, shift = coord_map.coord_map_from_to(n.conv, n.data)
    assert (axis, scale, shift) == (1, 2, 1)
    axis, scale, shift = coord_map.coord_map_from_to(n.up, n.data)
    assert (axis, scale) == (1, 1)
    np.testing.assert_array_equal(shift, [-0.5])
    with pytest.raises(AssertionError, match="noninteger offset"):
        coord_map.crop(n.up, n.data)


def test_crop_aligns_a_padded_net() -> None:
    n = NetSpec()
    n.data = L.Input(shape={"dim": [1, 1, 50, 50]})
    n.conv = L.Convolution(n.data, kernel_size=3, pad=10, num_output=1)
    n.relu = L.ReLU(n.conv, in_place=True)
    n.crop = coord_map.crop(n.relu, n.data)
    crop = n.to_proto().layer[-1].crop_param
    assert (crop.axis, list(crop.offset)) == (2, [9])
    n.ip = L.InnerProduct(n.relu)
    with pytest.raises(RuntimeError, match="Could not compute map"):
        coord_map.crop(n.ip, n.data)
