"""A headless Chromium over its DevTools protocol: real keys, real clicks, and waiting for things to be true.

One Browser serves a whole scenario; every Tab of it has storage of its own. A tab remembers what went wrong in it (exceptions,
refusals of the page's own policy) and every address it asked for.
"""
import asyncio, base64, json, os, re, shutil, signal, socket, subprocess, tempfile

import aiohttp

from lib import WAIT, until

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--hide-scrollbars", "--mute-audio",
         "--force-color-profile=srgb", "--remote-debugging-port=0"]
KEYS = {  # name: (code, virtual key, text)
    "Enter": ("Enter", 13, "\r"), "Tab": ("Tab", 9, ""), "Escape": ("Escape", 27, ""), "ArrowDown": ("ArrowDown", 40, ""),
    "ArrowUp": ("ArrowUp", 38, ""), "ArrowLeft": ("ArrowLeft", 37, ""), "ArrowRight": ("ArrowRight", 39, ""),
    "Home": ("Home", 36, ""), "End": ("End", 35, ""), "PageUp": ("PageUp", 33, ""), " ": ("Space", 32, " "),
}
ALT, SHIFT = 1, 8

# Resolves with the first true value of an expression, looked at whenever the document changes.
WHEN = """new Promise((done) => {
  const look = () => {
    let v = null;
    try { v = (%s); } catch { v = null; }
    if (!v) return;
    seen.disconnect();
    clearInterval(clock);
    removeEventListener("scroll", look, true);
    done(v);
  };
  const seen = new MutationObserver(look), clock = setInterval(look, 50);
  seen.observe(document, { subtree: true, childList: true, attributes: true, characterData: true });
  addEventListener("scroll", look, true);
  look();
})"""

# Before the page's own scripts: a clock that can be wrong and can be moved on, and a hand on its connection.
HOOKS = """(() => {
  const now = performance.now.bind(performance), wall = Date.now.bind(Date), Real = WebSocket, send = Real.prototype.send;
  window.test = { skip: 0, wrong: %d, sockets: [], sent: [], cut: "" };
  performance.now = () => now() + test.skip;
  Date.now = () => wall() + test.wrong;
  window.WebSocket = class extends Real { constructor(...a) { super(...a); test.sockets.push(this); } };
  Real.prototype.send = function (text) {
    test.sent.push(text);
    send.call(this, text);
    if (test.cut && text.includes(test.cut)) { test.cut = ""; this.close(); }
  };
  test.told = (m) => test.sockets.at(-1).dispatchEvent(new MessageEvent("message", { data: JSON.stringify(m) }));
})()"""


class Browser:
    def __init__(self):
        self.dir = tempfile.mkdtemp(prefix="mia-browser-")
        self.log = open(os.path.join(self.dir, "log"), "w+")
        self.process = subprocess.Popen([CHROMIUM, *FLAGS, "--user-data-dir=" + os.path.join(self.dir, "profile"), "about:blank"],
                                        stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True)
        self.found = None

    def address(self):
        def look():
            if self.process.poll() is not None:
                raise AssertionError("chromium ended:\n" + self.text())
            return re.search(r"DevTools listening on (ws://\S+)", self.text())
        self.found = self.found or until("chromium listens", look, 3 * WAIT)[1]
        return self.found

    def text(self):
        with open(os.path.join(self.dir, "log")) as f:
            return f.read()

    def close(self):
        try:
            os.killpg(self.process.pid, signal.SIGKILL)  # its own session: nothing but its children
        except ProcessLookupError:
            pass
        self.process.wait(WAIT)
        self.log.close()
        shutil.rmtree(self.dir, ignore_errors=True)


class Devtools:
    """The one connection to a browser; tabs are sessions on it."""

    def __init__(self, browser):
        self.browser, self.next, self.answers, self.tabs = browser, 1, {}, {}

    async def __aenter__(self):
        address = self.browser.address()
        self.http = aiohttp.ClientSession()
        self.ws = await self.http.ws_connect(address, max_msg_size=0)
        self.reader = asyncio.create_task(self.read())
        return self

    async def __aexit__(self, *_):
        self.reader.cancel()
        await self.ws.close()
        await self.http.close()

    async def read(self):
        async for m in self.ws:
            x = json.loads(m.data)
            if "id" in x:
                waiting = self.answers.pop(x["id"], None)
                if waiting and not waiting.done():
                    waiting.set_result(x)
            elif x.get("sessionId") in self.tabs:
                self.tabs[x["sessionId"]].event(x["method"], x["params"])

    async def call(self, method, session=None, **params):
        n, self.next = self.next, self.next + 1
        self.answers[n] = asyncio.get_running_loop().create_future()
        await self.ws.send_json({"id": n, "method": method, "params": params, **({"sessionId": session} if session else {})})
        x = await asyncio.wait_for(self.answers[n], 3 * WAIT)
        if "error" in x:
            raise ConnectionError("%s: %s" % (method, x["error"]["message"]))
        return x["result"]

    async def tab(self, width=1280, height=800, lang="en-US", dark=False, wrong_clock_ms=0, motion=False):
        context = (await self.call("Target.createBrowserContext"))["browserContextId"]
        target = (await self.call("Target.createTarget", url="about:blank", browserContextId=context))["targetId"]
        session = (await self.call("Target.attachToTarget", targetId=target, flatten=True))["sessionId"]
        t = self.tabs[session] = Tab(self, session, context)
        for domain in ("Page", "Runtime", "Log", "Network", "Accessibility"):
            await t.call(domain + ".enable")
        await t.call("Page.addScriptToEvaluateOnNewDocument", source=HOOKS % wrong_clock_ms)
        await t.size(width, height)
        await t.media(dark, motion)
        agent = (await self.call("Browser.getVersion"))["userAgent"]
        await t.call("Network.setUserAgentOverride", userAgent=agent, acceptLanguage=lang)
        return t


class Tab:
    def __init__(self, devtools, session, context):
        self.devtools, self.session, self.context = devtools, session, context
        self.faults, self.asked = [], []

    def event(self, method, p):
        if method == "Runtime.exceptionThrown":
            d = p["exceptionDetails"]
            self.faults.append(d.get("exception", {}).get("description") or d["text"])
        elif method == "Log.entryAdded" and p["entry"]["level"] == "error" and p["entry"]["source"] not in ("network",):
            self.faults.append(p["entry"]["text"])
        elif method == "Network.requestWillBeSent":
            self.asked.append(p["request"]["url"])
        elif method == "Network.webSocketCreated":
            self.asked.append(p["url"])

    async def call(self, method, **params):
        return await self.devtools.call(method, self.session, **params)

    async def close(self):
        await self.devtools.call("Target.disposeBrowserContext", browserContextId=self.context)
        assert not self.faults, "the page reported: " + "\n".join(self.faults)

    # ---- what it is ----

    async def size(self, width, height, scale=1):
        await self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=scale, mobile=width < 600)

    async def media(self, dark, motion=False):
        await self.call("Emulation.setEmulatedMedia", features=[
            {"name": "prefers-color-scheme", "value": "dark" if dark else "light"},
            {"name": "prefers-reduced-motion", "value": "no-preference" if motion else "reduce"}])

    async def open(self, url):
        await self.call("Page.navigate", url=url)

    async def opened(self, url):
        """The page of a bot, connected."""
        await self.open(url)
        await self.until("the page is connected", "document.querySelector('#link').dataset.state === 'up'")
        return self

    # ---- what it says ----

    async def js(self, text):
        r = await self.call("Runtime.evaluate", expression=text, awaitPromise=True, returnByValue=True)
        if "exceptionDetails" in r:
            raise AssertionError("%s\n%s" % (text, r["exceptionDetails"].get("exception", {}).get("description")))
        return r["result"].get("value")

    async def until(self, what, text, seconds=WAIT):
        async def look():
            while True:
                try:
                    return await self.js(WHEN % text)
                except ConnectionError:  # another document took its place
                    await asyncio.sleep(0)
        try:
            return await asyncio.wait_for(look(), seconds)
        except asyncio.TimeoutError:
            raise AssertionError("never happened: %s\n%s\n%s" % (what, text, (await self.js("document.body.innerText"))[:3000]))

    async def text(self, selector):
        return await self.js("[...document.querySelectorAll(%s)].map((e) => e.textContent).join('\\n')" % json.dumps(selector))

    # ---- what a person does ----

    async def key(self, name, alt=False, shift=False, text=None):
        code, number, out = KEYS.get(name) or ("Digit" + name if name.isdigit() else "", ord(name.upper()), name)
        p = {"key": name, "code": code, "windowsVirtualKeyCode": number, "modifiers": ALT * alt + SHIFT * shift}
        out = "" if alt else out if text is None else text
        await self.call("Input.dispatchKeyEvent", type="keyDown" if out else "rawKeyDown", **p, **({"text": out} if out else {}))
        await self.call("Input.dispatchKeyEvent", type="keyUp", **p)

    async def type(self, text):
        for c in text:
            await self.key(c)

    async def place(self, selector):
        r = await self.until("%s can be clicked" % selector, """(() => {
          const e = [...document.querySelectorAll(%s)].at(-1);
          let r = e && e.getBoundingClientRect();
          if (r && (r.right > innerWidth || r.left < 0 || r.bottom > innerHeight || r.top < 0)) e.scrollIntoView({ block: "nearest" });
          r = e && e.getBoundingClientRect();
          return r && r.width && !e.disabled ? [r.x + r.width / 2, r.y + r.height / 2] : null;
        })()""" % json.dumps(selector))
        return {"x": r[0], "y": r[1]}

    async def click(self, selector, times=1):
        at = await self.place(selector)
        for n in range(1, times + 1):
            for kind in ("mousePressed", "mouseReleased"):
                await self.call("Input.dispatchMouseEvent", type=kind, button="left", clickCount=n, **at)

    async def picture(self, path):
        r = await self.call("Page.captureScreenshot", format="png")
        with open(path, "wb") as f:
            f.write(base64.b64decode(r["data"]))


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def settle_port(m):
    """A page that comes back must find the same place: the port is chosen once."""
    path = os.path.join(m.dir, "mia.yaml")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace('listen: "127.0.0.1:0"', 'listen: "127.0.0.1:%d"' % free_port()))
    return m


def address(m):
    """Where the page is, with its token."""
    return re.findall(r"http://127\.0\.0\.1:\d+/\?token=[0-9a-f]{32}", m.text())[-1]
