"""Tests of the simulated DataLogger."""
