"""Proofs that the books are right: what design.md, section 8, says must always hold, as questions to the database."""
