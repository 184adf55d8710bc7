"""A real browser at a real server that has the demo people in it."""

import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.central.making import PASSWORD
from tests.central.test_command import is_alive
from tests.central.waiting import free_port, until
from tests.needs import missing

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
PATIENT_MS = 60_000  # a browser, a server and its workers may share two busy cores with other tests
DESK, TELEPHONE = {"width": 1280, "height": 800}, {"width": 390, "height": 844}


@dataclass
class Site:
    """A server with the demo people, and a browser in which its admin is signed in."""

    base: str
    browser: Browser
    state: Any = None

    @contextmanager
    def context(self, *, signed_in: bool = True, **more: Any) -> Iterator[BrowserContext]:
        state = self.state if signed_in else None
        context = self.browser.new_context(base_url=self.base, storage_state=state, **{"viewport": DESK} | more)
        try:
            yield context
        finally:
            context.close()

    @contextmanager
    def page(self, **more: Any) -> Iterator[Page]:
        """A page of which nothing may go wrong in the browser."""
        with self.context(**more) as context:
            page = context.new_page()
            page.set_default_timeout(PATIENT_MS)
            wrong: list[str] = []
            page.on("pageerror", lambda error: wrong.append(str(error)))
            page.on("console", lambda said: wrong.append(said.text) if "Content Security Policy" in said.text else None)
            yield page
            assert not wrong, wrong


def choose_password(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_label("Password", exact=False).first.fill(PASSWORD)
    page.get_by_label("The same again").fill(PASSWORD)
    page.get_by_role("button", name="Choose this password").click()
    page.wait_for_url("**/sign-in")


def sign_in(page: Page, name: str = "admin", password: str = PASSWORD) -> None:
    page.goto("/sign-in")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


@contextmanager
def site(folder: Path) -> Iterator[Site]:
    program = shutil.which("chromium")
    if program is None:
        missing("needs chromium: apt install chromium")
    port = free_port()
    demo = [sys.executable, "-m", "kiosk.demo.central", "--no-kiosk"]
    command = [*demo, "--out", str(folder), "--port", str(port), "--json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server, sync_playwright() as playwright:
        try:
            assert server.stdout is not None
            told = json.loads(server.stdout.readline())
            until(lambda: is_alive(port), "the server")
            browser = playwright.chromium.launch(executable_path=program, args=FLAGS)
            expect.set_options(timeout=PATIENT_MS)
            here = Site(told["address"], browser)
            with here.page(signed_in=False) as page:
                choose_password(page, told["first_admin"])
                sign_in(page)
                page.wait_for_url(f"{here.base}/")
                here.state = page.context.storage_state()
            yield here
            browser.close()
        finally:
            server.terminate()
