"""Questions whose answers are kept for a moment: many viewers of one site cost one question."""
