"""The preferences: how an invoice is filled from a deal (F3, F4, F5)."""

from collections.abc import Mapping
from dataclasses import asdict

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString
from werkzeug.datastructures import MultiDict

from marketplace.access import Access, GuardedBlueprint, Surface, core, holder, person
from marketplace.i18n import number, percent
from marketplace.messages import TREATMENTS, Notice
from marketplace.notices import notice_for
from marketplace.preferences_schemas import (
    DUE_KINDS,
    KNOWN_PLACEHOLDERS,
    TREATMENT_KINDS,
    PreferencesSchema,
    typed_rows,
)
from marketplace.schemas import FormRefused
from sync.operations.live_example import show_example
from sync.operations.preference_history import show_history
from sync.operations.preference_page import Draft, PreferencesPage, show_preferences, show_preferences_anew
from sync.operations.preferences import TAX_RATE
from sync.operations.save_preferences import NotOffered, Overtaken, save_preferences
from sync.operations.setup import deal_url, show_setup

preferences = GuardedBlueprint("preferences", access=Access.SESSION, surface=Surface.PAGE)

#: What the form calls a preference, where `to_flat` has another name for it.
_FORM_NAMES = {"account": "default_account", "treatment": "line_amount_types"}
_NOT_OFFERED = _l("This cannot be chosen here any more; choose one of the listed values.")


@preferences.post("/setup/preferences")
def save() -> ResponseReturnValue:
    """Take the preferences."""
    save_preferences(core(), person=person(), wish=PreferencesSchema().load(request.form).wish)
    return redirect(url_for("setup.show", notice=Notice.SAVED.value))


@preferences.post("/setup/example")
def example() -> ResponseReturnValue:
    """Show what would come of the form as it is now; nothing is kept."""
    form = PreferencesSchema().load(request.form)
    page = show_preferences(core(), person=person(), draft=form.draft)
    return draw_preferences(page, typed=request.form)


@preferences.post("/setup/example/part")
def example_part() -> ResponseReturnValue:
    """Give the same without the page around it."""
    form = PreferencesSchema().load(request.form)
    shown = show_example(core(), person=person(), preferences=form.preferences, deal_id=form.example_deal)
    return render_template("setup/_example.html", example=shown, due_kind=form.preferences.due_kind, refusals={})


@preferences.post("/setup/fields")
def read_fields() -> ResponseReturnValue:
    """Read the company's fields again, and keep what was typed."""
    page = show_preferences_anew(core(), person=person(), draft=Draft(deal_id=_deal_shown()))
    return draw_preferences(page, typed=request.form)


@preferences.get("/setup/history")
def history() -> ResponseReturnValue:
    """Show who changed what."""
    shown = show_history(core(), company_id=person().company_id, page=request.args.get("page", 1, type=int))
    view = show_setup(core(), company_id=person().company_id, user_id=person().user_id)
    return render_template("setup/history.html", history=shown, view=view)


@preferences.errorhandler(FormRefused)
def on_refused(refused: FormRefused) -> ResponseReturnValue:
    """Show the same page again with all that was typed, and what to do where."""
    if request.endpoint == "preferences.example_part":
        return render_template("setup/_example.html", example=None, due_kind="", refusals=refused.fields)
    page = show_preferences(core(), person=person(), draft=Draft(deal_id=_deal_shown()))
    return draw_preferences(page, typed=request.form, refusals=refused.fields), 422


@preferences.errorhandler(NotOffered)
def on_not_offered(refused: NotOffered) -> ResponseReturnValue:
    """Mark what cannot be chosen, the same way."""
    names = {"tax_rows" if name.startswith(TAX_RATE) else _FORM_NAMES.get(name, name) for name in refused.names}
    return on_refused(FormRefused(fields={name: [_NOT_OFFERED] for name in names}))


@preferences.errorhandler(Overtaken)
def on_overtaken(overtaken: Overtaken) -> ResponseReturnValue:
    """Tell who was faster, and show what both want."""
    merged = overtaken.merged
    draft = Draft(preferences=merged.preferences, defaults=merged.defaults, deal_id=_deal_shown())
    page = show_preferences(core(), person=person(), draft=draft)
    return draw_preferences(page, overtaken=overtaken), 409


def draw_preferences(
    page: PreferencesPage,
    *,
    typed: MultiDict[str, str] | None = None,
    refusals: Mapping[str, list[str | LazyString]] | None = None,
    overtaken: Overtaken | None = None,
    notice: str = "",
) -> str:
    """Draw the page, with what was typed where something was."""
    values = _values(page)
    return render_template(
        "setup/preferences.html",
        view=show_setup(core(), company_id=person().company_id, user_id=person().user_id),
        page=page,
        values={**values, **typed.to_dict()} if typed else values,
        rows=typed_rows(typed) if typed else [(number(row.percent), row.rate) for row in page.tax_rows],
        automatic={number(row.percent): row.automatic for row in page.tax_rows},
        notice=notice_for(notice),
        refusals=refusals or {},
        overtaken=overtaken,
        due_kinds=DUE_KINDS,
        **_options(page),
        placeholders=KNOWN_PLACEHOLDERS,
        back_url=deal_url(person(), deal_id=holder().deal_id),
    )


def _values(page: PreferencesPage) -> dict[str, str]:
    """Give what the form's fields hold before anybody types, by their names."""
    return {
        **{name: str(value) for name, value in asdict(page.preferences).items()},
        "default_account": page.defaults.account,
        "theme_id": page.defaults.theme_id,
        "line_amount_types": page.defaults.treatment,
        "create_as": page.defaults.create_as,
        "version": page.version,
        "example_deal": str(page.example.deal_id or ""),
    }


def _options(page: PreferencesPage) -> dict[str, list[tuple[str, str | LazyString]]]:
    """Give what may be chosen in the organisation: values with their words."""
    return {
        "accounts": [(code, f"{code} · {name}") for code, name in page.choices.accounts.items()],
        "themes": list(page.choices.themes.items()),
        "treatments": [(kind, TREATMENTS[kind]) for kind in TREATMENT_KINDS],
        "rates": [(rate.tax_type, f"{rate.name} · {percent(rate.effective_rate)}") for rate in page.choices.rates],
    }


def _deal_shown() -> int | None:
    return request.form.get("example_deal", type=int)
