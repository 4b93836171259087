# SPDX-License-Identifier: LGPL-2.1-or-later
"""Chromium without a window, asked over its DevTools protocol through a pipe: no port, no library."""

import base64
import json
import os
import select
import shutil
import subprocess
import tempfile
import time

PROGRAMS = ("chromium", "chromium-browser", "google-chrome")
END_OF_HANG = 60


def find():
    """The program, or None."""
    return next((path for path in map(shutil.which, PROGRAMS) if path), None)


class Browser:
    """One browser with one page. What the page asks the network for, logs and opens is kept."""

    def __init__(self, program):
        self.folder = tempfile.mkdtemp()
        self.buffer = b""
        self.last = 0
        self.session = None
        self.events = []
        hear, tell = os.pipe()
        answer, write = os.pipe()
        # The browser reads file descriptor 3 and writes 4.
        self.child = subprocess.Popen(
            ["/bin/sh", "-c", f'exec "$@" 3<&{hear} 4>&{write}', "sh", program, "--headless=new",
             "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars",
             "--no-first-run", "--disable-background-networking", "--disable-component-update",
             "--disable-sync", f"--user-data-dir={self.folder}", "--remote-debugging-pipe",
             "about:blank"],
            pass_fds=(hear, write), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env={**os.environ, "HOME": self.folder})
        os.close(hear)
        os.close(write)
        self.tell, self.answer = tell, answer
        target = self.call("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.call("Target.attachToTarget", targetId=target,
                                 flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.call(f"{domain}.enable")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.tell)
        os.close(self.answer)
        self.child.kill()
        self.child.wait(timeout=END_OF_HANG)
        shutil.rmtree(self.folder, ignore_errors=True)

    def receive(self):
        until = time.monotonic() + END_OF_HANG
        while b"\0" not in self.buffer:
            if not select.select([self.answer], [], [], max(0, until - time.monotonic()))[0]:
                raise TimeoutError("the browser does not answer")
            part = os.read(self.answer, 1 << 20)
            if not part:
                raise EOFError("the browser ended")
            self.buffer += part
        text, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(text)

    def call(self, method, **params):
        self.last += 1
        message = {"id": self.last, "method": method, "params": params}
        if self.session:
            message["sessionId"] = self.session
        data = json.dumps(message).encode() + b"\0"
        while data:
            data = data[os.write(self.tell, data):]
        while True:
            got = self.receive()
            if got.get("id") != self.last:
                self.events.append(got)
            elif "error" in got:
                raise RuntimeError(f"{method}: {got['error']}")
            else:
                return got["result"]

    def emulate(self, width, height=900, scheme="light", media=""):
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height,
                  deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", media=media,
                  features=[{"name": "prefers-color-scheme", "value": scheme}])

    def open(self, path):
        self.events.clear()
        self.call("Page.navigate", url=f"file://{path}")
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.receive())
        kept, self.events = self.events, []
        # Whatever the page still does comes before the answer to this.
        self.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done, 0)))")
        self.events = kept + self.events

    def evaluate(self, expression):
        got = self.call("Runtime.evaluate", expression=expression, returnByValue=True,
                        awaitPromise=True)
        if "exceptionDetails" in got:
            raise RuntimeError(f"{expression}: {got['exceptionDetails']}")
        return got["result"].get("value")

    def screenshot(self, **clip):
        """The view, or of the page the part at x, y with width and height, as PNG."""
        more = {"clip": {**clip, "scale": 1}, "captureBeyondViewport": True} if clip else {}
        return base64.b64decode(self.call("Page.captureScreenshot", format="png", **more)["data"])

    def requests(self):
        return [event["params"]["request"]["url"] for event in self.events
                if event.get("method") == "Network.requestWillBeSent"]

    def complaints(self):
        """What the page, or the browser about it, wrote to the console."""
        said = [str(event["params"]) for event in self.events
                if event.get("method") in ("Runtime.consoleAPICalled", "Runtime.exceptionThrown",
                                           "Page.javascriptDialogOpening")]
        return said + [event["params"]["entry"]["text"] for event in self.events
                       if event.get("method") == "Log.entryAdded"]
