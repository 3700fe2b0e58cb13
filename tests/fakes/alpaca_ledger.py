"""What the Alpaca stand-in has seen, and how it is judged: orders per client id, doubled orders, time without a stop.

An order is known to the program once an answer that came whole, or an update to a socket that listens, has named it.

Times are those of the stand-in's clock. A position is covered as far as open stops on its other side reach; `held` legs
count once their entry is completely filled. Owns the records; changes nothing of the account.
"""
import re, time
from decimal import Decimal

from alpaca_order import text
from alpaca_time import stamp

LOOK_ALIKE_S = 900.0


class Ledger:
    def __init__(self, clock):
        self.clock = clock
        self.requests, self.errors, self.updates = [], [], []
        self.known = {}  # by order id: how many requests had come in when the program was told of it
        self.sent = {}  # by client order id: how often it came in, was accepted, refused as not unique, asked for
        self.accepted = []
        self.naked = {}  # by symbol: its stretches without a whole stop
        self.sockets = {"trade": {"opened": 0, "authorized": 0, "refused": 0}, "data": {"opened": 0, "authorized": 0, "refused": 0}}

    def error(self, where, why, **more):
        self.errors.append({"at": stamp(self.clock.now()), "where": where, "why": why, **more})

    def of(self, cid):
        return self.sent.setdefault(cid, {"sent": 0, "accepted": 0, "not_unique": 0, "asked": 0, "orders": []})

    def took(self, order, entry):
        """An order of the program is accepted; whether it was told so is found out later."""
        row = self.of(order.client_order_id)
        row["accepted"] += 1
        row["orders"].append(order.id)
        kind = order.type if order.type in ("stop", "stop_limit", "trailing_stop") else "entry or exit"
        self.accepted.append({"at": self.clock.now(), "id": order.id, "client_order_id": order.client_order_id, "symbol": order.symbol,
                              "side": order.side, "qty": text(order.qty), "kind": kind, "order_class": order.order_class,
                              "replaces": order.replaces, "entry": entry})

    def tell(self, body):
        """The program now knows of the orders in there."""
        if isinstance(body, list):
            for x in body:
                self.tell(x)
        elif isinstance(body, dict):
            self.tell(body.get("legs"))
            self.tell(body.get("body"))
            if "client_order_id" in body:
                self.known.setdefault(body["id"], len(self.requests))

    def killed(self, within):
        """The program has died: what it was told in the last seconds it may not have read."""
        since = time.time() - within
        for row in self.accepted:
            if row["entry"]["wall"] >= since:
                self.known.pop(row["id"], None)
                row["entry"]["reply"] = "unread"

    # ---- stops ----

    def watch(self, book):
        """Called after every change."""
        now = self.clock.now()
        for symbol in set(book.positions) | set(self.naked):
            position = book.qty(symbol)
            side = "sell" if position > 0 else "buy"
            cover = sum((o.left for o in book.open_orders(symbol) if o.side == side and o.is_protective), Decimal(0))
            bare = max(Decimal(0), abs(position) - cover)
            stretches = self.naked.setdefault(symbol, [])
            running = stretches[-1] if stretches and stretches[-1]["to"] is None else None
            if running and running["bare"] != bare:
                running["share_seconds"] += float(running["bare"]) * (now - running["since"])
                running.update(bare=bare, since=now, most=max(running["most"], bare), to=None if bare else now)
            elif not running and bare:
                stretches.append({"from": now, "to": None, "since": now, "bare": bare, "most": bare, "share_seconds": 0.0})

    def naked_of(self, symbol):
        now, rows = self.clock.now(), []
        for s in self.naked[symbol]:
            end = now if s["to"] is None else s["to"]
            shares = s["share_seconds"] + (float(s["bare"]) * (now - s["since"]) if s["to"] is None else 0.0)
            rows.append({"from": stamp(s["from"]), "seconds": end - s["from"], "most": text(s["most"]), "share_seconds": shares,
                         "over": s["to"] is not None})
        return {"stretches": rows, "seconds": sum(r["seconds"] for r in rows), "longest": max((r["seconds"] for r in rows), default=0.0),
                "share_seconds": sum(r["share_seconds"] for r in rows), "now": text(self.naked[symbol][-1]["bare"]) if rows else "0"}

    # ---- doubled orders ----

    def doubled(self, intent=None):
        """Pairs of accepted orders that stand for one wish. intent: a pattern whose group in the client id names the wish.
        Without one: the like of an order (symbol, side, size, kind) within 900 s, sent before the program knew of the first."""
        out, rows = [], sorted(self.accepted, key=lambda r: r["entry"]["n"])
        for i, a in enumerate(rows):
            for b in rows[i + 1:]:
                if b["replaces"] or a["replaces"]:
                    continue
                if intent:
                    x, y = re.search(intent, a["client_order_id"]), re.search(intent, b["client_order_id"])
                    is_same = x and y and x.group(1) == y.group(1)
                else:
                    is_same = (all(a[k] == b[k] for k in ("symbol", "side", "qty", "kind", "order_class")) and
                               b["entry"]["at"] - a["entry"]["at"] <= LOOK_ALIKE_S and self.known.get(a["id"], 1 << 60) >= b["entry"]["n"])
                if is_same:
                    out.append({"first": a["client_order_id"], "second": b["client_order_id"], "symbol": a["symbol"], "side": a["side"],
                                "qty": a["qty"], "after": b["entry"]["at"] - a["entry"]["at"], "reply": a["entry"].get("reply")})
        return out

    def busiest(self):
        """The most requests within any minute, of orders alone and of all."""
        def most(times):
            n, first = 0, 0
            for i, t in enumerate(times):
                while t - times[first] >= 60.0:
                    first += 1
                n = max(n, i - first + 1)
            return n
        new = [r["wall"] for r in self.requests if (r["method"], r["path"]) == ("POST", "/v2/orders")]
        return {"requests": most([r["wall"] for r in self.requests]), "orders": most(new)}

    def shown(self, book, intent=None, symbols=None):
        for symbol in symbols or []:
            self.naked.setdefault(symbol, [])
        return {"errors": self.errors, "orders": len(self.accepted), "doubled": self.doubled(intent),
                "by_client_order_id": self.sent, "most_accepted": max((r["accepted"] for r in self.sent.values()), default=0),
                "naked": {s: self.naked_of(s) for s in self.naked},
                "longest_naked": max((self.naked_of(s)["longest"] for s in self.naked), default=0.0),
                "uncovered_now": {s: self.naked_of(s)["now"] for s in self.naked if self.naked_of(s)["now"] != "0"},
                "busiest_minute": self.busiest(), "requests": len(self.requests),
                "refused": sum(r["status"] in (403, 422) for r in self.requests),
                "too_many": sum(r["status"] == 429 for r in self.requests),
                "by_hand": [o.shown(False) for o in book.orders.values() if o.by_hand],
                "positions": {s: text(p["qty"]) for s, p in book.positions.items()}, "cash": text(book.cash),
                "realised": {s: text(r) for s, r in book.realised.items()}, "sockets": self.sockets}
