"""An import contract of our own, for import-linter."""

from __future__ import annotations

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class SingleImporter(Contract):
    """Each of *libraries* is imported in one module at most."""

    libraries = fields.ListField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Find the libraries that several modules import."""
        libraries: list[str] = self.libraries  # pyright: ignore[reportAssignmentType]
        importers = {
            library: sorted(graph.find_modules_that_directly_import(library))
            for library in libraries
            if library in graph.modules
        }
        several = {library: found for library, found in importers.items() if len(found) > 1}
        return ContractCheck(kept=not several, metadata={"several": several})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print who imports what."""
        for library, modules in check.metadata["several"].items():
            output.print_error(f"{library} is imported by {', '.join(modules)}")
