"""Tests of sql/kepware."""
