"""What the guardian understands of its launcher's lines."""

from sandbox.guardian import alive, read_groups


def test_it_follows_the_lines() -> None:
    groups = read_groups(["+base 10\n", "+app 11\n", "+app 12\n", "-11\n"])

    assert groups == {10: "base", 12: "app"}


def test_nothing_is_alive_that_is_not_ours() -> None:
    assert alive(mark="a mark that nobody carries", groups=[2**22 + 1]) == []
