"""The project for KEPServerEX."""
