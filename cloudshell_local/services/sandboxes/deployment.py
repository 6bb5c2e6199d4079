"""Deployment of Apps: Deploy makes deployed apps of them, GetVmDetails refreshes those, and DeleteInstance ends them.

The answers of these commands, and the server's use of them: docs/reference/wire.md §4 to §6.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any

from cloudshell_local.errors import (
    CommandFailed,
    CommandStopped,
    DriverDied,
    LocalError,
    NotFound,
    RemovalFailed,
    WrongCall,
)
from cloudshell_local.services import attributes
from cloudshell_local.services.commands import actions, vm_details
from cloudshell_local.services.commands.actions import Json
from cloudshell_local.services.commands.service import ERROR, OFFLINE, CommandService
from cloudshell_local.services.diagrams import find_app, move_connectors
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.services.networking.networking import Networking
from cloudshell_local.services.sandboxes.deploys import DeploysUnderWay
from cloudshell_local.services.sandboxes.sandboxes import Sandboxes
from cloudshell_local.services.times import now
from cloudshell_local.shells.catalog import Catalog
from cloudshell_local.shells.standards import BUILT_IN_MODELS
from cloudshell_local.storage.data_folder import DataFolder
from cloudshell_local.storage.model import App, Resource, Sandbox, VmDetails, new_id
from cloudshell_local.threads import run_parallel

logger = logging.getLogger(__name__)
# How long the end of a sandbox waits for its deploys; what is answered later is deleted then.
DEPLOY_SECONDS = 60
WAITING = "The end of the sandbox waits for the Apps that are being deployed; a VM that is answered later is deleted"
DELETE = "DeleteInstance"
DeleteVm = Callable[[Sandbox, Resource], None]


@dataclass(frozen=True)
class DeploymentResult:
    """Result of deploying an App (its name): the deployed app's resource, or an error; both if it could not be connected.

    info: what the driver has to say to the sandbox's users (docs/reference/features.md A5).
    """

    app: str
    resource: Resource | None = None
    error: str = ""
    info: str = ""


class DeploymentService:
    """Deploys Apps, refreshes the VM details of deployed apps, and removes them."""

    def __init__(
        self,
        data: DataFolder,
        catalog: Catalog,
        commands: CommandService,
        sandboxes: Sandboxes,
        networking: Networking,
    ) -> None:
        self._store = data.store
        self._passwords = data.passwords
        self._catalog = catalog
        self._commands = commands
        self._sandboxes = sandboxes
        self._vlans = networking.vlans
        self._subnets = networking.subnets
        self._under_way = DeploysUnderWay[DeploymentResult]()

    def deploy(
        self, sandbox_id: str, names: Sequence[str], wanted: Mapping[str, str] | None = None
    ) -> list[DeploymentResult]:
        """Deploy Apps at the same time, and return their results in the Apps' order.

        wanted: names for the deployed apps, by the Apps' names; an App's own unless given. A call may be repeated, as
        clients do when the connection broke (docs/reference/server.md §2): an App that is being deployed is waited for, and
        one that is deployed is not deployed again. Raises NotFound, and WrongCall when the sandbox is being ended or has
        ended, before any App is deployed.
        """
        sandbox = self._sandboxes.live(sandbox_id)
        self._under_way.require_allowed(sandbox)
        for name in names:
            if (sandbox_id, name) not in self._under_way and not self._deployed(sandbox, name):
                find_app(sandbox, name)
        mine, futures = self._under_way.begin(sandbox_id, names)

        def deploy(name: str) -> None:
            new_name = (wanted or {}).get(name, name)
            self._under_way.finish(sandbox_id, name, lambda: self._deploy_and_report(sandbox_id, name, new_name))

        run_parallel("deploy", deploy, mine, self._commands.slots)
        return [future.result() for future in futures]

    @contextmanager
    def ended(self, sandbox_id: str, is_cut_short: Callable[[], bool]) -> Iterator[None]:
        """Have no deploy in a sandbox during a block that ends it: none begins, and those under way have come to their ends.

        They are stopped, as far as they can be, and waited for. One that takes more than DEPLOY_SECONDS, or that is not
        waited for since the waiting is cut short, deletes its VM when it is answered.
        """
        with self._under_way.refused(sandbox_id):
            if self._under_way.of(sandbox_id):
                self._sandboxes.post(sandbox_id, WAITING)
                self.interrupt(sandbox_id)
            self.resume(sandbox_id)
            self._under_way.wait(sandbox_id, DEPLOY_SECONDS, is_cut_short)
            yield

    def interrupt(self, sandbox_id: str) -> None:
        """Stop the commands of a sandbox that can be stopped, Deploy among them, also those that come, until `resume`."""
        self._commands.stop_all(sandbox_id)

    def resume(self, sandbox_id: str) -> None:
        """Let the commands of a sandbox run again after `interrupt`."""
        self._commands.resume(sandbox_id)

    def is_deploying(self, sandbox_id: str, name: str) -> bool:
        """Return whether an App is being deployed."""
        return (sandbox_id, name) in self._under_way

    def _deployed(self, sandbox: Sandbox, name: str) -> DeploymentResult | None:
        """Return the result of an App that was deployed before, None if it was not."""
        if sandbox.apps.has(name):
            return None
        resources = [self._store.resources.get(each) for each in sandbox.resources if each in self._store.resources]
        found = [DeploymentResult(name, each) for each in resources if each.app and each.app.name == name]
        return found[-1] if found else None

    def refresh(self, sandbox_id: str, names: Sequence[str]) -> None:
        """Refresh the VM details of deployed apps, with one command per provider; raise NotFound or CommandFailed.

        Why it failed is in the activity feed too: orchestration says only that it did.
        """
        sandbox = self._sandboxes.get(sandbox_id)
        by_provider: dict[str, list[Resource]] = {}
        for app in [self._store.resources.get(name) for name in names]:
            if app.vm_details:
                by_provider.setdefault(app.vm_details.provider, []).append(app)
        failures = run_parallel(
            "refresh VM details",
            lambda name: self._refresh(sandbox, name, by_provider[name]),
            by_provider,
            self._commands.slots,
        )
        problems = [failure for some in failures for failure in some]
        if problems:
            raise CommandFailed("; ".join(problems))

    def apps_to_delete(self, sandbox_id: str) -> list[str]:
        """Return the deployed apps of a sandbox that its end deletes: all, but for those with Auto Delete turned off."""
        return [each.name for each in self._store.resources if each.created_in == sandbox_id and _is_to_delete(each)]

    def vms_to_delete(self, sandbox_id: str) -> list[str]:
        """Return the deployed apps of `apps_to_delete`, each with the id of its VM."""
        resources = [self._store.resources.get(name) for name in self.apps_to_delete(sandbox_id)]
        return [f"{each.name} (VM {each.vm_details.uid})" for each in resources if each.vm_details]

    def remove(self, sandbox_id: str, names: Sequence[str], delete_deployed_apps: bool = True) -> None:
        """Remove resources from a sandbox, and delete the deployed apps among them, all at the same time.

        The connectors of a deployed app are disconnected after it is deleted. delete_deployed_apps: False to keep them in
        Inventory. Raises NotFound, or RemovalFailed with those that could not be deleted; the others are deleted then.
        """
        delete = self._delete_once if delete_deployed_apps else None
        self._remove_all(sandbox_id, [self._store.resources.get(name) for name in names], delete)

    def sweep(self, sandbox_id: str, names: Sequence[str], goes_on: Callable[[], bool]) -> None:
        """Remove deployed apps as `remove` does, and delete each once more whose driver died meanwhile.

        goes_on: whether nobody has cut the end of the sandbox short. Raises RemovalFailed.
        """

        def delete(sandbox: Sandbox, vm: Resource) -> None:
            if not goes_on():
                raise CommandStopped(DELETE)
            self._delete_vm(sandbox, vm, goes_on)

        self._remove_all(sandbox_id, [self._store.resources.get(name) for name in names], delete)

    def _remove_all(self, sandbox_id: str, resources: Sequence[Resource], delete: DeleteVm | None) -> None:
        sandbox = self._sandboxes.get(sandbox_id)
        failures = run_parallel(
            "remove", lambda each: self._remove(sandbox, each, delete), resources, self._commands.slots
        )
        problems = [failure for failure in failures if failure]
        if problems:
            raise RemovalFailed(problems)

    def _deploy_and_report(self, sandbox_id: str, name: str, wanted: str) -> DeploymentResult:
        before = self._deployed(self._sandboxes.get(sandbox_id), name)
        if before:
            return before
        self._sandboxes.post(sandbox_id, f"Deploying the App '{name}'")
        try:
            deployed = self._deploy(sandbox_id, name, wanted)
        except LocalError as error:
            deployed = DeploymentResult(name, error=str(error))
        if deployed.error:
            self._show_failure(sandbox_id, name, deployed)
        elif deployed.resource:
            self._sandboxes.post(sandbox_id, f"The App '{name}' was deployed as '{deployed.resource.name}'")
        if deployed.info:
            self._sandboxes.post(sandbox_id, f"'{name}': {deployed.info}")
        return deployed

    def _show_failure(self, sandbox_id: str, name: str, deployed: DeploymentResult) -> None:
        self._sandboxes.post_error(sandbox_id, f"Deploying the App '{name}' failed: {deployed.error}")
        with suppress(NotFound), self._sandboxes.changing(sandbox_id) as sandbox:  # It may have been deleted.
            app = sandbox.apps.get(name)
            if app:
                app.live_status = (ERROR, deployed.error)
        if deployed.resource:
            self._commands.set_live_status(deployed.resource, ERROR, deployed.error)

    def _deploy(self, sandbox_id: str, name: str, wanted: str) -> DeploymentResult:
        sandbox = self._sandboxes.live(sandbox_id)
        self._under_way.require_allowed(sandbox)
        app = find_app(sandbox, name)
        provider = self._commands.provider(app.path.provider)
        if provider.excluded:
            raise CommandFailed(f"The resource '{provider.name}' is excluded; discover it, or include it")
        connects = self._subnets.connect_actions(sandbox, app) if self._commands.is_l3(provider.name) else {}
        deploy = actions.deploy_app(app, wanted)
        requested = [*connects.values(), deploy]
        answer = self._commands.run(provider, "Deploy", sandbox, request=actions.request(requested))
        results = actions.results("Deploy", requested, answer)
        problem = actions.problem(results, deploy)
        if problem:
            raise CommandFailed(problem)
        resource = self._add_resource(sandbox, app, provider, results[deploy["actionId"]])
        problems = list(filter(None, (actions.problem(results, each) for each in connects.values())))
        interfaces = {
            connector: str(results[each["actionId"]].get("interface") or "")
            for connector, each in connects.items()
            if not actions.problem(results, each)
        }
        if interfaces:
            self._subnets.record_connected(sandbox_id, resource.name, interfaces)
        return DeploymentResult(name, resource, "; ".join(problems), actions.information(results.values()))

    def _add_resource(self, sandbox: Sandbox, app: App, provider: Resource, result: Json) -> Resource:
        """Put the deployed app in its App's place; if that fails, delete its VM, which nobody would know of otherwise."""
        try:
            resource = self._resource_of(sandbox, app, provider, result)
            self._replace(sandbox.id, app, resource)
        except LocalError:
            self._delete_unknown(sandbox, app, provider, result)
            raise
        except (KeyError, TypeError, AttributeError, ValueError) as error:
            self._delete_unknown(sandbox, app, provider, result)
            raise CommandFailed(f"'Deploy' answered what cannot be read: {type(error).__name__}, {error}") from error
        except Exception as error:  # As a full disk, which is no reason to leave a VM that nobody knows of.
            logger.exception("The deployed app %s", result.get("vmName"))
            self._delete_unknown(sandbox, app, provider, result)
            raise CommandFailed(f"The deployed app could not be stored: {type(error).__name__}, {error}") from error
        return resource

    def _replace(self, sandbox_id: str, app: App, resource: Resource) -> None:
        """Replace an App by its deployed app, also where connectors end at it; raise WrongCall if the sandbox is ended."""
        with self._store.lock, self._sandboxes.changing_live(sandbox_id) as sandbox:
            self._under_way.require_allowed(sandbox)
            self._store.resources.add(resource.name, resource)
            if sandbox.apps.has(app.name):  # A user may have removed it meanwhile.
                sandbox.apps.remove(app)
            sandbox.resources[resource.name] = app.position
            move_connectors(sandbox, app.name, resource.name)

    def _delete_unknown(self, sandbox: Sandbox, app: App, provider: Resource, result: Json) -> None:
        """Delete a VM that is not in Inventory; one that cannot be deleted comes into Inventory, where people find it."""
        details = VmDetails(new_id(), str(result.get("vmUuid") or ""), provider.name)
        name = str(result.get("vmName") or app.name)
        vm = Resource(name, self._catalog.family(app.model), app.model, "", app.attributes, app=app, vm_details=details)
        try:
            self._delete_vm(sandbox, vm)
        except LocalError as error:
            self._sandboxes.post_error(sandbox.id, f"A VM of the App '{app.name}' is left in the cloud: {error}")
            with suppress(LocalError):
                self._keep_undeleted(sandbox, vm)

    def _keep_undeleted(self, sandbox: Sandbox, vm: Resource) -> None:
        vm.created_in, vm.created, vm.folder = sandbox.id, now(), "Deployed Apps"
        self._store.resources.add(require_name(Named.RESOURCE, vm.name), vm)
        self._sandboxes.post_error(sandbox.id, f"It is in Inventory as '{vm.name}' and can be deleted there")
        with self._sandboxes.changing(sandbox.id) as changed:
            changed.failed = changed.failed or changed.is_over

    def _delete_vm(self, sandbox: Sandbox, vm: Resource, may_be_repeated: Callable[[], bool] = lambda: True) -> None:
        """Delete a VM, once more if the driver died, since the next command starts it afresh; raise LocalError.

        So, too, if the command was stopped while it waited, as the end of a setup does with all commands of its sandbox;
        then in the context of no sandbox, which nobody stops.
        """
        try:
            self._commands.run_on_app(vm, DELETE, sandbox)
        except (DriverDied, CommandStopped) as error:
            if not may_be_repeated():
                raise
            self._commands.run_on_app(vm, DELETE, sandbox if isinstance(error, DriverDied) else None)

    def _resource_of(self, sandbox: Sandbox, app: App, provider: Resource, result: Json) -> Resource:
        if not result.get("vmName") or not result.get("vmUuid"):
            raise CommandFailed("'Deploy' answered no vmName or no vmUuid")
        name = _require_vm_name(str(result["vmName"]))
        additional = {name: str(value) for name, value in (result.get("deployedAppAdditionalData") or {}).items()}
        details = VmDetails(new_id(), str(result["vmUuid"]), provider.name, additional)
        resource = Resource(
            name,
            self._catalog.family(app.model),
            app.model,
            str(result.get("deployedAppAddress") or ""),
            self._attributes(sandbox, app, result),
            folder="Deployed Apps",
            driver="" if app.model in BUILT_IN_MODELS else self._catalog.of_model(app.model).driver.name,
            created_in=sandbox.id,
            created=now(),
            app=app,
            vm_details=vm_details.read(details, result.get("vmDetailsData") or {}),
        )
        if attributes.is_off(app.path.attributes, "Auto Power On"):
            resource.live_status = (OFFLINE, "")
        return resource

    def _attributes(self, sandbox: Sandbox, app: App, result: Json) -> dict[str, str]:
        """Return the App's attributes, updated by those that Deploy answered, as far as the model has them."""
        definitions, found = self._catalog.attributes(app.model), dict(app.attributes)
        for each in result.get("deployedAppAttributes") or ():
            answered = {str(each["attributeName"]): str(each["attributeValue"] or "")}
            try:
                found = attributes.merged(app.name, definitions, found, answered, self._passwords)
            except LocalError as error:
                self._sandboxes.post(sandbox.id, f"An attribute that 'Deploy' answered is left out: {error}")
        return found

    def _refresh(self, sandbox: Sandbox, provider: str, apps: Sequence[Resource]) -> list[str]:
        try:
            resource = self._store.resources.get(provider)
            answer = self._commands.run(resource, "GetVmDetails", sandbox, requests=actions.vm_details(apps))
            found = vm_details.by_app(answer)
        except LocalError as error:
            self._post_refresh_failure(sandbox, [app.name for app in apps], str(error))
            return [str(error)]
        problems = {app.name: self._set_vm_details(sandbox, app, found.get(app.name)) for app in apps}
        failed = {name: problem for name, problem in problems.items() if problem}
        for name, problem in failed.items():
            self._post_refresh_failure(sandbox, [name], problem)
        return [f"{name}: {problem}" for name, problem in failed.items()]

    def _post_refresh_failure(self, sandbox: Sandbox, names: Sequence[str], problem: str) -> None:
        which = ", ".join(f"'{name}'" for name in names)
        self._sandboxes.post_error(sandbox.id, f"Refreshing the VM details of {which} failed: {problem}")

    def _set_vm_details(self, sandbox: Sandbox, app: Resource, data: Mapping[str, Any] | None) -> str:
        """Update a deployed app's VM details by what GetVmDetails answered, and return its error.

        An answer without details is no error, but a line in the feed: it does not fail a setup.
        """
        with self._store.resources.changing(app.name) as resource:
            assert resource.vm_details
            refreshed = resource.vm_details = vm_details.refreshed(resource.vm_details, data)
        missing = vm_details.missing(data)
        if missing:
            self._sandboxes.post(sandbox.id, f"{app.name}: {missing}; the last ones stay")
        return "" if missing else refreshed.error

    def _delete_once(self, sandbox: Sandbox, vm: Resource) -> None:
        self._commands.run_on_app(vm, DELETE, sandbox)

    def _remove(self, sandbox: Sandbox, resource: Resource, delete: DeleteVm | None) -> str:
        if resource.vm_details and resource.created_in == sandbox.id and delete:
            try:
                delete(sandbox, resource)
            except LocalError as error:
                self._sandboxes.post_error(sandbox.id, f"Deleting '{resource.name}' failed: {error}")
                return f"{resource.name}: {error}"
            self._store.resources.remove(resource.name)
            self._commands.end_driver(resource)
            self._sandboxes.post(sandbox.id, f"'{resource.name}' was deleted")
        self._vlans.remove_resource(sandbox.id, resource)
        return ""


def _require_vm_name(name: str) -> str:
    try:
        return require_name(Named.RESOURCE, name)
    except WrongCall as error:
        raise CommandFailed(f"'Deploy' answered a vmName that no resource can have. {error}") from None


def _is_to_delete(resource: Resource) -> bool:
    details = resource.vm_details
    return details is not None and details.custom_parameters.get("auto_delete", "true").lower() == "true"
