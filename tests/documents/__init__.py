"""Tests of what people read, and how it leaves."""
