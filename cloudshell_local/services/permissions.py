"""Permissions: one table for the operations of the automation API, the calls of the REST API and the portal's routes.

Each face asks the table before it does anything; what has no entry cannot be done. The real server's rules are known for
few operations (docs/reference/server.md §2 and §7, rule 9; features.md C1); the others are guessed, so that all three faces
have the same ones.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import Enum

from cloudshell_local.access import Session
from cloudshell_local.errors import NoSuchCommand, NotFound, NotPermitted
from cloudshell_local.services.commands.service import CommandService
from cloudshell_local.services.inventory import Inventory
from cloudshell_local.storage.model import Resource, Sandbox
from cloudshell_local.storage.store import Store


class Who(Enum):
    """Users who may do something."""

    EVERYBODY = "everybody, logged in or not"
    USERS = "all users"
    SANDBOX_USERS = "a sandbox's owner and permitted users, and administrators"
    RESOURCE_USERS = "users of a sandbox that has the resource, and administrators"
    BLUEPRINT_OWNERS = "a blueprint's owner, and administrators"
    ADMINISTRATORS = "administrators"


@dataclass(frozen=True)
class Permission:
    """Entry of the table. what: for administrators alone, a verb phrase for the refusal, as "add users"."""

    who: Who
    what: str = ""


def _all(permission: Permission, names: str) -> dict[str, Permission]:
    return dict.fromkeys(filter(None, map(str.strip, names.split("\n"))), permission)


def _admins(what: str, names: str) -> dict[str, Permission]:
    return _all(Permission(Who.ADMINISTRATORS, what), "\n".join(names.split()))


def _words(who: Who, names: str) -> dict[str, Permission]:
    return _all(Permission(who), "\n".join(names.split()))


# By the operations' names.
AUTOMATION_API: Mapping[str, Permission] = {
    **_words(Who.EVERYBODY, "Logon SecureLogon"),
    # Lists of resources and sandboxes have those alone that the user may use.
    **_words(
        Who.USERS,
        """
        Logoff GetServerDateAndTime GetTopologiesByCategory GetTopologyDetails GetServices GetCurrentReservations
        CreateImmediateReservation GetResourceList FindResources GetResourceAvailability
        """,
    ),
    **_words(
        Who.RESOURCE_USERS,
        """
        GetResourceDetails GetAttributeValue GetResourceLiveStatus GetResourceCommands GetResourceConnectedCommands
        """,
    ),
    **_words(
        Who.SANDBOX_USERS,
        """
        GetReservationDetails GetReservationStatus GetReservationInputs GetReservationRemainingTime
        GetReservationResourcesPositions GetReservationServicesPositions GetEnvironmentCommands
        EndReservation TerminateReservation DeleteReservation ExtendReservation SetSetupStage SetReservationLiveStatus
        WriteMessageToReservationOutput UpdateReservationName UpdateReservationDescription UpdateReservationGlobalInputs
        AddPermittedUsersToReservation RemovePermittedUsersFromReservation
        PrepareSandboxConnectivity CleanupSandboxConnectivity DeployAppToCloudProviderBulk DeployAppToCloudProvider
        RefreshVMDetails ConnectRoutesInReservation DisconnectRoutesInReservation RemapConnections ConfigureAppsV2
        ConfigureApps SetAppSecurityGroups EditAppsInReservation
        ExecuteCommand EnqueueCommand ExecuteResourceConnectedCommand ExecuteEnvironmentCommand
        AddResourcesToReservation RemoveResourcesFromReservation AddAppToReservation RemoveAppFromReservation
        AddServiceToReservation RemoveServicesFromReservation SetServiceName SetServiceAttributesValues
        SetConnectorsInReservation SetConnectorAttributes RemoveConnectorsFromReservation
        SetReservationResourcePosition
        """,
    ),
    **_admins("add users", "AddNewUser"),
    **_admins("decrypt passwords", "DecryptPassword"),
    **_admins("read the data of a sandbox", "GetSandboxData"),
    **_admins("change the data of a sandbox", "SetSandboxData"),
    **_admins("clear the data of a sandbox", "ClearSandboxData"),
    **_admins("use pools", "CheckoutFromPool ReleaseFromPool"),
    **_admins(
        "change Inventory",
        """
        CreateResource CreateResources RenameResource DeleteResource DeleteResources AutoLoad UpdateResourceDriver
        UpdateResourceAddress SetAttributeValue SetAttributesValues SetResourceLiveStatus IncludeResource ExcludeResource
        """,
    ),
}
# By their methods and paths.
REST_API: Mapping[str, Permission] = {
    "PUT /api/auth/login": Permission(Who.EVERYBODY),
    "GET /api/shells/{name}": Permission(Who.USERS),
    "GET /api/standards": Permission(Who.USERS),
    "POST /api/shells": Permission(Who.ADMINISTRATORS, "install shells"),
    "PUT /api/shells/{name}": Permission(Who.ADMINISTRATORS, "update shells"),
    "DELETE /api/shells/{name}": Permission(Who.ADMINISTRATORS, "delete shells"),
    "POST /api/package/importpackage": Permission(Who.ADMINISTRATORS, "import packages"),
    "POST /api/package/exportpackage": Permission(Who.ADMINISTRATORS, "export packages"),
}
PORTAL: Mapping[str, Permission] = {
    # /events tells that something changed, but not what.
    **_all(
        Permission(Who.EVERYBODY),
        """
        GET /login
        POST /login
        GET /events
        """,
    ),
    **_all(
        Permission(Who.USERS),
        """
        GET /
        POST /logout
        GET /icons/shells/{name}
        GET /icons/types/{name}
        GET /sandboxes
        GET /blueprints
        POST /blueprints/new
        GET /blueprints/{name}
        POST /blueprints/{name}/reserve
        """,
    ),
    **_all(
        Permission(Who.BLUEPRINT_OWNERS),
        """
        POST /blueprints/{name}/apps
        POST /blueprints/{name}/apps/remove
        GET /blueprints/{name}/app
        POST /blueprints/{name}/app
        POST /blueprints/{name}/services
        POST /blueprints/{name}/services/remove
        GET /blueprints/{name}/service
        POST /blueprints/{name}/service
        POST /blueprints/{name}/connectors
        POST /blueprints/{name}/connectors/remove
        POST /blueprints/{name}/delete
        """,
    ),
    **_all(
        Permission(Who.SANDBOX_USERS),
        """
        GET /sandboxes/{id}
        POST /sandboxes/{id}/setup
        POST /sandboxes/{id}/end
        POST /sandboxes/{id}/delete
        POST /sandboxes/{id}/deploy
        POST /sandboxes/{id}/remove
        POST /sandboxes/{id}/refresh
        GET /sandboxes/{id}/app
        POST /sandboxes/{id}/app
        POST /sandboxes/{id}/connectors
        POST /sandboxes/{id}/connectors/remove
        POST /sandboxes/{id}/connect
        POST /sandboxes/{id}/disconnect
        GET /sandboxes/{id}/command
        POST /sandboxes/{id}/command
        POST /sandboxes/{id}/stop
        """,
    ),
    **_all(
        Permission(Who.ADMINISTRATORS, "use this page"),
        """
        GET /inventory
        GET /inventory/new
        POST /inventory/new
        GET /inventory/{name}
        GET /inventory/{name}/discovery
        POST /inventory/{name}/discovery
        GET /inventory/{name}/attributes
        POST /inventory/{name}/attributes
        POST /inventory/{name}/excluded
        POST /inventory/{name}/delete
        GET /shells
        POST /shells/upload
        POST /shells/folder
        POST /shells/{name}/delete
        POST /shells/{name}/renew
        GET /apps
        GET /apps/new
        POST /apps/new
        GET /apps/{name}
        GET /apps/{name}/add
        POST /apps/{name}/path
        POST /apps/{name}/path/delete
        POST /apps/{name}/path/choose
        GET /apps/{name}/resource
        POST /apps/{name}/resource
        POST /apps/{name}/delete
        GET /executions
        GET /executions/{id}
        POST /executions/{id}/stop
        POST /executions/{id}/terminate
        """,
    ),
}


@dataclass(frozen=True)
class Subject:
    """Records that a request is about. sandbox: an id. blueprint: a name. resource: a full path."""

    sandbox: str = ""
    blueprint: str = ""
    resource: str = ""


class Permissions:
    """Decides whether a session may do what the table says.

    A command's token is an administrator's: what its driver or its orchestration does, the user has been allowed to start.
    """

    def __init__(self, store: Store, commands: CommandService, inventory: Inventory) -> None:
        self._store = store
        self._commands = commands
        self._inventory = inventory

    def require(self, permission: Permission, session: Session, subject: Subject) -> None:
        """Raise NotPermitted unless a session has a permission.

        A sandbox or blueprint that does not exist is nobody's; a resource that does not exist raises NotFound.
        """
        if session.is_admin:
            return
        if permission.who is Who.ADMINISTRATORS:
            raise NotPermitted(permission.what)
        if permission.who is Who.SANDBOX_USERS and subject.sandbox in self._store.sandboxes:
            session.require_use(self._store.sandboxes.get(subject.sandbox))
        if permission.who is Who.BLUEPRINT_OWNERS and subject.blueprint in self._store.blueprints:
            session.require_change(self._store.blueprints.get(subject.blueprint))
        if permission.who is Who.RESOURCE_USERS:
            self.require_seen(session, [self._inventory.split(subject.resource)[0]])

    def sandboxes(self, session: Session, among: Iterable[Sandbox]) -> list[Sandbox]:
        """Return those of some sandboxes that a session may use."""
        return [each for each in among if session.may_use(each)]

    def resources(self, session: Session) -> list[Resource]:
        """Return the resources that a session may see: those in its sandboxes; an administrator's sees all."""
        if session.is_admin:
            return list(self._store.resources)
        seen = self._seen(session)
        return [each for each in self._store.resources if each.name in seen]

    def require_seen(self, session: Session, names: Iterable[str]) -> None:
        """Raise NotPermitted when one of some resources is none that the session may see."""
        if not session.is_admin and not set(names) <= self._seen(session):
            raise NotPermitted("see a resource that is in none of your sandboxes")

    def require_in(self, session: Session, sandbox_id: str, names: Iterable[str]) -> None:
        """Raise NotFound when a sandbox has not all of some resources; an administrator may use others there, too."""
        missing = [name for name in names if name not in self._store.sandboxes.get(sandbox_id).resources]
        if missing and not session.is_admin:
            raise NotFound(missing[0], "It is not in the sandbox.")

    def require_free(self, session: Session, names: Iterable[str]) -> None:
        """Raise NotPermitted when one of some resources is in a sandbox that the session may not use."""
        others = [each for each in self._store.sandboxes if not session.may_use(each)]
        if any(name in each.resources for each in others for name in names):
            raise NotPermitted("take a resource of another user's sandbox")

    def require_command(self, session: Session, sandbox: Sandbox, resource: Resource, command: str) -> None:
        """Raise NotFound or NoSuchCommand for what a user does not see in the portal; administrators may run all."""
        if session.is_admin:
            return
        self.require_in(session, sandbox.id, [resource.name])
        visible = [each.name for each in self._commands.visible_commands(resource, is_admin=False)]
        if command not in visible:
            raise NoSuchCommand(resource.name, command, visible)

    def _seen(self, session: Session) -> set[str]:
        return {name for each in self._store.sandboxes if session.may_use(each) for name in each.resources}
