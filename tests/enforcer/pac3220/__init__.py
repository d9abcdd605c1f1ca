"""Tests of the register map and its decoder."""
