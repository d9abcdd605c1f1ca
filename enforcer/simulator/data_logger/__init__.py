"""What the DataLogger of a KEPServerEX would write of the simulated analyzers, and what can go wrong on the way."""
