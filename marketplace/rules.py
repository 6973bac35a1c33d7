"""The rules: what Instep does by itself, all off until an admin switches them on (F29)."""

from collections.abc import Mapping
from functools import partial

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_babel.speaklater import LazyString

from marketplace.access import Access, GuardedBlueprint, Surface, core, person
from marketplace.messages import Notice
from marketplace.notices import notice_for
from marketplace.rules_schemas import RulesForm, RulesSchema, does_name, stage_name
from marketplace.schemas import FormRefused
from sync.operations.dry_run import DryRun, dry_run
from sync.operations.rules import Outdated, StageMissing, save_rules, show_rules
from sync.operations.setup import deal_url

rules = GuardedBlueprint("rules", access=Access.SESSION, surface=Surface.PAGE)

_CHOOSE_STAGE = _l("Choose a stage.")


@rules.get("/setup/rules")
def show() -> ResponseReturnValue:
    """Show the rules."""
    return _draw(notice=request.args.get("notice", ""))


@rules.post("/setup/rules")
def save() -> ResponseReturnValue:
    """Switch rules on and off."""
    form = RulesSchema().load(request.form)
    save_rules(core(), person=person(), wish=form.wish, version=form.version)
    return redirect(url_for("rules.show", notice=Notice.SAVED.value))


@rules.post("/setup/rules/trial")
def trial() -> ResponseReturnValue:
    """Show what the rules, as they are chosen now, would have done last month; nothing is saved."""
    form = RulesSchema().load(request.form)
    return _draw(form=form, tried=dry_run(core(), person=person(), wish=form.wish))


@rules.errorhandler(FormRefused)
def on_refused(refused: FormRefused) -> ResponseReturnValue:
    """Show the rules as they are, and what was not understood."""
    return _draw(refusals=refused.fields), 422


@rules.errorhandler(StageMissing)
def on_stage_missing(missing: StageMissing) -> ResponseReturnValue:
    """Show the same page again with all that was chosen, and which stage is missing."""
    form = RulesSchema().load(request.form)
    return _draw(form=form, refusals={stage_name(missing.kind): [_CHOOSE_STAGE]}), 422


@rules.errorhandler(Outdated)
def on_outdated(_outdated: Outdated) -> ResponseReturnValue:
    """Show what somebody else has chosen meanwhile."""
    return _draw(is_outdated=True), 409


def _draw(
    *,
    form: RulesForm | None = None,
    refusals: Mapping[str, list[str | LazyString]] | None = None,
    notice: str = "",
    is_outdated: bool = False,
    tried: DryRun | None = None,
) -> str:
    page = show_rules(core(), person=person(), wish=form.wish if form else None)
    return render_template(
        "setup/rules.html",
        page=page,
        company_name=person().company_name,
        does_name=does_name,
        stage_name=stage_name,
        notice=notice_for(notice),
        refusals=refusals or {},
        is_outdated=is_outdated,
        tried=tried,
        deal_url=partial(deal_url, person()),
    )
