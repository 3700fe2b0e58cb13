"""The two websockets of the Alpaca stand-in: trade updates (/stream, binary frames) and market data (/v2/iex, /v2/sip, /v2/test).

Nothing is sent again after a reconnect. A socket may be stalled by a test: what it should send waits.
"""
import asyncio, json, uuid

from aiohttp import WSMsgType, web

from alpaca_time import stamp

AUTH_S, FREE_SYMBOLS = 10.0, 30
CHANNELS = {"t": "trades", "q": "quotes", "b": "bars", "u": "updatedBars", "d": "dailyBars", "s": "statuses", "l": "lulds",
            "c": "corrections", "x": "cancelErrors"}
ERRORS = {400: "invalid syntax", 401: "not authenticated", 402: "auth failed", 403: "already authenticated", 404: "auth timeout",
          405: "symbol limit exceeded", 406: "connection limit exceeded", 407: "slow client", 408: "v2 not enabled",
          409: "insufficient subscription", 500: "internal error"}


class Socket:
    """A connection and what it is to send, in order."""

    def __init__(self, venue, request, kind):
        self.venue, self.request, self.kind = venue, request, kind
        self.ws = web.WebSocketResponse(max_msg_size=1 << 20)
        self.queue, self.is_authorized, self.is_listening = asyncio.Queue(), False, False
        self.feed, self.subscribed = request.path.rsplit("/", 1)[-1], {c: [] for c in CHANNELS.values()}

    async def run(self):
        await self.ws.prepare(self.request)
        self.venue.sockets.append(self)
        self.venue.ledger.sockets[self.kind]["opened"] += 1
        sender = asyncio.create_task(self.send_all())
        timer = asyncio.create_task(self.patience()) if self.kind == "data" else None
        try:
            if self.kind == "data":
                self.greet()
            async for m in self.ws:
                if m.type in (WSMsgType.TEXT, WSMsgType.BINARY):
                    self.got(m.data)
        finally:
            self.venue.sockets.remove(self)
            sender.cancel()
            if timer:
                timer.cancel()
        return self.ws

    async def send_all(self):
        while True:
            text, code = await self.queue.get()
            while self.kind in self.venue.stalled:
                await asyncio.sleep(0.005)
            try:
                if text is not None:
                    await (self.ws.send_str(text) if self.kind == "data" or self.venue.text_frames else self.ws.send_bytes(text.encode()))
                if code:
                    await self.ws.close(code=code)
            except (ConnectionError, RuntimeError):
                return

    async def patience(self):
        await asyncio.sleep(self.venue.auth_s)
        if not self.is_authorized:
            self.fail(404, close=True)

    def send(self, message, close=0):
        self.queue.put_nowait((None if message is None else message if isinstance(message, str) else json.dumps(message), close))

    def drop(self):
        if self.request.transport:
            self.request.transport.abort()

    def got(self, data):
        try:
            m = json.loads(data)
            if not isinstance(m, dict):
                raise ValueError
        except ValueError:
            self.venue.ledger.error(self.request.path, "a message that is no JSON object", body=repr(data)[:200])
            return self.fail(400) if self.kind == "data" else None
        (self.got_data if self.kind == "data" else self.got_trade)(m)

    # ---- trade updates ----

    def got_trade(self, m):
        action, d = m.get("action"), m.get("data", m)
        if action in ("authenticate", "auth"):
            pair = (d.get("key_id"), d.get("secret_key")) if action == "authenticate" else (d.get("key"), d.get("secret"))
            self.is_authorized = self.venue.is_key(*pair)
            self.venue.ledger.sockets["trade"]["authorized" if self.is_authorized else "refused"] += 1
            return self.send({"stream": "authorization", "data": {"status": "authorized" if self.is_authorized else "unauthorized",
                                                                 "action": "authenticate"}})
        if action != "listen" or not isinstance(d.get("streams"), list):
            self.venue.ledger.error("/stream", "an action unknown there", body=m)
            return self.send({"stream": "error", "data": {"error": "unknown action"}})
        if not self.is_authorized:
            return self.send({"stream": "authorization", "data": {"status": "unauthorized", "action": "listen"}})
        self.is_listening = "trade_updates" in d["streams"]
        self.send({"stream": "listening", "data": {"streams": [s for s in d["streams"] if s == "trade_updates"]}})

    # ---- market data ----

    def fail(self, code, close=False):
        self.venue.ledger.sockets["data"]["refused"] += code in (402, 404, 406, 409)
        self.send([{"T": "error", "code": code, "msg": ERRORS[code]}], close=1000 if close else 0)

    def greet(self):
        self.send([{"T": "success", "msg": "connected"}])
        h = self.request.headers
        if "APCA-API-KEY-ID" in h:
            self.authenticate(h["APCA-API-KEY-ID"], h.get("APCA-API-SECRET-KEY"))

    def authenticate(self, key, secret):
        if self.is_authorized:
            return self.fail(403)
        if not self.venue.is_key(key, secret):
            return self.fail(402, close=True)
        if self.feed == "sip" and self.venue.data.plan == "free":
            return self.fail(409, close=True)
        if any(s.is_authorized and s.kind == "data" and not s.ws.closed for s in self.venue.sockets):
            return self.fail(406, close=True)
        self.is_authorized = True
        self.venue.ledger.sockets["data"]["authorized"] += 1
        self.send([{"T": "success", "msg": "authenticated"}])

    def got_data(self, m):
        action = m.get("action")
        if action == "auth":
            return self.authenticate(m.get("key"), m.get("secret"))
        if action not in ("subscribe", "unsubscribe") or not all(isinstance(m.get(c, []), list) for c in CHANNELS.values()):
            self.venue.ledger.error(self.request.path, "an action unknown there", body=m)
            return self.fail(400)
        if not self.is_authorized:
            return self.fail(401)
        wanted = {c: list(v) for c, v in self.subscribed.items()}
        for c in ("trades", "quotes", "bars", "updatedBars", "dailyBars", "statuses", "lulds"):
            mine = [s for s in wanted[c] if s not in m.get(c, [])]
            wanted[c] = sorted(mine + m.get(c, []) if action == "subscribe" else mine)
        wanted["corrections"] = wanted["cancelErrors"] = list(wanted["trades"])
        symbols = {s for v in wanted.values() for s in v}
        if self.venue.data.plan == "free" and len(symbols) > self.venue.symbols_max:
            return self.fail(405)
        if self.feed == "test" and symbols - {"FAKEPACA", "*"}:
            return self.fail(400)
        self.subscribed = wanted
        self.send([{"T": "subscription", **wanted}])

    def wants(self, m):
        on = self.subscribed.get(CHANNELS.get(m.get("T")), [])
        return m.get("S") in on or "*" in on


class Streams:
    """What is told to all that listen."""

    def __init__(self, venue):
        self.venue, self.kept = venue, []

    def update(self, event, order, more):
        """One trade update; a test's fault may lose it, hold it, double it or let the next one pass it."""
        v = self.venue
        data = {"event": event, "execution_id": str(uuid.uuid4()), "timestamp": stamp(v.clock.now()), **more, "order": order.shown()}
        message = json.dumps({"stream": "trade_updates", "data": data})
        f = v.faults.take("UPDATE " + event, message)
        kind = f and f["kind"]
        v.ledger.updates.append({"event": event, "id": order.id, "client_order_id": order.client_order_id, "at": data["timestamp"], "fault": kind})
        if kind == "late":
            return v.clock.at(f["after"], lambda: self.tell(message, order))
        if kind == "swap":
            return self.kept.append((message, order))
        if kind != "drop":
            self.tell(message, order)
        if kind == "duplicate":
            self.tell(message, order)
        while self.kept:
            self.tell(*self.kept.pop(0))

    def tell(self, message, order):
        for s in self.venue.sockets:
            if s.kind == "trade" and s.is_listening:
                s.send(message)
                if "trade" not in self.venue.stalled:
                    self.venue.ledger.tell({"id": order.id, "client_order_id": order.client_order_id})

    def points(self, messages):
        """Market data, all of it in one array for each that has subscribed."""
        n = 0
        for m in messages:
            self.venue.data.saw(m)
        for s in self.venue.sockets:
            mine = [m for m in messages if s.kind == "data" and s.is_authorized and s.wants(m)]
            if mine:
                s.send(mine)
                n += len(mine)
        return n
