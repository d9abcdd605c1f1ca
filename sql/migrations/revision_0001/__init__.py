"""The first schema, as it was: it does not import the tables of today."""
