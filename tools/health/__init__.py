"""Small configs on real digits, healthy and with one fault each, to try the detectors on."""
