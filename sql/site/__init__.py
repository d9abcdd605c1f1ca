"""`python -m sql site FILE`: a real site from a TOML file; all of it is checked first, what exists is never changed."""

from sql.site.load import main

__all__ = ["main"]
