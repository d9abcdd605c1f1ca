"""What the world can do wrong, by noun. The docstring of each error is the sentence that a person reads."""
