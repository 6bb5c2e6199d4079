from __future__ import annotations

from pathlib import Path

from cloudshell_local import CloudShellLocal
from cloudshell_local.services.commands.secret_finder import SecretFinder
from cloudshell_local.storage.passwords import Passwords
from tests.cloudshell_local.toy import package


def test_attributes_of_the_type_password_are_secret_whatever_their_names(
    server: CloudShellLocal, tmp_path: Path
) -> None:
    services = server.services
    services.catalog.add(package(lambda text: text.replace("Password:", "PIN:")), "admin")
    finder = SecretFinder(services.catalog, services.passwords)
    foreign = Passwords(tmp_path / "key").encrypt("abcdef")
    sent = {"attributes": {"Toy.PIN": services.passwords.encrypt("123456"), "Toy.User": "gabriel", "other": foreign}}
    secrets = finder.find(sent)
    assert secrets.has_name("Toy.PIN")
    assert not secrets.has_name("Toy.User")
    assert secrets.values == {"123456", foreign}
