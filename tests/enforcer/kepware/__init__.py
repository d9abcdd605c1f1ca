"""Tests of enforcer/kepware."""
