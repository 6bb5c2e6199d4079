"""Driver of the toy shell: it needs no package, records its commands in a folder, and fails as a test wants.

The folder is the provider's attribute Control; with an empty one, the driver neither records nor fails. faults.json in it
has faults by command: {"raise": text}; {"refuse": text}, for commands with actions; {"wait": seconds}, or until the command
is cancelled; {"die": exit code}. "times" in a fault limits how often it happens.
"""

import json
import logging
import os
import threading
import time
from pathlib import Path


class Found:
    def __init__(self, attributes):
        self.resources = []
        self.attributes = attributes


class Attribute:
    def __init__(self, name, value):
        self.relative_address = ""
        self.attribute_name = name
        self.attribute_value = value


class ToyDriver:
    def __init__(self):
        self._lock = threading.Lock()
        self._vms = {}
        self._networks = set()
        self._fault_counts = {}
        self._control = ""

    def initialize(self, context):
        self._begin(context, "initialize")

    def cleanup(self):
        if self._control:
            (Path(self._control) / "cleaned").touch()

    def get_inventory(self, context):
        self._begin(context, "get_inventory")
        return Found([Attribute("Region", context.resource.attributes.get("Toy.Region") or "here")])

    def Deploy(self, context, request, cancellation_context):
        refused = self._begin(context, "Deploy", request, cancellation_context)
        return self._answer(request, refused, lambda action: self._deploy(action, context))

    def PowerOn(self, context, ports):
        self._on_vm(context, "PowerOn")

    def PowerOff(self, context, ports):
        self._on_vm(context, "PowerOff")

    def remote_refresh_ip(self, context, ports, cancellation_context):
        self._on_vm(context, "remote_refresh_ip", cancellation_context)

    def DeleteInstance(self, context, ports):
        uid = self._on_vm(context, "DeleteInstance")
        self._vms.pop(uid, None)

    def GetVmDetails(self, context, requests, cancellation_context):
        self._begin(context, "GetVmDetails", requests)
        apps = [item["deployedAppJson"] for item in json.loads(requests)["items"]]
        return json.dumps([self._details(app["vmdetails"]["uid"], app["name"]) for app in apps])

    def ApplyConnectivityChanges(self, context, request):
        refused = self._begin(context, "ApplyConnectivityChanges", request)
        return self._answer(
            request, refused, lambda action: {"updatedInterface": "mac of " + action["actionTarget"]["fullName"]}
        )

    def PrepareSandboxInfra(self, context, request, cancellation_context):
        refused = self._begin(context, "PrepareSandboxInfra", request)
        self._networks.add(context.reservation.reservation_id)
        more = {
            "createKeys": lambda _: {"accessKey": "PEM"},
            "prepareSubnet": lambda action: {"subnetId": "net " + action["actionParams"]["cidr"]},
        }
        return self._answer(request, refused, lambda action: more.get(action["type"], lambda _: {})(action))

    def CleanupSandboxInfra(self, context, request):
        refused = self._begin(context, "CleanupSandboxInfra", request)
        if not refused:
            self._networks.discard(context.reservation.reservation_id)
        return self._answer(request, refused, lambda action: {})

    def left(self, context):
        return json.dumps({"vms": sorted(self._vms), "networks": sorted(self._networks), "pid": os.getpid()})

    def echo(self, context, text, number="7"):
        print("this goes to driver.out")
        logging.getLogger("toy").warning("echo of '%s'", text)
        return text + number + type(context).__name__

    def whoami(self, context):
        reservation = context.reservation
        return json.dumps(
            {
                "token": context.connectivity.admin_auth_token,
                "user": reservation.running_user,
                "key": reservation.cloud_info_access_key,
            }
        )

    def _begin(self, context, command, request="", cancellation=None):
        self._control = context.resource.attributes.get("Toy.Control", "")
        if not self._control:
            return ""
        with self._lock, (Path(self._control) / "calls").open("a") as calls:
            calls.write(json.dumps([command, json.loads(request) if request else None]) + "\n")
        return self._inject_fault(command, cancellation)

    def _inject_fault(self, command, cancellation):
        file = Path(self._control) / "faults.json"
        fault = json.loads(file.read_text()).get(command) if file.exists() else None
        if not fault:
            return ""
        with self._lock:
            key = command + json.dumps(fault)
            self._fault_counts[key] = self._fault_counts.get(key, 0) + 1
            if self._fault_counts[key] > fault.get("times", 1000):
                return ""
        if "die" in fault:
            os._exit(fault["die"])
        if "wait" in fault:
            self._wait(fault["wait"], cancellation)
        if "raise" in fault:
            raise RuntimeError(fault["raise"])
        return fault.get("refuse", "")

    def _wait(self, seconds, cancellation):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if cancellation and cancellation.is_cancelled:
                raise RuntimeError("it was cancelled")
            time.sleep(0.005)

    def _on_vm(self, context, command, cancellation=None):
        self._begin(context, command, "", cancellation)
        return json.loads(context.remote_endpoints[0].app_context.deployed_app_json)["vmdetails"]["uid"]

    def _answer(self, request, refused, more):
        results = []
        for action in json.loads(request)["driverRequest"]["actions"]:
            result = {
                "actionId": action["actionId"],
                "type": action["type"],
                "success": not refused,
                "errorMessage": refused,
            }
            results.append(result if refused else {**result, **more(action)})
        return json.dumps({"driverResponse": {"actionResults": results}})

    def _deploy(self, action, context):
        if action["type"] == "connectSubnet":
            return {"interface": "nic on " + action["actionParams"]["subnetId"]}
        requested = {
            each["attributeName"].rpartition(".")[2]: each["attributeValue"]
            for each in action["actionParams"]["deployment"]["attributes"]
        }
        with self._lock:
            number = len(self._vms) + 1
            uid = "vm-" + str(number) + "-" + action["actionId"][:4]
            self._vms[uid] = action["actionParams"]["appName"]
        return {
            "vmUuid": uid,
            "vmName": requested.get("VM Name") or self._vms[uid] + "-" + uid,
            "deployedAppAddress": "10.9.0." + str(number),
            "deployedAppAttributes": [{"attributeName": "Public IP", "attributeValue": "198.51.100.1"}],
            "deployedAppAdditionalData": {"auto_delete": requested["Auto Delete"] == "True", "zone": 7},
            "vmDetailsData": self._details(uid, ""),
        }

    def _details(self, uid, name):
        if uid not in self._vms:
            return {"appName": name, "errorMessage": "there is no " + uid}
        nic = {
            "interfaceId": "nic",
            "networkId": "net",
            "isPrimary": True,
            "networkData": [{"key": "MAC", "value": "02"}],
            "privateIpAddress": "10.9.0.1",
        }
        instance = [{"key": "Image", "value": "toy"}, {"key": "secret", "value": 5, "hidden": True}]
        return {"appName": name, "errorMessage": "", "vmInstanceData": instance, "vmNetworkData": [nic]}
