"""Tests of the background service."""
