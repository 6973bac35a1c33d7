from dataclasses import replace

from sync.domain.deal_events import (
    DealAction,
    DealCurrencyChanged,
    DealDeleted,
    DealMerged,
    DealNotice,
    DealRenamed,
    DealReowned,
    deal_events,
)

CHANGE = DealNotice(action=DealAction.CHANGE, deal_id=42, title="Rebrand", owner_id=7, currency="EUR")
DELETE = DealNotice(action=DealAction.DELETE, deal_id=42)


def changed(*names: str) -> DealNotice:
    return replace(CHANGE, changed=frozenset(names))


def test_only_what_changed_is_told() -> None:
    assert deal_events(notice=changed("title")) == (DealRenamed(42, "Rebrand"),)
    assert deal_events(notice=changed("owner_id")) == (DealReowned(42, 7),)
    assert deal_events(notice=changed("currency", "value")) == (DealCurrencyChanged(42, "EUR"),)
    assert deal_events(notice=changed("stage_id", "custom_fields")) == ()


def test_several_changes_at_once_are_all_told() -> None:
    assert deal_events(notice=changed("title", "owner_id")) == (DealRenamed(42, "Rebrand"), DealReowned(42, 7))


def test_a_new_deal_has_no_invoices_yet() -> None:
    assert deal_events(notice=replace(CHANGE, action=DealAction.CREATE, changed=frozenset({"title"}))) == ()


def test_a_deletion_is_a_deletion_unless_it_is_a_merge() -> None:
    assert deal_events(notice=DELETE) == (DealDeleted(42),)
    assert deal_events(notice=replace(DELETE, merged_to_id=43)) == (DealMerged(42, into_deal_id=43),)


def test_both_events_of_a_merge_say_the_same() -> None:
    of_the_lost = deal_events(notice=replace(DELETE, deal_id=41, merged_to_id=42))
    of_the_survivor = deal_events(notice=replace(changed("value"), merged_from_id=41))

    assert of_the_lost == of_the_survivor
