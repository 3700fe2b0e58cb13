#!/usr/bin/python3
"""A loopback Alpaca (trading and data REST, trade updates, market data, on one port): prints its port, then answers until
its standard input closes. Keys: PKTESTMIA00000000000 / canary-alpaca-secret. Its parts: alpaca_time (clock, calendar),
alpaca_order and alpaca_book (account, matching), alpaca_rest, alpaca_ws, alpaca_data, alpaca_ledger (judgement).

POST /_fake/WHAT or /_test/WHAT with a JSON object (an ORDER is {order: ID} or {client_order_id, leg?: "stop" | "limit"}):
  price {symbol, price, bid?, ask?}  orders meet it      plan {symbol, parts: [n…] | manual: true}  sizes of the next fills
  fill {ORDER, qty?, price?}   end {ORDER, status: canceled | rejected | expired}  the venue does it, alone or its group {group}
  order {an order's body}  by hand    foreign {symbol, side, qty, price}  by hand, filled    move {symbol, qty, price}  no order
  cash {amount}  dividend {symbol, per_share}  account {cash, multiplier, status, account_number, FLAG…}  asset {symbol, shortable, missing…}
  clock {set | advance, pace}   market {mode: open | closed | auto}   calendar {closed: [day…], short: [day…]}
  bars {symbol, timeframe, rows: [[t, o, h, l, c, v]…] | csv: path}    data {messages: [point…]}    data_error {code, close?}
  play {symbols, start?, end?, pace, trades?, wait?}  loaded minutes happen: clock, prices, minute bars; `pace` wall seconds each
  update {ORDER, event, …}   raw {kind: trade | data, text}   sockets {kind: trade | data | all, do: drop | stall | flow}
  storm {symbols, n, batch}  trades, n in all, as fast as they are read     killed {within: s}  what was told just before was not read
  restart {down: s}   budget {per, within}   set {keys, text_frames, auth_s, symbols_max, data_plan: free | paid, page_max, stop_leg,
  wash, ack_after, fill_after, cancel_after}   fault {…}   unfault {}   ledger {intent?}   state {}   reset {}
Faults {route, kind, count, skip, after, match}; route "POST /v2/orders", "* /v2/orders/*", "UPDATE fill", "LEG stop":
  drop  not done, reset       lost  done, then reset          mid  done, reset in the middle of the answer
  hang  not done, no answer   late  no answer (cut: reset), done after `after` s of the clock
  slow  done, answered after `after` s     drip  done, a byte of the answer each `after` ms
  duplicate  answered twice   garbage  done, no JSON          500 502 503 504  not done     500done 502done …  done
  429   X-RateLimit-Reset in `after` s      refuse {status, code, message}      fill_first  filled, then answered after `after` s
  fill {qty, price}  what the request is about is filled before it        of UPDATE: drop late duplicate swap; of LEG: rejected
A request that breaks the venue's specification (../shared/specs, where it is) is answered 422 and is an error in the ledger; an
answer of the stand-in that does is told on stderr, and everything is answered 500 from then on.
"""
import asyncio, json, os, sys
from datetime import date
from decimal import Decimal

from aiohttp import web

import alpaca_order as ao
from alpaca_book import Book
from alpaca_data import Data
from alpaca_ledger import Ledger
from alpaca_order import Refused
from alpaca_rest import Budget, Faults, Rest
from alpaca_time import Clock, Exchange, parse, short_stamp, stamp
from alpaca_ws import AUTH_S, FREE_SYMBOLS, Socket, Streams
from openapi import Spec, find

KEY, SECRET = "PKTESTMIA00000000000", "canary-alpaca-secret"


def specifications():
    here = os.environ.get("MIA_SPECS_FROM") or os.path.dirname(os.path.abspath(__file__))
    both = [Spec(find(here, "alpaca-%s-api.json" % name)) for name in ("trading", "market-data")]
    if not all(s.doc for s in both):
        print("alpaca: ../shared/specs is not there: nothing is checked against the specification", file=sys.stderr)
    return both


class Venue:
    def __init__(self, trading_spec, data_spec):
        self.trading_spec, self.data_spec = trading_spec, data_spec
        self.clock = Clock()
        self.exchange = Exchange(self.clock)
        self.ledger = Ledger(self.clock)
        self.faults, self.budget, self.data = Faults(), Budget(), Data(self.clock)
        self.sockets, self.stalled, self.streams = [], set(), Streams(self)
        self.keys, self.text_frames, self.auth_s, self.symbols_max = {KEY: SECRET}, False, AUTH_S, FREE_SYMBOLS
        self.is_down, self.own_fault, self.session_count, self.playing = False, None, 0, None
        self.book = Book(self.clock, self.exchange, self.emit, self.changed)
        self.book.leg_fault = lambda o: self.faults.take("LEG " + o.type, json.dumps(o.shown()))

    def is_key(self, key, secret):
        return bool(key) and self.keys.get(key) == secret

    def symbol(self, name):
        """A symbol, or that of an asset's id."""
        return next((s for s in list(self.book.prices) + list(self.book.positions) if ao.asset_id(s) == name), name)

    def emit(self, event, order, more):
        if self.trading_spec.doc:
            wrong = self.trading_spec.errors({"$ref": "#/components/schemas/Order"}, order.shown(), "order")
            if wrong:
                self.broken("the update %s: %s" % (event, "; ".join(wrong[:5])))
        self.streams.update(event, order, more)

    def changed(self):
        self.ledger.watch(self.book)

    def broken(self, why):
        self.own_fault = why
        print("alpaca: the stand-in broke its specification: " + why, file=sys.stderr, flush=True)

    def by_calendar(self):
        """At each open and close, while the calendar decides."""
        self.session_count += 1
        mine = self.session_count

        def turn():
            if self.exchange.forced is None and mine == self.session_count:
                self.book.session()
                schedule()

        def schedule():
            now = self.clock.now()
            self.clock.at(min(self.exchange.next_of(0, now), self.exchange.next_of(1, now)) - now, turn)
        if self.exchange.forced is None:
            schedule()
        self.book.session()

    async def tick(self):
        while True:
            if self.clock.pace:
                self.clock.run()
            await asyncio.sleep(0.005)


venue = None


def order_of(c):
    o = venue.book.orders.get(c.get("order")) or venue.book.by_client_id.get(c.get("client_order_id"))
    if o is None:
        raise KeyError("no such order: %r" % c)
    if c.get("leg"):
        o = next(x for x in o.legs if (x.type == "limit") == (c["leg"] == "limit"))
    return o


async def play(c):
    """Minutes of all symbols in their order; within one: open, the nearer extreme of its direction, the other, close."""
    low, high = parse(c.get("start", 0)), parse(c.get("end", 1e12))
    rows = sorted((r, s) for s in c["symbols"] for r in venue.data.bars.get((s, "1Min"), []) if low <= r[0] < high)
    minutes = {}
    for r, s in rows:
        minutes.setdefault(r[0], []).append((s, r))
    venue.clock.set_pace(0)
    for t, points in minutes.items():
        for i in range(4):
            venue.clock.run(until=t + (0, 20, 40, 59)[i])
            for s, (_, o, h, l, close, _) in points:
                p = ((o, l, h, close) if close >= o else (o, h, l, close))[i]
                venue.book.price(s, p)
                if c.get("trades"):
                    venue.streams.points([trade_point(s, p)])
        venue.clock.run(until=t + 60)
        venue.streams.points([dict(T="b", S=s, t=short_stamp(t), o=o, h=h, l=l, c=close, v=int(v), n=max(1, int(v // 100)),
                                   vw=round((h + l + close) / 3, 6)) for s, (_, o, h, l, close, v) in points])
        await asyncio.sleep(c.get("pace", 0))
    return {"minutes": len(minutes)}


def trade_point(symbol, price):
    return {"T": "t", "S": symbol, "i": len(venue.ledger.updates) + 1, "x": "V", "p": price, "s": 100, "c": ["@"], "z": "C",
            "t": stamp(venue.clock.now())}


async def storm(c):
    """Trades of those symbols in turn, so many in each array; those that read slowly set the pace."""
    price, sent = {s: float(venue.book.last(s) or 100) for s in c["symbols"]}, 0
    while sent < c["n"]:
        batch = []
        for i in range(sent, min(c["n"], sent + c.get("batch", 100))):
            s = c["symbols"][i % len(c["symbols"])]
            batch.append({**trade_point(s, round(price[s] * (1 + ((i * 7919) % 201 - 100) * 1e-5), 2)), "i": i + 1})
        venue.streams.points(batch)
        sent += len(batch)
        await asyncio.sleep(0)
        while any(s.queue.qsize() > 50 for s in venue.sockets):
            await asyncio.sleep(0.001)
    return {"sent": sent}


def of_market(what, c):
    """Prices, time, data."""
    book, clock = venue.book, venue.clock
    if what == "price":
        book.price(c["symbol"], c["price"], c.get("bid"), c.get("ask"))
    elif what == "plan":
        book.plan(c["symbol"], c.get("parts"), c.get("manual", False))
    elif what == "clock":
        if "pace" in c:
            clock.set_pace(c["pace"])
        if "set" in c or "advance" in c:
            clock.run(until=parse(c["set"]) if "set" in c else clock.now() + c["advance"])
            venue.by_calendar()
        return {"now": clock.now(), "text": stamp(clock.now()), **venue.exchange.shown()}
    elif what == "market":
        venue.exchange.forced = {"auto": None}.get(c["mode"], c["mode"])
        venue.by_calendar()
        return venue.exchange.shown()
    elif what == "calendar":
        venue.exchange.closed_days = {date.fromisoformat(s) for s in c.get("closed", [])}
        venue.exchange.short_days = {date.fromisoformat(s) for s in c.get("short", [])}
        venue.by_calendar()
    elif what == "bars":
        if "csv" in c:
            return {"rows": venue.data.load_csv(c["symbol"], c.get("timeframe", "1Min"), c["csv"])}
        venue.data.load(c["symbol"], c.get("timeframe", "1Min"), c["rows"])
    elif what == "data":
        return {"sent": venue.streams.points(c["messages"])}
    else:
        return None
    return {}


def of_account(what, c):
    """Orders, positions and cash that the program under test did not move."""
    book = venue.book
    if what == "fill":
        o = order_of(c)
        book.fill(o, c.get("qty", o.left), c.get("price", book.last(o.symbol)))
    elif what == "end":
        (book.end_group if c.get("group") else book.end)(order_of(c), c.get("status", "canceled"))
    elif what == "order":
        o, then = book.submit(c, by_hand=True)
        then()
        return {"order": o.shown()}
    elif what == "foreign":
        body = {"symbol": c["symbol"], "side": c["side"], "qty": str(c["qty"]), "type": "market", "time_in_force": "day"}
        was, book.plans[c["symbol"]] = book.plans.get(c["symbol"]), "manual"
        o, then = book.submit(body, by_hand=True, checked=False)
        then()
        book.fill(o, o.left, c["price"])
        book.plans[c["symbol"]] = was
        return {"order": o.shown()}
    elif what == "move":
        qty = Decimal(str(c["qty"]))
        book.apply(c["symbol"], "buy" if qty > 0 else "sell", abs(qty), Decimal(str(c["price"])))
        book.cash += qty * Decimal(str(c["price"]))  # nothing was paid for it
    elif what == "cash":
        book.cash_flow("CSD" if Decimal(str(c["amount"])) > 0 else "CSW", c["amount"])
    elif what == "dividend":
        book.cash_flow("DIV", book.qty(c["symbol"]) * Decimal(str(c["per_share"])), c["symbol"], per_share_amount=str(c["per_share"]))
    elif what == "account":
        for k, v in c.items():
            if k in ("cash", "multiplier"):
                setattr(book, k, Decimal(str(v)))
            elif k in ("status", "account_number"):
                setattr(book, k, v)
            else:
                book.flags[k] = v
        book.last_equity = book.equity()
    elif what == "asset":
        book.assets[c["symbol"]] = {k: v for k, v in c.items() if k != "symbol"}
    elif what == "update":
        venue.emit(c["event"], order_of(c), {k: v for k, v in c.items() if k not in ("order", "client_order_id", "leg", "event")})
    else:
        return None
    book.changed()
    return {}


def of_trouble(what, c):
    """Faults, sockets, settings."""
    if what == "fault":
        venue.faults.plant(c)
    elif what == "unfault":
        venue.faults.planted.clear()
    elif what == "budget":
        venue.budget.per, venue.budget.within, venue.budget.windows = c.get("per", 200), c.get("within", 60.0), {}
    elif what == "set":
        for k, v in c.items():
            if k in venue.book.set:
                venue.book.set[k] = v
            elif k in ("data_plan", "page_max"):
                setattr(venue.data, {"data_plan": "plan"}.get(k, k), v)
            elif hasattr(venue, k):
                setattr(venue, k, v)
            else:
                raise KeyError(k)
    elif what == "sockets":
        kinds = {"trade", "data"} if c.get("kind", "all") == "all" else {c["kind"]}
        if c["do"] == "drop":
            for s in [s for s in venue.sockets if s.kind in kinds]:
                s.drop()
        else:
            venue.stalled = venue.stalled | kinds if c["do"] == "stall" else venue.stalled - kinds
    elif what in ("raw", "data_error"):
        for s in [s for s in venue.sockets if s.kind == c.get("kind", "data")]:
            s.send(c["text"]) if what == "raw" else s.fail(c["code"], c.get("close", False))
    else:
        return None
    return {}


def restart(c, request):
    """All connections are cut, what is known is kept; for `down` wall seconds nobody answers."""
    venue.is_down = True
    for s in list(venue.sockets):
        s.drop()
    for h in list(request.app["runner"].server.connections):
        if h.transport and h.transport is not request.transport:
            h.transport.abort()

    def up():
        venue.is_down = False
    asyncio.get_running_loop().call_later(c.get("down", 0.0), up)
    return {}


def state():
    book = venue.book
    return {"orders": [o.shown() for o in book.orders.values() if o.parent is None], "positions": [book.position(s) for s in book.positions],
            "account": book.account(), "requests": venue.ledger.requests, "updates": venue.ledger.updates,
            "faults": venue.faults.planted, "validated": bool(venue.trading_spec.doc and venue.data_spec.doc),
            "connected": {k: sum(s.kind == k and s.is_authorized for s in venue.sockets) for k in ("trade", "data")},
            "listening": sum(s.is_listening for s in venue.sockets), "playing": bool(venue.playing and not venue.playing.done()),
            "subscribed": [s.subscribed for s in venue.sockets if s.kind == "data"], "now": venue.clock.now()}


def reset():
    """As if just started."""
    global venue
    for s in list(venue.sockets):
        s.drop()
    venue = Venue(venue.trading_spec, venue.data_spec)
    return {}


async def control(request):
    what, c = request.match_info["what"], json.loads(await request.text() or "{}")
    venue.clock.run()
    if what == "reset":
        return web.json_response(reset())
    if venue.own_fault:
        return web.json_response({"error": venue.own_fault}, status=500)
    try:
        if what == "ledger":
            done = venue.ledger.shown(venue.book, c.get("intent") or request.query.get("intent"))
        elif what == "state":
            done = state()
        elif what == "restart":
            done = restart(c, request)
        elif what == "killed":
            venue.ledger.killed(c.get("within", 1.0))
            done = {}
        elif what == "storm":
            done = await storm(c)
        elif what == "play":
            venue.playing = asyncio.create_task(play(c))
            done = await venue.playing if c.get("wait") else {}
        else:
            done = next((d for d in (f(what, c) for f in (of_market, of_account, of_trouble)) if d is not None), None)
    except Refused as no:
        return web.json_response(no.body, status=no.status)
    except (KeyError, ValueError, StopIteration) as why:
        return web.json_response({"error": repr(why)}, status=400)
    return web.Response(status=404) if done is None else web.json_response(done)


async def anything(request):
    if request.headers.get("Upgrade", "").lower() == "websocket":
        if venue.is_down:
            request.transport.abort()
            return web.Response(status=503)
        kind = {"/stream": "trade", "/v2/iex": "data", "/v2/sip": "data", "/v2/test": "data"}.get(request.path)
        return await Socket(venue, request, kind).run() if kind else web.Response(status=404)
    return await Rest(venue).handle(request)


async def main():
    global venue
    venue = Venue(*specifications())
    app = web.Application(client_max_size=1 << 20)
    app.router.add_route("*", "/{_:_fake|_test}/{what}", control)
    app.router.add_route("*", "/{path:.*}", anything)
    runner = web.AppRunner(app, access_log=None)
    app["runner"] = runner
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1)
    await site.start()
    ticking = asyncio.create_task(venue.tick())
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    ticking.cancel()


if __name__ == "__main__":
    asyncio.run(main())
