"""Packages: zips of App templates and blueprints, which are imported and exported (docs/reference/server.md §1)."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from datetime import datetime, timezone
from xml.etree.ElementTree import Element, tostring

from cloudshell_local.errors import InvalidPackage, LocalError
from cloudshell_local.rest_api.package_xml import (
    parse,
    read_blueprint,
    read_template,
    write_blueprint,
    write_template,
)
from cloudshell_local.services import diagrams
from cloudshell_local.services.commands.contexts import VERSION
from cloudshell_local.services.container import Services
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.shells.archive import Archive
from cloudshell_local.storage.model import AppTemplate, Blueprint
from cloudshell_local.xml import node

TEMPLATES, TOPOLOGIES, METADATA = "App Templates/", "Topologies/", "metadata.xml"
# A blueprint of a thousand Apps has a megabyte.
MAX_FILE_BYTES = 10 * 2**20
NAMESPACE = "http://schemas.qualisystems.com/PackageMetadataSchema.xsd"


class Packages:
    """The import and export of packages."""

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._blueprints = services.blueprints

    def import_package(self, content: bytes) -> list[str]:
        """Store a package's App templates and blueprints; return their names.

        Raise InvalidPackage, with all problems, if one of them is invalid; nothing is stored then.
        """
        archive = Archive(content, "The package")
        if METADATA not in archive:
            raise InvalidPackage("The package", [f"it has no {METADATA}"])
        problems: list[str] = []
        templates = [self._template(archive, name, problems) for name in _files(archive, TEMPLATES)]
        blueprints = [self._blueprint(archive, name, problems) for name in _files(archive, TOPOLOGIES)]
        if not templates and not blueprints and not problems:
            problems.append(f"it has neither {TEMPLATES}*.xml nor {TOPOLOGIES}*.xml")
        if problems:
            raise InvalidPackage("The package", problems)
        names = [self._blueprints.add_template(each.app, each.categories).app.name for each in templates if each]
        return names + [self._blueprints.add_blueprint(each).name for each in blueprints if each]

    def export_package(self, names: Sequence[str]) -> bytes:
        """Return a package of blueprints and of the templates of their Apps; raise NotFound for an unknown blueprint."""
        blueprints = [self._blueprints.blueprint(name) for name in names]
        used = {app.template for blueprint in blueprints for app in blueprint.apps}
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as package:
            package.writestr(METADATA, _metadata())
            for template in self._store.templates:
                if template.app.name in used:
                    package.writestr(f"{TEMPLATES}{template.app.name}.xml", write_template(template))
            for blueprint in blueprints:
                package.writestr(f"{TOPOLOGIES}{blueprint.name}.xml", write_blueprint(blueprint))
        return buffer.getvalue()

    def _parsed(self, archive: Archive, name: str) -> Element:
        if archive.size(name) > MAX_FILE_BYTES:
            raise InvalidPackage(name, [f"it has more than {MAX_FILE_BYTES >> 20} MB, which is what is read"])
        return parse(name, archive.read(name))

    def _template(self, archive: Archive, name: str, problems: list[str]) -> AppTemplate | None:
        try:
            return read_template(self._parsed(archive, name), self._blueprints.complete_app)
        except (LocalError, ValueError) as error:
            problems.append(f"{name}: {error}")
            return None

    def _blueprint(self, archive: Archive, name: str, problems: list[str]) -> Blueprint | None:
        try:
            blueprint = read_blueprint(self._parsed(archive, name), self._blueprints.complete_app)
            require_name(Named.BLUEPRINT, blueprint.name)
            diagrams.require_names(blueprint)
            diagrams.require_ends(blueprint, blueprint.connectors)
        except (LocalError, ValueError) as error:
            problems.append(f"{name}: {error}")
            return None
        return blueprint


def _files(archive: Archive, folder: str) -> list[str]:
    return [name for name in archive.names if name.startswith(folder) and name.endswith(".xml")]


def _metadata() -> str:
    created = datetime.now(timezone.utc).strftime("%d/%m/%Y %H:%M:%S")
    children = [node("CreationDate", created), node("ServerVersion", VERSION), node("PackageType", "CloudShellPackage")]
    return tostring(node("Metadata", *children, xmlns=NAMESPACE), encoding="unicode")
