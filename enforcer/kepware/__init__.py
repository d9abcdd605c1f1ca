"""Ingest: readings out of the log of a KEPServerEX instead of over Modbus."""
