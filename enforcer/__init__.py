"""The background service: it reads the analyzers, charges, decides, switches and notifies."""
