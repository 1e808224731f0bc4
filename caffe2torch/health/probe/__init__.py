"""`c2t probe`: the checks that an expert does by hand, within a minute on a processor.

`probe` looks at a batch and at the first step, trains for a moment, as configured, on one batch,
and with each fix of the lint, and says what the cause is.
"""
