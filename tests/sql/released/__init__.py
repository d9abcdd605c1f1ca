"""Databases that released programs have left, and that every later program brings up to date."""
