"""Operations on sessions, users and passwords."""

from __future__ import annotations

from datetime import datetime, timezone
from xml.etree.ElementTree import Element

from cloudshell_local.access import DOMAIN, Session
from cloudshell_local.automation_api.xml import response_info
from cloudshell_local.errors import LoginFailed
from cloudshell_local.services.container import Services
from cloudshell_local.services.names import Named, require_name
from cloudshell_local.xml import node

DOMAIN_ID = "73b1efb8-3489-4f34-b723-ab209676b5ef"


class SessionOperations:
    """Operations that log on and off, add users and decrypt passwords."""

    def __init__(self, services: Services) -> None:
        self._access = services.access
        self._passwords = services.passwords

    def Logon(self, client: str, username: str, password: str, domainName: str = DOMAIN) -> Element:
        return _logged_on(self._access.log_on(username, password, domainName, client))

    def SecureLogon(self, token: str, domainName: str = DOMAIN) -> Element:
        """Log on with a valid token. Drivers do, with the token of their command (docs/reference/server.md §2)."""
        if domainName.lower() != DOMAIN.lower():
            raise LoginFailed()
        return _logged_on(self._access.session(token))

    def Logoff(self, session: Session) -> None:
        self._access.log_off(session.token)

    def AddNewUser(
        self,
        username: str,
        password: str,
        email: str = "",
        isActive: bool = True,
        isAdmin: bool = False,
    ) -> Element:
        user = self._access.add_user(require_name(Named.USER, username), password, isAdmin, email)
        return response_info(
            "UserInfo", Name=user.name, IsAdmin=user.is_admin, IsActive=True, DomainName=DOMAIN, Email=user.email
        )

    def DecryptPassword(self, encryptedString: str) -> Element:
        return response_info("AttributeValueInfo", Name="", Value=self._passwords.decrypt(encryptedString))

    def GetServerDateAndTime(self) -> Element:
        return response_info("ServerTimeInfo", ServerDateTime=datetime.now(timezone.utc).strftime("%m/%d/%Y %H:%M:%S"))


def _logged_on(session: Session) -> Element:
    return response_info(
        "LogonResponseInfo",
        node("Domain", Name=DOMAIN, Description="A domain that includes all available resources", DomainId=DOMAIN_ID),
        node("User", Name=session.user, IsAdmin=session.is_admin, IsActive=True, IsDomainAdmin=session.is_admin),
        node("Token", Token=session.token),
    )
