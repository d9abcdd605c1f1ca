"""Answers that are kept for a moment."""
