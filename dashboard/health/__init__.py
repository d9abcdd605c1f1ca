"""Health: what is wrong, gravest first, and the state of each part of the product."""
