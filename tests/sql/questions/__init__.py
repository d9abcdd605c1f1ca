"""The questions of pages and routes."""
