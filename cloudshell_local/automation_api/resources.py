"""Operations on the resources of Inventory."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from cloudshell_local.access import Session
from cloudshell_local.automation_api.resource_xml import (
    command_info,
    resource_info,
    resource_short_info,
    sub_resource_info,
)
from cloudshell_local.automation_api.xml import Records, Texts, response_info, values_by_name
from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.services.container import Services
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.xml import node


class ResourceOperations:
    """Operations on resources.

    Parameters named ...FullPath and ...FullName are names of resources, before which the folder may stand. Attributes can
    be read and set in a sub-resource, too: "<resource>/<sub-resource>".
    """

    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._catalog = services.catalog
        self._inventory = services.inventory
        self._commands = services.commands
        self._permissions = services.permissions

    def CreateResource(
        self,
        resourceModel: str,
        resourceName: str,
        resourceAddress: str = "",
        resourceFamily: str = "",
        folderFullPath: str = "",
        parentResourceFullPath: str = "",
        resourceDescription: str = "",
    ) -> Element:
        """Create a resource without discovering it, which AutoLoad does (docs/reference/server.md §5)."""
        _refuse_place(folderFullPath, parentResourceFullPath)
        family = self._catalog.family(resourceModel)
        if resourceFamily not in ("", family):
            raise WrongCall(f"The model '{resourceModel}' is of the family '{family}', not '{resourceFamily}'")
        self._inventory.create(resourceModel, resourceName, resourceAddress, description=resourceDescription)
        return self.GetResourceDetails(resourceName)

    def CreateResources(self, resourceInfoDtos: Records) -> None:
        for each in resourceInfoDtos:
            _refuse_place(each.text("FolderFullpath", ""), each.text("ParentFullName", ""))
        for each in resourceInfoDtos:
            address, description = each.text("Address", ""), each.text("Description", "")
            self._inventory.create(each.text("Model"), each.text("FullName"), address, description=description)

    def GetResourceDetails(self, resourceFullPath: str, showAllDomains: bool = False) -> Element:
        name, part = self._inventory.split(resourceFullPath)
        resource = self._store.resources.get(name)
        definitions = self._definitions(resource.model)
        return sub_resource_info(resource, part, definitions) if part else resource_info(resource, definitions)

    def GetResourceList(self, session: Session, folderFullPath: str = "") -> Element:
        found = [each for each in self._permissions.resources(session) if each.folder.startswith(folderFullPath)]
        return response_info("ResourceListInfo", node("Resources", *map(resource_short_info, found)))

    def RenameResource(self, resourceFullPath: str, resourceName: str) -> None:
        self._inventory.rename(self._name(resourceFullPath), resourceName)

    def DeleteResource(self, resourceFullPath: str) -> None:
        self._inventory.delete(self._name(resourceFullPath))

    def DeleteResources(self, resourcesFullPath: Texts) -> None:
        for path in resourcesFullPath:
            self._inventory.delete(self._name(path))

    def AutoLoad(self, resourceFullPath: str) -> None:
        self._inventory.discover(self._name(resourceFullPath))

    def UpdateResourceDriver(self, resourceFullPath: str, driverName: str) -> None:
        """Check the driver's name; raise NotFound for another driver than the shell's, which a resource cannot have."""
        resource = self._store.resources.get(self._name(resourceFullPath))
        if driverName != resource.driver:
            raise NotFound(driverName, f"The driver of the model '{resource.model}' is '{resource.driver}'.")

    def UpdateResourceAddress(self, resourceFullPath: str, resourceAddress: str) -> None:
        self._inventory.set_address(self._name(resourceFullPath), resourceAddress)

    def SetAttributeValue(self, resourceFullPath: str, attributeName: str, attributeValue: str) -> None:
        self._inventory.set_attributes(resourceFullPath, {attributeName: attributeValue})

    def SetAttributesValues(self, resourcesAttributesUpdateRequests: Records) -> None:
        for each in resourcesAttributesUpdateRequests:
            values = values_by_name(each.records("AttributeNamesValues"))
            self._inventory.set_attributes(each.text("ResourceFullName"), values)

    def GetAttributeValue(self, resourceFullPath: str, attributeName: str) -> Element:
        name, value = self._inventory.attribute(resourceFullPath, attributeName)
        return response_info("AttributeValueInfo", Name=name, Value=value)

    def SetResourceLiveStatus(self, resourceFullName: str, liveStatusName: str, additionalInfo: str = "") -> None:
        self._inventory.set_live_status(self._name(resourceFullName), liveStatusName, additionalInfo)

    def GetResourceLiveStatus(self, resourceFullPath: str) -> Element:
        name, description = self._store.resources.get(self._name(resourceFullPath)).live_status
        return response_info("ResourceLiveStatusInfo", liveStatusName=name, liveStatusDescription=description)

    def IncludeResource(self, resourceFullPath: str) -> None:
        self._inventory.set_excluded(self._name(resourceFullPath), excluded=False)

    def ExcludeResource(self, resourceFullPath: str) -> None:
        self._inventory.set_excluded(self._name(resourceFullPath), excluded=True)

    def GetResourceCommands(self, resourceFullPath: str) -> Element:
        """Return the commands of a resource's own driver, without those for deployed Apps.

        Hidden commands are among them: docs/reference/features.md A2.
        """
        commands = self._commands.own_commands(self._store.resources.get(self._name(resourceFullPath))).values()
        own = [command_info(each) for each in commands if not each.is_remote]
        return response_info("ResourceCommandListInfo", node("Commands", *own))

    def GetResourceConnectedCommands(self, resourceFullPath: str) -> Element:
        """Return the commands that a deployed App has of its provider's driver."""
        commands = self._commands.connected_commands(self._store.resources.get(self._name(resourceFullPath))).values()
        return response_info("ResourceCommandListInfo", node("Commands", *(command_info(each) for each in commands)))

    def _name(self, path: str) -> str:
        """Return the name of the resource at a full path; raise NotFound, or WrongCall for a sub-resource."""
        return self._inventory.name_at(path)

    def _definitions(self, model: str) -> dict[str, AttributeDefinition]:
        try:
            return dict(self._catalog.attributes(model))
        except NotFound:  # The model's shell may have been deleted.
            return {}


def _refuse_place(folder: str, parent: str) -> None:
    if parent:
        raise WrongCall("A resource within another resource cannot be created on this server")
    if folder:
        raise WrongCall(f"The folder '{folder}' should be empty: resources of this server are in no folders")
