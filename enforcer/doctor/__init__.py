"""`python -m enforcer doctor`: looks at everything the product needs, and answers in sentences that say what to do."""
