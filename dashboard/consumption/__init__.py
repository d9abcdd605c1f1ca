"""What the page Consumption is made of: its filters and its cards."""
