"""Pieces that pages are made of; they draw what they are given and ask nothing."""
