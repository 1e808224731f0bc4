"""Reads run folders and the logs of Caffe and its forks. No torch here."""
