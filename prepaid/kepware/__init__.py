"""Kepware as the source of readings: what its DataLogger writes, and how single tags become readings."""
