"""Benches, run by hand: `python -m tests.bench`. Their figures are quoted as ratios within one run, never asserted."""
