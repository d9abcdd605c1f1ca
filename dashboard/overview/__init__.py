"""The pieces of Overview."""
