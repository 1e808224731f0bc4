"""The dataset that ships with the package, and the ready Caffe folder made of it."""
