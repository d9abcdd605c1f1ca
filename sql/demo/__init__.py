"""The demo site: tenants, devices and loads from a seed, and the loader of its history. Needs no SQLAlchemy itself."""
