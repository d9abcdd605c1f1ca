"""The page Recharge, piece by piece: the customer, the sale, the receipt."""
