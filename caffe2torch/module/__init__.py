"""From a graph to a torch module that runs on batches: emit, build, feed, run."""
