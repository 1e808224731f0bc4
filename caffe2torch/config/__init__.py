"""A solver and the nets it names: where its files are, in which states, what Caffe refuses."""
