"""The booking page in a real browser: large and small, with and without JavaScript, by keyboard, and for axe."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page

from outreach.rules.kinds import MeetingStatus
from tests.browser.conftest import BookingDesk

SIZES = {"desktop": (1200, 900), "phone": (390, 844)}
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("browser")]


@pytest.fixture(params=["desktop", "phone"])
def size(request: pytest.FixtureRequest) -> tuple[int, int]:
    return SIZES[request.param]


@pytest.fixture(params=[True, False], ids=["with JavaScript", "without JavaScript"])
def context(request: pytest.FixtureRequest, browser: Browser, size: tuple[int, int]) -> Iterator[BrowserContext]:
    made = browser.new_context(
        viewport={"width": size[0], "height": size[1]},
        java_script_enabled=request.param,
        timezone_id="America/New_York",
    )
    made.set_default_timeout(15_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


def test_a_guest_books_moves_and_cancels(desk: BookingDesk, page: Page) -> None:
    troubles: list[str] = []
    page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
    page.goto(desk.page)
    assert page.locator("h1").inner_text() == "A conversation with Robin Example"
    page.locator("label.slot").nth(4).click()
    page.get_by_label("By video call").check()
    page.get_by_label("Anything that Robin Example should know").fill("I have a stand-up until ten past.")
    page.get_by_role("button", name="Book this time").last.click()
    page.get_by_text("It is settled").wait_for()
    (meeting,) = desk.meetings()
    assert (meeting.place_kind.value, meeting.guest_note) == ("video", "I have a stand-up until ten past.")

    page.get_by_role("link", name="Choose another time").click()
    page.locator("label.slot").nth(20).click()
    page.get_by_role("button", name="Move the meeting").click()
    page.get_by_text("It is settled").wait_for()
    (moved,) = desk.meetings()
    assert moved.starts_at > meeting.starts_at
    assert moved.sequence == 1

    page.get_by_role("link", name="Cancel the meeting").click()
    page.get_by_role("button", name="Yes, cancel it").click()
    page.get_by_text("The earlier meeting was cancelled").wait_for()
    assert desk.meetings()[0].status is MeetingStatus.CANCELLED
    assert troubles == []


def test_the_owner_says_how_it_went(desk: BookingDesk, page: Page) -> None:
    page.goto(desk.after_meeting())
    page.get_by_label("We met").check()
    page.get_by_label("We talked about").fill("how you came to this work")
    page.get_by_label("Who else you should meet").fill("Sam Sample <sam@friends.example.com>")
    page.get_by_role("button", name="Say so").click()
    page.get_by_text("The thank-you leaves").wait_for()
    assert desk.meetings()[0].topics == ["how you came to this work"]


def test_nothing_is_wider_than_the_screen(desk: BookingDesk, page: Page, size: tuple[int, int]) -> None:
    page.goto(desk.page)
    body = page.locator("main").bounding_box()
    assert body is not None
    assert body["width"] <= size[0]
    for slot in page.locator("label.slot > span").all()[:30]:
        box = slot.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= size[0]
        assert box["height"] >= 36  # a thumb finds it


def test_the_link_of_a_time_in_the_letter_books_it_with_one_click(desk: BookingDesk, page: Page) -> None:
    page.goto(f"{desk.page}?start={desk.offered(2)}")
    wanted = page.locator("input[name=start]:checked").get_attribute("value")
    assert wanted is not None
    page.get_by_role("button", name="Book this time").first.click()
    page.get_by_text("It is settled").wait_for()
    assert desk.meetings()[0].starts_at == datetime.fromisoformat(wanted)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["desktop", "phone"])
def test_axe_finds_nothing(desk: BookingDesk, browser: Browser, name: str, scheme: str) -> None:
    width, height = SIZES[name]
    context = browser.new_context(
        viewport={"width": width, "height": height},
        color_scheme="dark" if scheme == "dark" else "light",
        bypass_csp=True,  # axe is put into the page from outside
    )
    page = context.new_page()
    found: dict[str, list[str]] = {}

    def look(what: str) -> None:
        violations = Axe().run(page).response["violations"]
        if violations:
            found[what] = [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in violations]

    def press(name: str) -> None:
        with page.expect_navigation():
            page.get_by_role("button", name=name).first.click()

    page.goto(f"{desk.page}?start={desk.offered(1)}")
    look("choosing")
    press("Book this time")
    look("booked")
    with page.expect_navigation():
        page.get_by_role("link", name="Choose another time").click()
    look("moving")
    page.goto(f"{desk.page}/cancel")
    look("cancelling")
    press("Yes, cancel it")
    look("cancelled")
    page.goto(f"{desk.address}/b/nothing")
    look("missing")
    page.goto(desk.after_meeting())
    look("after")
    page.get_by_label("We moved it").check()
    press("Say so")
    look("after, with something missing")
    page.get_by_label("We met").check()
    page.get_by_label("We talked about").fill("how you came to this work")
    press("Say so")
    look("said")
    context.close()
    assert found == {}


def test_by_keyboard_alone(desk: BookingDesk, browser: Browser) -> None:
    context = browser.new_context(timezone_id="Europe/Stockholm")
    page = context.new_page()
    page.goto(desk.page)
    for _ in range(12):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.name") == "start":
            break
    assert page.evaluate("document.activeElement.name") == "start"
    page.keyboard.press("Space")
    page.keyboard.press("ArrowRight")
    wanted = page.locator("input[name=start]:checked").get_attribute("value")
    outline = page.evaluate("getComputedStyle(document.activeElement.nextElementSibling).outlineStyle")
    assert outline != "none"  # where the focus is can be seen
    page.keyboard.press("Enter")
    page.get_by_text("It is settled").wait_for()
    assert wanted is not None
    assert desk.meetings()[0].starts_at == datetime.fromisoformat(wanted)
    context.close()


def test_times_are_shown_in_the_visitors_own_zone_at_once(desk: BookingDesk, browser: Browser) -> None:
    context = browser.new_context(timezone_id="Asia/Tokyo")
    page = context.new_page()
    page.goto(desk.page)
    page.wait_for_url("**zone=Asia*")
    assert page.locator("#zone").input_value() == "Asia/Tokyo"
    page.locator("#zone").select_option("Europe/Lisbon")
    page.wait_for_url("**zone=Europe*")
    assert page.locator("#zone").input_value() == "Europe/Lisbon"
    context.close()
