"""The import of tenants, analyzers and opening balances from a workbook: written exactly as it was previewed."""

from sql.imports.check import plans_for_tenants
from sql.imports.preview import Preview, preview_import
from sql.imports.write import import_workbook

__all__ = ["Preview", "import_workbook", "plans_for_tenants", "preview_import"]
