"""The parts of the web server around the pages: gate, headers, bundles, shell, the cookie's routes."""
