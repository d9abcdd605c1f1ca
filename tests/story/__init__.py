"""The story of the product, told over real sockets, a real mail server and a real database."""
