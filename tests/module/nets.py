"""A net of two inner products, for the tests of modules."""

from __future__ import annotations

from tests.graph.nets import DATA, ip, relu

SMALL = DATA + ip("a", "data", "a") + relu("r", "a", "a") + ip("b/1x1", "a", "b", n=5)


def filled(text: str) -> str:
    """InnerProducts with xavier weights instead of Caffe's default, zeros."""
    filler = 'inner_product_param { weight_filler { type: "xavier" }'
    return text.replace("inner_product_param {", filler)
