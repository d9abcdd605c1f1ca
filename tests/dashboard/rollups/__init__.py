"""Roll-ups: what pandas makes of sums."""
