class ConnectivityContext:
    server_address: str
    admin_auth_token: str
    cloudshell_api_scheme: str

class AppContext:
    app_request_json: str | None
    deployed_app_json: str | None
    def __init__(self, app_request_json: str | None, deployed_app_json: str | None) -> None: ...

class ResourceContextDetails:
    id: str
    name: str
    fullname: str
    type: str
    address: str
    model: str
    family: str
    description: str
    attributes: dict[str, str]
    app_context: AppContext

class ReservationContextDetails:
    reservation_id: str
    environment_name: str
    environment_path: str
    domain: str
    description: str
    owner_user: str
    owner_email: str
    running_user: str
    cloud_info_access_key: str

class CancellationContext:
    is_cancelled: bool
    def __init__(self) -> None: ...

class InitCommandContext:
    connectivity: ConnectivityContext
    resource: ResourceContextDetails

class AutoLoadCommandContext:
    connectivity: ConnectivityContext
    resource: ResourceContextDetails

class ResourceCommandContext:
    connectivity: ConnectivityContext
    resource: ResourceContextDetails
    reservation: ReservationContextDetails | None

class ResourceRemoteCommandContext:
    connectivity: ConnectivityContext
    resource: ResourceContextDetails
    remote_reservation: ReservationContextDetails | None
    remote_endpoints: list[ResourceContextDetails]

class AutoLoadAttribute:
    relative_address: str
    attribute_name: str
    attribute_value: str
    def __init__(self, relative_address: str, attribute_name: str, attribute_value: str) -> None: ...

class AutoLoadResource: ...

class AutoLoadDetails:
    resources: list[AutoLoadResource]
    attributes: list[AutoLoadAttribute]
    def __init__(self, resources: list[AutoLoadResource], attributes: list[AutoLoadAttribute]) -> None: ...
