"""`run_all.py service`: the product as services of the system, which start with the machine and for years."""
