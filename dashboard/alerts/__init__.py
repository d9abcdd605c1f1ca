"""The pieces of Alerts and events."""
