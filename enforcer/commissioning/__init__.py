"""Commissioning: the test on the spot, within the passes of the enforcer and by hand from the command line."""
