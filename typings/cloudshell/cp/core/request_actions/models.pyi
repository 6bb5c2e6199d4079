from collections.abc import Mapping
from dataclasses import dataclass, field

class BaseRequestObject: ...

@dataclass
class Attribute(BaseRequestObject):
    attributeName: str = ""
    attributeValue: str = ""

@dataclass
class BaseRequestAction(BaseRequestObject):
    actionId: str = ""

# Requests. The lists of attributes are annotated as dicts in the package.

@dataclass
class AppResourceInfo(BaseRequestObject):
    attributes: list[Attribute] = field(default_factory=list)

@dataclass
class DeployAppDeploymentInfo(BaseRequestObject):
    deploymentPath: str = ""
    attributes: list[Attribute] = field(default_factory=list)

@dataclass
class DeployAppParams(BaseRequestObject):
    appName: str = ""
    deployment: DeployAppDeploymentInfo = ...
    appResource: AppResourceInfo = ...

@dataclass
class DeployApp(BaseRequestAction):
    actionParams: DeployAppParams = ...

@dataclass
class ActionTarget(BaseRequestObject):
    fullAddress: str = ""
    fullName: str = ""

@dataclass
class BaseConnectivityAction(BaseRequestAction):
    actionTarget: ActionTarget = ...

@dataclass
class SetVlanParameter(BaseRequestObject):
    vlanId: str = ""
    mode: str = ""  # annotated as an int in the package, sent as "Access" or "Trunk"
    vlanServiceAttributes: list[Attribute] = field(default_factory=list)

@dataclass
class BaseConnectivityVlanAction(BaseConnectivityAction):
    connectionId: str = ""
    connectionParams: SetVlanParameter = ...
    connectorAttributes: list[Attribute] = field(default_factory=list)
    customActionAttributes: list[Attribute] = field(default_factory=list)

@dataclass
class SetVlan(BaseConnectivityVlanAction): ...

@dataclass
class RemoveVlan(BaseConnectivityVlanAction): ...

@dataclass
class ConnectToSubnetParams(BaseRequestObject):
    cidr: str = ""
    subnetId: str = ""
    isPublic: object = True  # annotated as a bool in the package; here whatever was sent
    subnetServiceAttributes: list[Attribute] = field(default_factory=list)
    vnicName: str = ""

@dataclass
class ConnectSubnet(BaseConnectivityAction):
    actionParams: ConnectToSubnetParams = ...

@dataclass
class PrepareCloudInfraParams(BaseRequestObject):
    cidr: str = ""

@dataclass
class PrepareCloudInfra(BaseConnectivityAction):
    actionParams: PrepareCloudInfraParams = ...

@dataclass
class PrepareSubnetParams(BaseRequestObject):
    cidr: str = ""
    isPublic: object = True  # annotated as a bool in the package; here whatever was sent
    alias: str = ""
    subnetServiceAttributes: list[Attribute] = field(default_factory=list)

@dataclass
class PrepareSubnet(BaseConnectivityAction):
    actionParams: PrepareSubnetParams = ...

@dataclass
class CreateKeys(BaseRequestAction): ...

@dataclass
class CleanupNetwork(BaseConnectivityAction):
    customActionAttributes: list[Attribute] = field(default_factory=list)

# Results

@dataclass
class BaseActionResult(BaseRequestAction):
    type: str = ""
    actionId: str = ""
    success: bool = True
    infoMessage: str = ""
    errorMessage: str = ""

@dataclass
class VmDetailsProperty:
    key: str = ""
    value: str = ""
    hidden: bool = False

@dataclass
class VmDetailsNetworkInterface(BaseRequestObject):
    interfaceId: str = ""
    networkId: str = ""
    isPrimary: bool = False
    isPredefined: bool = False
    networkData: list[VmDetailsProperty] = field(default_factory=list)
    privateIpAddress: str | None = ""
    publicIpAddress: str | None = ""

@dataclass
class VmDetailsData:
    vmInstanceData: list[VmDetailsProperty] = field(default_factory=list)
    vmNetworkData: list[VmDetailsNetworkInterface] = field(default_factory=list)
    appName: str = ""
    errorMessage: str = ""

@dataclass
class DeployAppResult(BaseActionResult):
    type: str = "DeployApp"
    vmUuid: str = ""
    vmName: str = ""
    deployedAppAddress: str = ""
    deployedAppAttributes: list[Attribute] = field(default_factory=list)
    deployedAppAdditionalData: dict[str, object] = field(default_factory=dict)
    vmDetailsData: VmDetailsData | None = None

@dataclass
class ConnectToSubnetActionResult(BaseActionResult):
    type: str = "ConnectToSubnet"
    interface: str = ""

@dataclass
class SetVlanResult(BaseActionResult):
    type: str = "setVlan"
    updatedInterface: str = ""

@dataclass
class PrepareCloudInfraResult(BaseActionResult):
    type: str = "PrepareNetwork"

@dataclass
class PrepareSubnetActionResult(BaseActionResult):
    type: str = "PrepareSubnet"
    subnetId: str = ""

@dataclass
class CreateKeysActionResult(BaseActionResult):
    type: str = "CreateKeys"
    accessKey: str = ""

@dataclass
class CleanupNetworkResult(BaseActionResult):
    type: str = "CleanupNetwork"

@dataclass
class SetAppSecurityGroupActionResult:
    appName: str = ""
    success: bool = True
    error: str = ""

# Deployed apps and security groups, as cp-core's own request objects have them

@dataclass
class VMDetails:
    id: str
    cloud_provider_id: str
    uid: str
    vm_custom_params: dict[str, str] = field(default_factory=dict)
    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> VMDetails: ...

@dataclass
class DeployedApp:
    name: str = ""
    family: str = ""
    model: str = ""
    deployment_service_model: str = ""
    private_ip: str = ""
    vmdetails: VMDetails | None = None
    attributes: dict[str, str] = field(default_factory=dict)

@dataclass
class AppSecurityGroup:
    security_group_configs: list[object] = field(default_factory=list)
    deployed_app: DeployedApp = ...
    @classmethod
    def from_dict(cls, data: Mapping[str, object]) -> AppSecurityGroup: ...
