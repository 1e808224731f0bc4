"""A trained net on pictures and databases: what it sees in them, and the blobs it computes."""
