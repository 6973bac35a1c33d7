"""What is said where the deal cannot be read any more, though it could a moment ago."""

import pytest

from sync.errors import Anticipated, ErrorCode
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
