"""The product in a real browser: every process of it, a simulated building, and people who click."""
