"""KEPServerEX as a source: the tags that it has to read of a PAC3220, and a ready project for it."""
