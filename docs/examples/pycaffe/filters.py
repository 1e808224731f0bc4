"""Draw the filters of the first convolution as one picture.

c2t run filters.py deploy.prototxt weights.caffemodel filters.png
"""

import sys

import caffe
import numpy as np
from PIL import Image

proto, weights, picture = sys.argv[1:]
net = caffe.Net(proto, caffe.TEST, weights=weights)
name = next(n for n, layer in net.layer_dict.items() if layer.type == "Convolution")
filters = net.params[name][0].data.transpose(0, 2, 3, 1)  # (number, height, width, channels)
filters = (filters - filters.min()) / np.ptp(filters)
side = int(np.ceil(np.sqrt(len(filters))))
padding = ((0, side**2 - len(filters)), (0, 1), (0, 1), (0, 0))
tiles = np.pad(filters, padding, constant_values=1)
height, width, channels = tiles.shape[1:]
tiles = tiles.reshape(side, side, height, width, channels).swapaxes(1, 2)
image = (255 * tiles.reshape(side * height, side * width, channels)).astype(np.uint8)
Image.fromarray(image[..., :3] if channels >= 3 else image[..., 0]).save(picture)
