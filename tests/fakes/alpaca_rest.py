"""The REST side of the Alpaca stand-in: keys, budget, the specification, planted faults, and what each route does.

The order of things is the venue's: connection, keys, budget, the form of the request, the account. Every request is in the
ledger with what became of its answer ("whole", "lost", "spoiled", "late", "none").
"""
import asyncio, base64, fnmatch, json, socket, struct, time, uuid
from datetime import date, datetime, timedelta
from email.utils import formatdate

from aiohttp import web

import alpaca_order as ao
from alpaca_order import Refused
from alpaca_time import NEW_YORK, parse

UNDONE = {"500": 500, "502": 502, "503": 503, "504": 504}


class Faults:
    """Planted by a test: each of kind `kind` for requests of `route` that hold `match`, after `skip` others, `count` times."""

    def __init__(self):
        self.planted = []

    def plant(self, f):
        self.planted.append({"count": 1, "skip": 0, "after": 1.0, "match": "", **f})

    def take(self, route, text):
        for f in self.planted:
            if fnmatch.fnmatch(route, f["route"]) and f["match"] in text:
                if f["skip"] > 0:
                    f["skip"] -= 1
                    return None
                f["count"] -= 1
                if f["count"] <= 0:
                    self.planted.remove(f)
                return f
        return None


class Budget:
    """So many requests in each window; trading and data have a window each."""

    def __init__(self):
        self.per, self.within, self.windows = 200, 60.0, {}

    def take(self, host):
        now = time.time()
        start, n = self.windows.get(host, (0.0, 0))
        if now - start >= self.within:
            start, n = now, 0
        self.windows[host] = (start, n + 1)
        headers = {"X-RateLimit-Limit": str(self.per), "X-RateLimit-Remaining": str(max(0, self.per - n - 1)),
                   "X-RateLimit-Reset": str(int(start + self.within + 0.999))}
        return headers, n < self.per


def cut(request):
    """A reset, not a close in order."""
    t = request.transport
    if t:
        s = t.get_extra_info("socket")
        if s:
            s.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        t.abort()
    return web.Response(status=500)


class Rest:
    def __init__(self, venue):
        self.v = venue

    async def handle(self, request):
        v, raw = self.v, await request.read()
        if v.own_fault:
            return web.json_response({"code": 50010000, "message": "the stand-in broke its specification: " + v.own_fault}, status=500)
        v.clock.run()
        route = request.method + " " + request.path
        if v.is_down:
            return cut(request)
        text = raw.decode("utf-8", "replace")
        f = v.faults.take(route, text + "?" + request.query_string)
        entry = {"n": len(v.ledger.requests) + 1, "at": v.clock.now(), "wall": time.time(), "method": request.method,
                 "path": request.path, "query": dict(request.query), "body": text, "fault": f and f["kind"], "status": 0, "reply": "none"}
        v.ledger.requests.append(entry)
        if f and f["kind"] == "drop":
            return cut(request)
        if f and f["kind"] == "hang":
            return await self.silence(request, f, entry, "none")
        headers = {"X-Request-ID": uuid.uuid4().hex, "Date": formatdate(v.clock.now(), usegmt=True)}
        if not self.is_allowed(request):
            return self.answer(entry, 401, {"code": 40110000, "message": "request is not authorized"}, headers)
        more, has_room = v.budget.take("data" if request.path.startswith("/v2/stocks") else "trading")
        headers.update(more)
        if f and f["kind"] == "429":
            headers.update({"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time() + f["after"] + 0.999))})
        if not has_room or (f and f["kind"] == "429"):
            return self.answer(entry, 429, {"code": 42910000, "message": "rate limit exceeded"}, headers)
        if f and f["kind"] in UNDONE:
            return self.answer(entry, UNDONE[f["kind"]], {"code": 50010000, "message": "internal server error occurred"}, headers)
        if f and f["kind"] == "refuse":
            body = {"code": f.get("code", ao.BAD), "message": f.get("message", "refused")}
            return self.answer(entry, f.get("status", 422), body, headers)
        if f and f["kind"] == "late":
            v.clock.at(f["after"], lambda: self.late(request, text, entry))
            return await self.silence(request, f, entry, "late")
        status, body, then = self.do(request, text, entry, f)
        return await self.deliver(request, entry, f, status, body, headers, then)

    def is_allowed(self, request):
        h = request.headers
        if h.get("Authorization", "").startswith("Basic "):
            try:
                key, _, secret = base64.b64decode(h["Authorization"][6:]).decode().partition(":")
            except ValueError:
                return False
            return self.v.is_key(key, secret)
        return self.v.is_key(h.get("APCA-API-KEY-ID"), h.get("APCA-API-SECRET-KEY"))

    def answer(self, entry, status, body, headers):
        entry.update(status=status, reply="whole", answer=body)
        if body is None:
            return web.Response(status=status, headers=headers)
        return web.json_response(body, status=status, headers=headers)

    def late(self, request, text, entry):
        status, body, then = self.do(request, text, entry, None)
        entry.update(status=status, answer=body)
        then()

    async def silence(self, request, f, entry, reply):
        """Nobody answers; the client gives up when it likes, or is cut off at once."""
        entry["reply"] = reply
        if f.get("cut"):
            return cut(request)
        while request.transport and not request.transport.is_closing():
            await asyncio.sleep(0.01)
        return cut(request)

    async def deliver(self, request, entry, f, status, body, headers, then):
        """The answer, or what a fault makes of it; `then` is what the venue does when it has answered."""
        kind = f and f["kind"]
        entry.update(status=status, answer=body)
        if kind in ("lost", "mid", "500done", "502done", "503done", "504done", "garbage", "fill_first", "slow"):
            then()
            then = lambda: None
        if kind == "lost":
            entry["reply"] = "lost"
            return cut(request)
        if kind in ("fill_first", "slow"):
            await asyncio.sleep(f["after"])
        if kind and kind.endswith("done"):
            entry.update(status=int(kind[:3]), reply="spoiled")
            return web.json_response({"code": 50010000, "message": "internal server error occurred"}, status=int(kind[:3]), headers=headers)
        if kind == "garbage":
            entry["reply"] = "spoiled"
            return web.Response(status=status, text=f.get("text", '{"id":"61e69015-85'), content_type="application/json", headers=headers)
        raw = b"" if body is None else json.dumps(body).encode()
        bytes_ = self.bytes_of(status, raw, {**headers, "Connection": "close"} if kind == "drip" else headers)
        if kind == "mid":
            entry["reply"] = "spoiled"
            request.transport.write(bytes_[:-max(1, len(raw) // 2)])
            await asyncio.sleep(0.02)
            return cut(request)
        if kind == "drip":
            return await self.drip(request, entry, bytes_, f, then)
        if kind == "duplicate":
            request.transport.write(bytes_)
        entry["reply"] = "whole"
        response = web.Response(status=status, body=raw or None, headers=headers, content_type="application/json" if raw else None)
        try:
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            entry["reply"] = "lost"
        else:
            self.v.ledger.tell(body)
        then()
        return response

    def bytes_of(self, status, raw, headers):
        lines = ["HTTP/1.1 %d OK" % status, "Content-Type: application/json", "Content-Length: %d" % len(raw)]
        lines += ["%s: %s" % kv for kv in headers.items()]
        return "\r\n".join(lines).encode() + b"\r\n\r\n" + raw

    async def drip(self, request, entry, bytes_, f, then):
        """A byte at a time; a client that has gone does not get it whole."""
        then()
        entry["reply"] = "spoiled"
        for i in range(len(bytes_)):
            if not request.transport or request.transport.is_closing():
                return web.Response()
            request.transport.write(bytes_[i:i + 1])
            await asyncio.sleep(f["after"] / 1000.0)
        entry["reply"] = "whole"
        self.v.ledger.tell(entry["answer"])
        if request.transport:
            request.transport.close()
        return web.Response()

    # ---- what a request does ----

    def do(self, request, text, entry, f):
        """Status, body, and what the venue does after the answer."""
        v, path = self.v, request.path
        spec = v.data_spec if path.startswith("/v2/stocks") else v.trading_spec
        query = dict(request.query)
        try:
            body = json.loads(text) if text else None
        except ValueError:
            v.ledger.error(request.method + " " + path, ["no JSON"], body=text[:500])
            return 400, {"code": 40010000, "message": "request body format is invalid"}, lambda: None
        wrong = spec.check(request.method, path, body) + spec.check_query(request.method, path, query)
        wrong += self.unknown_members(spec, request.method, path, body)
        if wrong:
            v.ledger.error(request.method + " " + path, wrong[:5], body=body, query=query)
            return 422, {"code": ao.BAD, "message": "request is not valid: " + wrong[0]}, lambda: None
        try:
            status, answer, then = self.dispatch(request.method, path.strip("/").split("/"), query, body, entry, f)
        except Refused as no:
            return no.status, no.body, lambda: None
        own = spec.check_answer(request.method, path, status, answer)
        if own:
            v.broken("the answer to %s %s: %s" % (request.method, path, "; ".join(own[:5])))
            return 500, {"code": 50010000, "message": v.own_fault}, then
        return status, answer, then

    def unknown_members(self, spec, method, path, body):
        """A misspelt member would be passed over by the venue: nothing that trades may rest on it."""
        found = spec.doc and isinstance(body, dict) and spec.route(method, path)
        schema = found and found[3]
        if not schema:
            return []
        schema = spec.ref(schema) if "$ref" in schema else schema
        out = ["%s is no member of it" % k for k in body if k not in schema["properties"]]
        for k in ("take_profit", "stop_loss"):
            known = schema["properties"].get(k, {}).get("properties", {})
            out += ["%s.%s is no member of it" % (k, x) for x in body.get(k) or {} if x not in known]
        return out

    def dispatch(self, method, parts, query, body, entry, f):
        nothing, book = (lambda: None), self.v.book
        if parts[:2] == ["v2", "stocks"]:
            return 200, self.stocks(method, parts[2:], query), nothing
        what = parts[1] if len(parts) > 1 and parts[0] == "v2" else ""
        if what == "orders:by_client_order_id" and method == "GET":
            cid = query["client_order_id"]
            self.v.ledger.of(cid)["asked"] += 1
            if cid not in book.by_client_id:
                raise Refused(404, ao.NOT_FOUND, "order not found for %s" % cid)
            return 200, book.by_client_id[cid].shown(nested=False), nothing
        if what == "orders":
            return self.orders(method, parts[2:], query, body, entry, f)
        if what == "positions":
            return self.positions(method, parts[2:], query, entry)
        if method == "GET" and what == "account" and parts[2:3] == ["activities"]:
            return 200, self.activities(query, parts[3] if len(parts) > 3 else None), nothing
        if method == "GET" and parts == ["v2", "account"]:
            return 200, book.account(), nothing
        if method == "GET" and parts == ["v2", "clock"]:
            return 200, self.v.exchange.shown(), nothing
        if method == "GET" and parts == ["v2", "calendar"]:
            today = datetime.fromtimestamp(self.v.clock.now(), NEW_YORK).date()
            days = [date.fromisoformat(query[k][:10]) if k in query else d for k, d in
                    (("start", today - timedelta(365)), ("end", today + timedelta(365)))]
            return 200, self.v.exchange.calendar(*days), nothing
        if method == "GET" and what == "assets" and len(parts) == 3:
            return 200, book.asset(self.v.symbol(parts[2])), nothing
        raise Refused(404, 40410000, "endpoint not found.")

    def stocks(self, method, rest, query):
        data = self.v.data
        if rest == ["bars"]:
            return data.history(query)
        if len(rest) == 2 and rest[1] == "bars":
            return data.history(query, rest[0])
        kind = {"bars": "b", "trades": "t", "quotes": "q"}.get(rest[0])
        if kind and rest[1:] == ["latest"]:
            return data.last(kind, query)
        raise Refused(404, 40410000, "endpoint not found.")

    def orders(self, method, rest, query, body, entry, f):
        book, ledger = self.v.book, self.v.ledger
        if method == "POST" and not rest:
            cid = body.get("client_order_id")
            if cid:
                ledger.of(cid)["sent"] += 1
            try:
                o, then = book.submit(body)
            except Refused as no:
                if no.body["code"] == ao.UNIQUE and "unique" in no.body["message"]:
                    ledger.of(cid)["not_unique"] += 1
                raise
            ledger.took(o, entry)
            return 200, o.shown(), then
        if method == "GET" and not rest:
            return 200, self.listed(query), lambda: None
        if method == "DELETE" and not rest:
            done = [book.cancel(o) for o in book.open_groups() if o.status != "pending_cancel"]
            return 207, [{"id": o.id, "status": 200} for o, _ in done], lambda: [then() for _, then in done]
        o = book.find(rest[0])
        if f and f["kind"] == "fill":  # the market was faster than the request
            book.fill(o, f.get("qty", o.left), f.get("price", book.last(o.symbol)))
        if method == "GET":
            return 200, o.shown(query.get("nested") == "true"), lambda: None
        if method == "DELETE":
            return 204, None, book.cancel(o)[1]
        if body.get("client_order_id"):
            ledger.of(body["client_order_id"])["sent"] += 1
        new, then = book.replace(o, body)
        ledger.took(new, entry)
        return 200, new.shown(), then

    def listed(self, query):
        book = self.v.book
        nested = query.get("nested") == "true"
        symbols = [s for s in query.get("symbols", "").split(",") if s]
        rows = book.listed(query.get("status", "open"), symbols, query.get("side"))
        if nested:
            rows = list({(o.parent or o).id: o.parent or o for o in rows}.values())  # an entry, as long as a leg of it is meant
        low = parse(query["after"]) if "after" in query else float("-inf")
        high = parse(query["until"]) if "until" in query else float("inf")
        rows = [o for o in rows if low < o.times["submitted_at"] < high]
        order = {o.id: i for i, o in enumerate(book.orders.values())}
        rows.sort(key=lambda o: (o.times["submitted_at"], order[o.id]), reverse=query.get("direction", "desc") == "desc")
        limit = int(query.get("limit", 50))
        if not 1 <= limit <= 500:
            raise Refused(422, ao.BAD, "limit must be between 1 and 500")
        return [o.shown(nested) for o in rows[:limit]]

    def positions(self, method, rest, query, entry):
        book, nothing = self.v.book, lambda: None
        if method == "GET" and not rest:
            return 200, [book.position(s) for s in sorted(book.positions)], nothing
        if method == "DELETE" and not rest:
            return self.close_all(query, entry)
        symbol = self.v.symbol(rest[0])
        if method == "GET":
            return 200, book.position(symbol), nothing
        o, then = book.close(symbol, query.get("qty"), query.get("percentage"))
        self.v.ledger.took(o, entry)
        return 200, o.shown(), then

    def close_all(self, query, entry):
        book, rows, after = self.v.book, [], []
        if query.get("cancel_orders") == "true":
            for o in book.open_groups():
                book.end_group(o, "canceled")
        for symbol in sorted(book.positions):
            try:
                o, then = book.close(symbol)
                self.v.ledger.took(o, entry)
                rows.append({"symbol": symbol, "status": 200, "body": o.shown()})
                after.append(then)
            except Refused as no:
                rows.append({"symbol": symbol, "status": no.status})
        return 207, rows, lambda: [then() for then in after]

    def activities(self, query, only):
        """Newest first unless asked otherwise; page_token is the id of the last one seen."""
        kinds = set((only or query.get("activity_types", "")).split(",")) - {""}
        low = parse(query["after"]) if "after" in query else float("-inf")
        high = parse(query["until"]) if "until" in query else float("inf")
        if "date" in query:
            low = parse(query["date"][:10])
            high = low + 86400
        rows = [(t, r) for t, r in self.v.book.activities if low <= t <= high and (not kinds or r["activity_type"] in kinds)]
        if "category" in query:
            rows = [(t, r) for t, r in rows if (r["activity_type"] == "FILL") == (query["category"] == "trade_activity")]
        if query.get("direction", "desc") == "desc":
            rows = rows[::-1]
        ids = [r["id"] for _, r in rows]
        first = ids.index(query["page_token"]) + 1 if query.get("page_token") in ids else 0
        return [r for _, r in rows[first:first + int(query.get("page_size", 100))]]
