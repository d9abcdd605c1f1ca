"""Tests of run_all, with small stand-ins for the processes it starts."""
