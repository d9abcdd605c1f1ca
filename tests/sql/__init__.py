"""The room of the database."""
