"""As it was written for OpenCV 3 or 4; in OpenCV 5: `c2t run opencv_before.py ...`.

python opencv_before.py deploy.prototxt WEIGHTS.caffemodel picture.png
"""

import sys

import cv2

net = cv2.dnn.readNetFromCaffe(sys.argv[1], sys.argv[2])
image = cv2.imread(sys.argv[3], cv2.IMREAD_GRAYSCALE)
net.setInput(cv2.dnn.blobFromImage(image, 1 / 256, (8, 8), 78))
scores = net.forward()
print(f"class {scores.argmax()} with {scores.max():.4f}")
