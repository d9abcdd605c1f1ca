"""Pieces of pages, each by itself."""
