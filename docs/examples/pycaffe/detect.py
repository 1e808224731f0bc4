"""Detect with a Fast R-CNN: an image of any size and its regions in, scores and boxes out.

c2t run detect.py test.prototxt weights.caffemodel image.png
"""

import sys

import caffe
import numpy as np

SHORT_SIDE, MEANS = 48, np.array([102.9801, 115.9465, 122.7717])


def im_detect(net, image, boxes):
    """Return scores (regions, classes) and boxes (regions, 4 · classes) of a BGR image."""
    scale = SHORT_SIDE / min(image.shape[:2])
    size = tuple(round(n * scale) for n in image.shape[:2])
    blob = caffe.io.resize_image(image - MEANS, size).transpose(2, 0, 1)[None]
    rois = np.hstack([np.zeros((len(boxes), 1)), boxes * scale]).astype(np.float32)
    net.blobs["data"].reshape(*blob.shape)
    net.blobs["rois"].reshape(*rois.shape)
    out = net.forward(data=blob.astype(np.float32, copy=False), rois=rois)
    return out["cls_prob"], moved(boxes, out["bbox_pred"])


def moved(boxes, deltas):
    """Apply (dx, dy, dw, dh), in units of the boxes, to boxes (x1, y1, x2, y2)."""
    width, height = (boxes[:, 2:] - boxes[:, :2] + 1).T[..., None]
    x, y = boxes[:, :1] + width / 2, boxes[:, 1:2] + height / 2
    dx, dy, dw, dh = (deltas[:, k::4] for k in range(4))
    x, y, w, h = x + dx * width, y + dy * height, np.exp(dw) * width, np.exp(dh) * height
    return np.stack([x - w / 2, y - h / 2, x + w / 2, y + h / 2], -1).reshape(len(boxes), -1)


net = caffe.Net(sys.argv[1], sys.argv[2], caffe.TEST)
image = caffe.io.load_image(sys.argv[3])[:, :, ::-1] * 255
boxes = np.array([[0, 0, 20, 20], [10, 5, 59, 39]], float)
scores, found = im_detect(net, image, boxes)
for region, row in zip(boxes, scores, strict=True):
    print(region, "class", row.argmax(), f"{row.max():.3f}")
print("boxes", found.shape)
