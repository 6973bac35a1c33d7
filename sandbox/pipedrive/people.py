"""Who may see and do what in this company."""

from dataclasses import dataclass

from sandbox.pipedrive.answers import Record

OWNER_ONLY = 1


@dataclass(frozen=True)
class User:
    """One user of the company, with what a permission set and a visibility group give them."""

    id: int
    name: str
    email: str
    admin: bool
    sees_all: bool
    locale: str
    language: str
    country: str
    timezone: str
    timezone_offset: str

    def sees(self, deal: Record) -> bool:
        """Tell whether this user may see a deal."""
        if self.admin or deal["owner_id"] == self.id:
            return True
        return self.sees_all and deal["visible_to"] != OWNER_ONLY

    def card(self, *, currency: str, is_you: bool) -> Record:
        """Render the user as `/v1/users` does."""
        sales, everything = f"0b6a5c1e-0000-4000-8000-{self.id:012d}", f"5d1f7e2a-0000-4000-8000-{self.id:012d}"
        return {
            "id": self.id,
            "name": self.name,
            "default_currency": currency,
            "locale": self.locale,
            "lang": 1,
            "email": self.email,
            "phone": None,
            "activated": True,
            "last_login": "2026-11-20 08:12:41",
            "created": "2024-02-05 09:00:00",
            "modified": "2026-11-20 08:12:41",
            "has_created_company": self.admin,
            "access": [
                {"app": "sales", "admin": self.admin, "permission_set_id": sales},
                {"app": "global", "admin": self.admin, "permission_set_id": everything},
            ],
            "active_flag": True,
            "timezone_name": self.timezone,
            "timezone_offset": self.timezone_offset,
            "role_id": 1,
            "icon_url": None,
            "is_you": is_you,
            "is_deleted": False,
        }


@dataclass(frozen=True)
class Company:
    """The company account."""

    id: int
    name: str
    domain: str
    country: str
    industry: str
    currency: str

    def card(self, user: User) -> Record:
        """Render what `/v1/users/me` adds to the user."""
        return {
            "company_id": self.id,
            "company_name": self.name,
            "company_domain": self.domain,
            "company_country": self.country,
            "company_industry": self.industry,
            "language": {"language_code": user.language, "country_code": user.country},
        }
