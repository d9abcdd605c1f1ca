"""Tests of the product as services of the system."""
