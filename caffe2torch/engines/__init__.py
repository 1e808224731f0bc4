"""Running what convert wrote in other engines, and telling how far they are from the graph.

`check` compares a model in an engine; the engines themselves are in convert/runtimes/.
"""
