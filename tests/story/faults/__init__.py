"""The fault table over real sockets: what the operator sees, what the tenant sees, that others are unaffected."""
