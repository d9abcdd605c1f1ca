"""Figures: what is drawn from which records."""
