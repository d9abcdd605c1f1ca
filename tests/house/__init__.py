"""Tests of the house as a whole: what may import what, the lock, the licences, the files that people start with."""
