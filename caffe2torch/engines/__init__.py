"""Running what convert wrote in other engines, and telling how far they are from the graph.

`runtimes/` holds one engine a file; `check` compares a model in one of them.
"""
