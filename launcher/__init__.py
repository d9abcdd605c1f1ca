"""What `run_all.py` does: the environment, the database, the processes. Standard library and `prepaid` only."""
