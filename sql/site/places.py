"""How the lines of a file are named to the people who wrote it."""


class Places:
    """In a site file: by the kind of the table, its number in the file, its name, and the key."""

    def row(self, kind: str, number: int, name: str) -> str:
        """One of the tables."""
        return f'{kind}[{number}] "{name}"'

    def brief(self, kind: str, number: int) -> str:
        """The same, where its name is told already."""
        return f"{kind}[{number}]"

    def key(self, kind: str, number: int, name: str, key: str) -> str:
        """A key of one of the tables."""
        return f"{self.row(kind, number, name)}.{key}"

    def contact(self, number: int, tenant: str, contact: str, key: str) -> str:
        """A key of a contact of a tenant."""
        return f'tenants "{tenant}".contacts "{contact}".{key}'


SITE_FILE = Places()
