"""Operations on the resources of Inventory."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from cloudshell_local.automation_api import infos
from cloudshell_local.automation_api.xml import Records, info
from cloudshell_local.errors import NotFound, WrongCall
from cloudshell_local.services.container import Services
from cloudshell_local.shells.standards import AttributeDefinition
from cloudshell_local.xml import node


class ResourceOperations:
    def __init__(self, services: Services) -> None:
        self._store = services.store
        self._catalog = services.catalog
        self._inventory = services.inventory
        self._commands = services.commands

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
        """It is not discovered: AutoLoad does that."""
        if parentResourceFullPath:
            raise WrongCall("A resource within another one cannot be made on this server")
        family = self._catalog.family(resourceModel)
        if resourceFamily not in ("", family):
            raise WrongCall(f"The model '{resourceModel}' is of the family '{family}', not '{resourceFamily}'")
        self._inventory.create(resourceModel, resourceName, resourceAddress, description=resourceDescription)
        return self.GetResourceDetails(resourceName)

    def CreateResources(self, resourceInfoDtos: Records) -> None:
        for each in resourceInfoDtos:
            self._inventory.create(each["Model"], each["FullName"], each["Address"], description=each["Description"])

    def GetResourceDetails(self, resourceFullPath: str, showAllDomains: bool = False) -> Element:
        resource = self._store.resources.get(_name(resourceFullPath))
        children, attributes = infos.resource_info(resource, self._definitions(resource.model))
        return info("ResourceInfo", *children, **attributes)

    def GetResourceList(self, folderFullPath: str = "") -> Element:
        found = [each for each in self._store.resources if each.folder.startswith(folderFullPath)]
        return info("ResourceListInfo", node("Resources", *map(infos.short_resource, found)))

    def RenameResource(self, resourceFullPath: str, resourceName: str) -> None:
        self._inventory.rename(_name(resourceFullPath), resourceName)

    def DeleteResource(self, resourceFullPath: str) -> None:
        self._inventory.delete(_name(resourceFullPath))

    def DeleteResources(self, resourcesFullPath: list[str]) -> None:
        for path in resourcesFullPath:
            self._inventory.delete(_name(path))

    def AutoLoad(self, resourceFullPath: str) -> None:
        self._inventory.discover(_name(resourceFullPath))

    def UpdateResourceDriver(self, resourceFullPath: str, driverName: str) -> None:
        """A shell's resource has its shell's driver, and no other."""
        resource = self._store.resources.get(_name(resourceFullPath))
        if driverName != resource.driver:
            raise NotFound(driverName, f"The driver of the model '{resource.model}' is '{resource.driver}'.")

    def UpdateResourceAddress(self, resourceFullPath: str, resourceAddress: str) -> None:
        self._inventory.set_address(_name(resourceFullPath), resourceAddress)

    def SetAttributeValue(self, resourceFullPath: str, attributeName: str, attributeValue: str) -> None:
        self._inventory.set_attributes(_name(resourceFullPath), {attributeName: attributeValue})

    def SetAttributesValues(self, resourcesAttributesUpdateRequests: Records) -> None:
        for each in resourcesAttributesUpdateRequests:
            values = {item["Name"]: item["Value"] for item in each["AttributeNamesValues"] or ()}
            self._inventory.set_attributes(_name(each["ResourceFullName"]), values)

    def GetAttributeValue(self, resourceFullPath: str, attributeName: str) -> Element:
        name, value = self._inventory.attribute(_name(resourceFullPath), attributeName)
        return info("AttributeValueInfo", Name=name, Value=value)

    def SetResourceLiveStatus(self, resourceFullName: str, liveStatusName: str, additionalInfo: str = "") -> None:
        self._inventory.set_live_status(_name(resourceFullName), liveStatusName, additionalInfo)

    def GetResourceLiveStatus(self, resourceFullPath: str) -> Element:
        name, description = self._store.resources.get(_name(resourceFullPath)).live_status
        return info("ResourceLiveStatusInfo", liveStatusName=name, liveStatusDescription=description)

    def IncludeResource(self, resourceFullPath: str) -> None:
        self._inventory.set_excluded(_name(resourceFullPath), excluded=False)

    def ExcludeResource(self, resourceFullPath: str) -> None:
        self._inventory.set_excluded(_name(resourceFullPath), excluded=True)

    def GetResourceCommands(self, resourceFullPath: str) -> Element:
        """Those that its own driver shows; hidden ones, and those of deployed apps, are not among them."""
        commands = self._commands.own_commands(self._store.resources.get(_name(resourceFullPath))).values()
        shown = [infos.command(each) for each in commands if not each.hidden and not each.is_remote]
        return info("ResourceCommandListInfo", node("Commands", *shown))

    def GetResourceConnectedCommands(self, resourceFullPath: str) -> Element:
        """Those that a deployed app has of its provider's driver."""
        commands = self._commands.connected_commands(self._store.resources.get(_name(resourceFullPath))).values()
        return info("ResourceCommandListInfo", node("Commands", *(infos.command(each) for each in commands)))

    def _definitions(self, model: str) -> dict[str, AttributeDefinition]:
        try:
            return dict(self._catalog.attributes(model))
        except NotFound:  # Its shell may be gone.
            return {}


def _name(path: str) -> str:
    """Return a resource's name from its full path; a folder may stand before it."""
    return path.rpartition("/")[2] or path
