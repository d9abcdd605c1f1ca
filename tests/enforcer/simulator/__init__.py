"""The simulated site, from its frames to its control port."""
