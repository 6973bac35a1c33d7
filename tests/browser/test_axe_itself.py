"""The tool that looks for barriers finds one where there is one."""

from playwright.sync_api import Browser

from tests.support.axe import violations


def test_a_field_without_a_name_is_found(chromium: Browser) -> None:
    page = chromium.new_page()
    page.set_content("<html lang=en><title>A page</title><main><h1>Money</h1><input></main></html>")

    found = violations(page.main_frame)

    page.close()
    assert [one.split(":")[0] for one in found] == ["label"]
