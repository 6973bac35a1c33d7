"""What the seeded company sells, to whom: chosen so that every rule of an invoice meets a deal."""

from typing import Any

_Address = tuple[str, str, str, str, str]
_TOM, _CAMILLE, _INGRID = 12003, 12002, 12001

# In Xero: "Brightwater Studio Ltd." (other spacing), "Maison Dupré & Fils", "Harbour Lane Dental" and
# "Oakfield Primary School"; not in Xero: the rest.
ORGANIZATIONS: tuple[tuple[str, _Address, str | None], ...] = (
    ("Brightwater  Studio Ltd", ("14", "Quay Street", "D02 XK51", "Dublin", "Ireland"), "IE3628739LH"),
    ("Maison Dupré & Fils", ("8", "rue des Écoles", "69005", "Lyon", "France"), "FR40303265045"),
    ("Harbour Lane Dental", ("3", "Harbour Lane", "T12 W8RK", "Cork", "Ireland"), None),
    ("Kestrel Analytics Inc", ("500", "Boylston Street", "02116", "Boston", "United States"), None),
    ("Oakfield Primary School", ("27", "Oakfield Road", "H91 E9PC", "Galway", "Ireland"), None),
    ("Saltmarsh Brewing Co", ("1", "Mill Lane", "Y35 TD92", "Wexford", "Ireland"), None),
    ("Atelier Noémie Lefèvre", ("22", "rue Sainte-Catherine", "33000", "Bordeaux", "France"), None),
)
# First name, last name, e-mail (Aoife has none), organisation.
PERSONS: tuple[tuple[str, str, str | None, int | None], ...] = (
    ("Niamh", "Brennan", "niamh@brightwater.example", 1),
    ("Étienne", "Dupré", "etienne.dupre@maison-dupre.example", 2),
    ("Patrick", "Doyle", "patrick@harbourlane.example", 3),
    ("Rachel", "Kim", "rkim@kestrel-analytics.example", 4),
    ("Aoife", "Ní Bhriain", None, 5),
    ("Conor", "Walsh", "conor@saltmarsh.example", 6),
    ("Noémie", "Lefèvre", "bonjour@noemie-lefevre.example", 7),
    ("Declan", "Farrell", "declan.farrell@post.example", None),
)
# Name, code, unit, tax, price.
PRODUCTS: tuple[tuple[str, str, str, float, float], ...] = (
    ("Brand identity", "BRAND-ID", "project", 20, 4800),
    ("Website design", "WEB-DESIGN", "project", 20, 7250),
    ("Design hours", "HOURS", "hour", 20, 95),
    ("Print production", "PRINT", "piece", 10, 0.3475),
    ("Illustration", "ILLUS", "piece", 10, 240),
    ("Photography day", "PHOTO", "day", 20, 1150),
    ("Website care plan", "CARE", "month", 20, 180),
    ("Workshop", "WORKSHOP", "day", 0, 900),
    ("Menu printing", "MENU", "piece", 10, 1.1275),
)


def _line(product_id: int, item_price: float, quantity: float, tax: float = 20, **more: Any) -> dict[str, Any]:
    return {"product_id": product_id, "item_price": item_price, "quantity": quantity, "tax": tax, **more}


def _deal(title: str, org_id: int | None, person_id: int | None, stage_id: int, **more: Any) -> dict[str, Any]:
    return {"title": title, "org_id": org_id, "person_id": person_id, "stage_id": stage_id, **more}


DEALS: tuple[dict[str, Any], ...] = (
    _deal("Brightwater rebrand", 1, 1, 4, lines=(_line(1, 4800, 1), _line(3, 95, 12.5, discount=10))),
    _deal(
        "Site vitrine et cartes", 2, 2, 3, owner_id=_CAMILLE,
        lines=(
            _line(2, 8700, 1, tax_method="inclusive"),
            _line(4, 0.3475, 1500, 10, tax_method="inclusive"),
            _line(5, 240, 3, 10, tax_method="inclusive", discount=50, discount_type="amount"),
        ),
    ),
    _deal(
        "Surgery signage and photography", 3, 3, 2, owner_id=_TOM,
        lines=(_line(6, 1150, 2), _line(5, 240, 4, 10, product_variation_id=51), _line(3, 95, 7.25, discount=35.5, discount_type="amount")),
        discounts=(("percentage", 5, "Returning client"),),
    ),
    _deal(
        "Kestrel annual report", 4, 4, 3, currency="USD",
        lines=(_line(1, 5200, 1, 0, tax_method="none"), _line(3, 110, 40, 0, tax_method="none", discount=15)),
    ),
    _deal(
        "School prospectus", 5, 5, 2, owner_id=_CAMILLE,
        lines=(_line(4, 0.3475, 2400, 10), _line(8, 900, 1, 0), _line(3, 95, 18)),
        discounts=(("amount", 150, "Charity rate"),),
    ),
    _deal(
        "Saltmarsh can labels", 6, 6, 1, owner_id=_TOM,
        lines=(_line(5, 240, 6, 10), _line(6, 1150, 1, is_enabled=False), _line(4, 0.1233, 12000, 10)),
    ),
    _deal(
        "Brightwater website care", 1, 1, 4,
        lines=(_line(7, 180, 1, billing_frequency="monthly", billing_frequency_cycles=12,
                     billing_start_date="2026-12-01"),),
    ),
    _deal("Oakfield mural consultation", 5, 5, 1, value=650),
    _deal(
        "Portfolio Noémie", 7, 7, 2, owner_id=_CAMILLE,
        lines=(_line(2, 6041.6667, 1), _line(3, 79.1667, 9.75, discount=12.5)),
        discounts=(("percentage", 7.5, "Remise fidélité"), ("amount", 100, "Acompte offert")),
    ),
    _deal(
        "Tap room menus", 6, 6, 3, owner_id=_TOM,
        lines=(_line(9, 1.1275, 333, 10, tax_method="inclusive"), _line(3, 114, 3.333, tax_method="inclusive")),
        discounts=(("percentage", 10, "Spring offer"),),
    ),
    _deal("Family crest, Farrell", None, 8, 2, lines=(_line(5, 240, 1, 10), _line(8, 900, 0.5, 0))),
    _deal(
        "Harbour Lane stationery", 3, 3, 4, status="won",
        lines=(_line(4, 0.3475, 5000, 10, discount=3.3333), _line(3, 95, 4, 20, tax_method="inclusive")),
    ),
    _deal("Brightwater trade fair stand", 1, None, 1, visible_to=1, owner_id=_INGRID, lines=(_line(6, 1150, 3),)),
)  # fmt: skip
