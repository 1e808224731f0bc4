"""Writers of databases: one file a foreign format, and `database.py`, which all of them use."""
