"""The demo site: profiles, loads, outages and what is made from them."""
