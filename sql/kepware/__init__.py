"""Kepware in the database: its log tables as they were found, which tag is what, and how far they were read."""
