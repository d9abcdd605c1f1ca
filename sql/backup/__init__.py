"""Backups of the whole database: made while it works, verified before they count, rotated, and restored."""
