"""Pages in headless Chromium: what a reader sees, without a driver."""

import os
import shutil
import signal
import subprocess
from html.parser import HTMLParser

import pytest

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
SECONDS = 120  # many times what a page takes; a browser that hangs is killed

needs_chromium = pytest.mark.skipif(CHROMIUM is None, reason="needs Chromium")


class Page(HTMLParser):
    """The page after its scripts have run: the texts of tables by row, of lists and of elements with an id."""

    def __init__(self, text):
        super().__init__()
        self.tables, self.items, self.title, self.hidden, self.tags = {}, [], "", {}, []
        self._table, self._into = None, None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.tags.append(tag)
        if "id" in attrs:
            self.hidden[attrs["id"]] = "hidden" in attrs
        if tag == "tbody":
            self._table = self.tables.setdefault(attrs.get("id", f"table {len(self.tables)}"), [])
        elif tag == "tr" and self._table is not None:
            self._table.append([])
        elif tag == "td" and self._table is not None:
            self._table[-1].append("")
            self._into = "cell"
        elif tag == "li":
            self._into = tag
            self.items.append("")
        elif tag == "title" and not self.title:  # texts in pictures have titles too
            self._into = tag

    def handle_endtag(self, tag):
        if tag == "tbody":
            self._table = None
        elif tag in ("td", "li", "title"):
            self._into = None

    def handle_data(self, data):
        if self._into == "cell":
            self._table[-1][-1] += data
        elif self._into == "li":
            self.items[-1] += data
        elif self._into == "title":
            self.title += data


def opened(path, tmp_path, *, fragment=""):
    """Return the page that a reader finds at the fragment."""
    out = tmp_path / "page.dom"
    with open(out, "wb") as stdout:
        _run([f"--user-data-dir={tmp_path / 'profile'}", "--dump-dom", path.as_uri() + fragment], stdout)
    return Page(out.read_text(encoding="utf-8"))


def screenshot(path, tmp_path, *, dark=False):
    """Return the pixels of the page, as floats of shape (height, width, channels)."""
    from matplotlib.image import imread

    out = tmp_path / f"{path.stem}-{'dark' if dark else 'light'}.png"
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    shot = ["--window-size=1180,2000", "--hide-scrollbars", f"--screenshot={out}"]
    _run([f"--user-data-dir={tmp_path / 'profile'}", *scheme, *shot, path.as_uri()], subprocess.DEVNULL)
    return imread(out)


def _run(arguments, stdout):
    """Run Chromium; neither it nor its children can outlive the test, and no pipe can keep it waiting."""
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=5000", *arguments]
    process = subprocess.Popen(command, stdout=stdout, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        assert process.wait(SECONDS) == 0
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
