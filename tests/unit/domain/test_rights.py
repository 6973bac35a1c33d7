from sync.domain.rights import Right, RightsPolicy, rights_of

BOTH = frozenset({"CreateDraftInvoice", "CreateApprovedInvoice", "UseMulticurrency"})
DRAFTING = frozenset({"CreateDraftInvoice"})
AT_FIRST = RightsPolicy()


def test_at_first_everybody_drafts_and_submits() -> None:
    assert rights_of(actions=BOTH, is_admin=False, policy=AT_FIRST) == {Right.DRAFT, Right.SUBMIT}


def test_at_first_admins_do_everything() -> None:
    assert rights_of(actions=BOTH, is_admin=True, policy=AT_FIRST) == set(Right)


def test_what_xero_refuses_nobody_may() -> None:
    assert rights_of(actions=DRAFTING, is_admin=True, policy=AT_FIRST) == {Right.DRAFT, Right.SUBMIT, Right.DELETE}
    assert rights_of(actions=frozenset(), is_admin=True, policy=AT_FIRST) == set()


def test_an_admin_may_say_otherwise() -> None:
    open_house = RightsPolicy(everybody=frozenset({Right.DRAFT, Right.APPROVE}), admins=frozenset())

    assert rights_of(actions=BOTH, is_admin=False, policy=open_house) == {Right.DRAFT, Right.APPROVE}
    assert rights_of(actions=DRAFTING, is_admin=True, policy=open_house) == {Right.DRAFT}
