"""Tests of prepaid/kepware."""
