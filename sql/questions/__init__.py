"""Questions of pages and routes: each takes the viewer, permits it first, and answers frozen records."""
