"""Moving sites and databases."""
