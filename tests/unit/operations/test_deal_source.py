"""What is said where the deal cannot be read any more, though it could a moment ago."""

import pytest

from sync.errors import Anticipated, ErrorCode, Transient
from sync.operations.deal_source import pull_deal_source
from tests.unit.fakes.core import answers
from tests.unit.fakes.house import DEAL, House


@pytest.mark.parametrize("path", [f"/deals/{DEAL}", f"/deals/{DEAL}/products"])
@pytest.mark.parametrize(
    ("status", "times", "code"),
    [
        (401, 2, ErrorCode.INSTALL_LAPSED),
        (403, 1, ErrorCode.NO_ACCESS_TO_DEAL),
        (404, 1, ErrorCode.DEAL_GONE),
    ],
)
def test_why_a_deal_cannot_be_read_is_said_as_a_person_can_mend_it(
    home: House, path: str, status: int, times: int, code: ErrorCode
) -> None:
    home.web.trouble("GET", path, answers(status), times=times)

    with pytest.raises(Anticipated) as caught:
        pull_deal_source(home.core, person=home.person(), deal_id=DEAL)

    assert caught.value.code is code


def test_a_deal_that_was_deleted_is_gone_though_it_can_be_read(home: House) -> None:
    home.pipedrive.deals[DEAL]["is_deleted"] = True

    with pytest.raises(Anticipated) as caught:
        pull_deal_source(home.core, person=home.person(), deal_id=DEAL)

    assert caught.value.code is ErrorCode.DEAL_GONE


def test_a_burst_is_waited_for_once_because_a_person_waits(home: House) -> None:
    home.web.trouble("GET", f"/deals/{DEAL}", answers(429, x_ratelimit_remaining="0"))

    source = pull_deal_source(home.core, person=home.person(), deal_id=DEAL)

    assert source.deal.deal_id == DEAL
    assert home.web.pauses == [2.0]


@pytest.mark.parametrize(
    "limits",
    [
        [{"x_ratelimit_remaining": "0"}, {"x_ratelimit_remaining": "0"}],
        [{"x_ratelimit_remaining": "0", "retry_after": "3"}],
        [{"retry_after": "1"}],
    ],
)
def test_no_other_limit_and_no_second_one_is_waited_for(home: House, limits: list[dict[str, str]]) -> None:
    for limit in limits:
        home.web.trouble("GET", f"/deals/{DEAL}", answers(429, b"{}", **limit))

    with pytest.raises(Transient):
        pull_deal_source(home.core, person=home.person(), deal_id=DEAL)

    assert len(home.web.made("GET", f"/deals/{DEAL}")) == len(limits)
