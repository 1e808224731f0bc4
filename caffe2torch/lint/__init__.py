"""Says why a Caffe config will not train, with numbers, before a GPU is spent. No torch here.

`engine.lint` reads a solver or net, gives a `Context` to every rule in `rules/`, and returns the
findings, the most likely cause first. Rules decide; `fix` edits; `formats` print.
"""
