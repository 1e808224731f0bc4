"""Training as Caffe trains: learning-rate policies, update methods, snapshots, log and loop."""
