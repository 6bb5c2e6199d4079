from __future__ import annotations

import threading
from pathlib import Path

import pytest

from cloudshell_local.services.background import BackgroundTasks
from cloudshell_local.services.container import open_services
from cloudshell_local.settings import Settings
from cloudshell_local.storage.data_folder import open_data_folder
from tests.cloudshell_local.toy import package


def test_the_services_work_without_any_api_and_leave_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    settings = Settings(tmp_path / "environments")
    with open_data_folder(tmp_path / "data") as data:
        background = BackgroundTasks(data.store.changes)
        with open_services(data, background, settings, "127.0.0.9") as services:
            services.catalog.add(package(), "admin")
            services.inventory.create("Toy", "toys")
            sandbox = services.sandboxes.create("s", "admin", 60)
            assert services.lifecycle.wait(sandbox.id).name == "s"
            assert services.store.resources.get("toys").driver == "ToyDriver"
            assert services.passwords.decrypt(services.store.resources.get("toys").attributes["Toy.Password"]) == ""
            assert {services.vlans, services.subnets, services.checkouts} == {*vars(services.networking).values()}
        with pytest.raises(Exception, match="is being ended"):
            services.commands.run(services.store.resources.get("toys"), "left")
        background.close()
    assert set(threading.enumerate()) <= before


def test_services_that_cannot_be_built_leave_no_thread(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    with open_data_folder(tmp_path / "data") as data:
        data.drivers.rmdir()
        opened = open_services(data, BackgroundTasks(data.store.changes), Settings(tmp_path), "127.0.0.9")
        with pytest.raises(FileNotFoundError), opened:
            pass
    assert set(threading.enumerate()) <= before
