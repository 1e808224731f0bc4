"""Watches a run and says what goes wrong in it, with its evidence and what to do.

`monitor` listens to the training loop, keeps a `history` of plain numbers, and asks each of
`detectors/` about it on a schedule.
"""
