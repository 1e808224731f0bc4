"""Data as Caffe reads it: a database or list, records, batches, transform_param. No torch.

The line runs sources (records of a database) -> datum (one record, decoded) -> transform (a
batch in float32) -> feeds (one file a source layer) -> pipeline (all source layers of a net,
prefetched in the background), which alone hands out tensors.
"""
