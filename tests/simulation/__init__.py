"""Whole sites on a simulated clock, with every fault, from one seed: the product's own code, only its edges replaced.

python -m tests.simulation --seed 7 --days 2    # one site, told in lines
python run_all.py soak --minutes 30             # new seeds until the time is over
"""
