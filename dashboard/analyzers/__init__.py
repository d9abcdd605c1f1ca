"""The Analyzers page: the list of a site, one analyzer in every detail, and what may be asked about it."""
