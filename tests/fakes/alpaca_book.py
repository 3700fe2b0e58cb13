"""The account of the Alpaca stand-in: orders, positions, cash, and the matching of orders with the prices a test sets.

Book.submit, cancel and replace do what the venue does before it answers and return what it does after that: the caller
sends the answer between the two, or, for a fill before its acknowledgement, does not.
Owns every order and position. Does no input or output: what happens is told to `emit` and `changed`.
"""
import itertools, uuid
from datetime import datetime
from decimal import Decimal
from fractions import Fraction

import alpaca_order as ao
from alpaca_order import COMPLEX, NOT_ALLOWED, NOT_FOUND, BAD, UNIQUE, Order, Refused, opposite, text
from alpaca_time import NEW_YORK, stamp

ZERO = Decimal(0)


class Book:
    def __init__(self, clock, exchange, emit, changed):
        self.clock, self.exchange, self.emit_to, self.changed = clock, exchange, emit, changed
        self.orders, self.by_client_id = {}, {}
        self.cash, self.positions, self.realised = Decimal("100000"), {}, {}
        self.prices, self.day_start = {}, {}
        self.plans = {}  # how a symbol's orders are filled: see plan()
        self.assets, self.activities, self.count = {}, [], itertools.count(1)
        self.multiplier, self.flags, self.last_equity = Decimal(2), {}, self.cash
        self.account_number, self.account_id, self.status = "PA3MIATEST01", str(uuid.uuid4()), "ACTIVE"
        self.set = {"stop_leg": "held", "wash": True, "ack_after": 0.0, "fill_after": 0.0, "cancel_after": 0.0}
        self.leg_fault = lambda order: None  # a test's "stop refused"
        self.was_open = exchange.is_open()

    # ---- what a test sets ----

    def price(self, symbol, last, bid=None, ask=None):
        last = Decimal(str(last))
        self.day_start.setdefault(symbol, last)
        self.prices[symbol] = (last, Decimal(str(bid if bid is not None else last)), Decimal(str(ask if ask is not None else last)))
        self.match(symbol)

    def plan(self, symbol, parts=None, manual=False):
        """parts: the sizes of the next fills, one for each price that comes; manual: none unless fill() is called."""
        self.plans[symbol] = "manual" if manual else [Decimal(str(p)) for p in parts] if parts else None

    def last(self, symbol):
        return self.prices[symbol][0] if symbol in self.prices else None

    # ---- the account ----

    def qty(self, symbol):
        return self.positions.get(symbol, {"qty": ZERO})["qty"]

    def apply(self, symbol, side, qty, price):
        """Netting: what is left of a position keeps its share of the cost, exactly."""
        p = self.positions.setdefault(symbol, {"qty": ZERO, "cost": Fraction(0)})
        signed = qty if side == "buy" else -qty
        self.cash -= signed * price
        if p["qty"] * signed < 0:
            closing = min(qty, abs(p["qty"]))
            sign = 1 if p["qty"] > 0 else -1
            part = p["cost"] * Fraction(closing) / Fraction(abs(p["qty"]))
            self.realised[symbol] = self.realised.get(symbol, Fraction(0)) + sign * Fraction(closing * price) - part
            p["qty"] -= sign * closing
            p["cost"] -= part
            signed += sign * closing
        if signed:
            p["qty"] += signed
            p["cost"] += Fraction(signed * price)
        if not p["qty"]:
            del self.positions[symbol]

    def value(self, symbol):
        p, last = self.positions[symbol], self.last(symbol)
        return p["qty"] * last if last is not None else Decimal(text(p["cost"]))

    def equity(self):
        return self.cash + sum((self.value(s) for s in self.positions), ZERO)

    def held_by_orders(self, symbol, side):
        """What open orders of that side are to take out of the position; a group takes once."""
        groups = {}
        for o in self.open_orders(symbol):
            if o.side == side and (o.status != "held" or o.armed):
                root = o.parent or o
                groups[root.id] = max(groups.get(root.id, ZERO), o.left)
        return sum(groups.values(), ZERO)

    def reserved(self):
        out = ZERO
        for o in self.open_orders():
            if not o.is_exit() and o.status != "held":
                price = o.limit or o.stop or self.last(o.symbol) or ZERO
                out += o.left * price if o.qty is not None else o.notional
        return out

    def buying_power(self):
        used = sum((abs(self.value(s)) for s in self.positions), ZERO)
        return max(ZERO, self.multiplier * self.equity() - used - self.reserved())

    def account(self):
        long = sum((self.value(s) for s in self.positions if self.qty(s) > 0), ZERO)
        short = sum((self.value(s) for s in self.positions if self.qty(s) < 0), ZERO)
        power, equity = text(self.buying_power(), 2), text(self.equity())
        flag = lambda name, otherwise=False: bool(self.flags.get(name, otherwise))
        return {"id": self.account_id, "account_number": self.account_number, "status": self.status, "crypto_status": "INACTIVE",
                "currency": "USD", "cash": text(self.cash), "portfolio_value": equity, "equity": equity, "last_equity": text(self.last_equity),
                "buying_power": power, "regt_buying_power": power, "daytrading_buying_power": "0",
                "non_marginable_buying_power": text(max(ZERO, self.cash)), "multiplier": text(self.multiplier),
                "long_market_value": text(long), "short_market_value": text(short), "initial_margin": text((long - short) / 2),
                "maintenance_margin": text((long - short) * Decimal("0.3")), "last_maintenance_margin": "0", "sma": "0",
                "accrued_fees": "0", "pending_transfer_in": "0", "daytrade_count": 0, "created_at": "2024-01-02T14:30:00Z",
                "balance_asof": datetime.fromtimestamp(self.clock.now(), NEW_YORK).date().isoformat(),
                "pattern_day_trader": flag("pattern_day_trader"), "trading_blocked": flag("trading_blocked"),
                "transfers_blocked": flag("transfers_blocked"), "account_blocked": flag("account_blocked"),
                "trade_suspended_by_user": flag("trade_suspended_by_user"), "shorting_enabled": flag("shorting_enabled", True)}

    def position(self, symbol):
        p = self.positions.get(symbol)
        if p is None:
            raise Refused(404, NOT_FOUND, "position does not exist")
        q, basis, value = p["qty"], p["cost"], self.value(symbol)
        last = self.last(symbol) or Decimal(text(basis / Fraction(q)))
        gain = Fraction(value) - basis
        share = text(gain / abs(basis), 9) if basis else "0"
        start = self.day_start.get(symbol, last)
        free = max(ZERO, abs(q) - self.held_by_orders(symbol, "sell" if q > 0 else "buy"))
        return {"asset_id": ao.asset_id(symbol), "symbol": symbol, "exchange": "NASDAQ", "asset_class": "us_equity",
                "asset_marginable": True, "qty": text(q), "avg_entry_price": text(basis / Fraction(q)),
                "side": "long" if q > 0 else "short", "market_value": text(value), "cost_basis": text(basis),
                "unrealized_pl": text(gain), "unrealized_plpc": share, "unrealized_intraday_pl": text(gain), "unrealized_intraday_plpc": share, "current_price": text(last),
                "lastday_price": text(start), "change_today": text(Fraction(last - start) / Fraction(start) if start else ZERO, 6),
                "qty_available": text(free if q > 0 else -free)}

    def asset(self, symbol):
        a = self.assets.get(symbol, {})
        if a.get("missing") or not 1 <= len(symbol) <= 10 or not symbol.replace(".", "").isalpha() or symbol != symbol.upper():
            raise Refused(404, NOT_FOUND, "asset not found for %s" % symbol)
        shortable = a.get("shortable", True)
        return {"id": ao.asset_id(symbol), "class": "us_equity", "exchange": "NASDAQ", "symbol": symbol, "name": symbol + " Common Stock",
                "status": a.get("status", "active"), "tradable": a.get("tradable", True), "marginable": True, "shortable": shortable,
                "easy_to_borrow": shortable, "borrow_status": "easy_to_borrow" if shortable else "hard_to_borrow",
                "fractionable": a.get("fractionable", True), "maintenance_margin_requirement": 30, "margin_requirement_long": "30",
                "margin_requirement_short": "30", "attributes": []}

    def cash_flow(self, kind, amount, symbol=None, **more):
        """CSD, CSW, DIV, FEE …: the account's cash moves without an order."""
        self.cash += Decimal(str(amount))
        day = datetime.fromtimestamp(self.clock.now(), NEW_YORK).date().isoformat()
        row = {"id": self.activity_id(), "activity_type": kind, "date": day, "net_amount": text(Decimal(str(amount))),
               "status": "executed", "description": "", **more}
        if symbol:
            row.update(symbol=symbol, qty=text(self.qty(symbol)))
        self.activities.append((self.clock.now(), row))
        self.changed()

    def activity_id(self):
        return "%s%03d::%s" % (datetime.fromtimestamp(self.clock.now(), NEW_YORK).strftime("%Y%m%d%H%M%S"),
                               int(self.clock.now() * 1000) % 1000, uuid.UUID(int=next(self.count)))

    # ---- a new order ----

    def open_orders(self, symbol=None):
        return [o for o in self.orders.values() if o.is_open and symbol in (None, o.symbol)]

    def open_groups(self):
        """One open order of each group."""
        return list({(o.parent or o).id: o for o in reversed(self.open_orders())}.values())[::-1]

    def submit(self, body, by_hand=False, checked=True):
        """The order, accepted, and what happens to it afterwards; unchecked: whatever the account can bear."""
        symbol, order_class = body.get("symbol"), body.get("order_class") or ""
        if not symbol or not body.get("side"):
            raise Refused(422, UNIQUE, "%s is required" % ("side" if symbol else "symbol"))
        if order_class == "mleg":
            raise Refused(422, BAD, "mleg orders are for options")
        try:
            asset = self.asset(symbol)
        except Refused:
            raise Refused(422, BAD, "asset \"%s\" not found" % symbol)
        cid = ao.check_client_id(body)
        qty, notional = ao.check_qty(body, order_class)
        ao.check_kind(body, order_class)
        take, stop, stop_limit = ao.check_legs(body, order_class, self.last(symbol))
        self.check_trigger(body, symbol)
        if cid in self.by_client_id:
            raise Refused(422, UNIQUE, "client_order_id must be unique")
        if checked:
            self.check_account(asset, body, order_class, qty, notional)
        o = Order(self.clock.now(), symbol, body["side"], body["type"], qty, notional=notional, tif=body["time_in_force"],
                  order_class=order_class, extended=bool(body.get("extended_hours")), by_hand=by_hand,
                  limit=take if order_class == "oco" else ao.number(body, "limit_price"), stop=ao.number(body, "stop_price"),
                  trail_price=ao.number(body, "trail_price"), trail_percent=ao.number(body, "trail_percent"))
        o.closes = self.qty(symbol) * (1 if o.side == "sell" else -1) > 0
        if cid:
            o.client_order_id = cid
        if not self.exchange.is_open() and not (o.extended and self.exchange.is_extended()):
            o.status = "accepted"
        self.add(o)
        if take is not None and order_class != "oco":
            self.add_leg(o, "limit", limit=take)
        if stop is not None:
            self.add_leg(o, "stop_limit" if stop_limit is not None else "stop", stop=stop, limit=stop_limit, armed=order_class == "oco")
        self.changed()
        return o, lambda: self.begin(o)

    def add(self, o):
        self.orders[o.id] = o
        self.by_client_id[o.client_order_id] = o

    def add_leg(self, parent, kind, **more):
        side = parent.side if parent.order_class == "oco" else opposite(parent.side)
        leg = Order(self.clock.now(), parent.symbol, side, kind, parent.qty, tif=parent.tif, order_class=parent.order_class,
                    status="held", parent=parent, by_hand=parent.by_hand, **more)
        parent.legs.append(leg)
        self.add(leg)

    def check_trigger(self, body, symbol):
        last, stop = self.last(symbol), ao.number(body, "stop_price")
        if last is None or stop is None:
            return
        if body["side"] == "sell" and stop > last:
            raise Refused(422, BAD, "stop price must not be greater than current price", current_price=text(last))
        if body["side"] == "buy" and stop < last:
            raise Refused(422, BAD, "stop price must not be less than current price", current_price=text(last))

    def check_account(self, asset, body, order_class, qty, notional):
        symbol, side = asset["symbol"], body["side"]
        for flag, message in (("account_blocked", "account is blocked"), ("trading_blocked", "new orders are rejected by user request"),
                              ("trade_suspended_by_user", "new orders are rejected by user request")):
            if self.flags.get(flag):
                raise Refused(403, NOT_ALLOWED, message)
        if not asset["tradable"] or asset["status"] != "active":
            raise Refused(422, BAD, "asset %s is not tradable" % symbol)
        if not asset["fractionable"] and (notional is not None or qty != qty.to_integral_value()):
            raise Refused(403, NOT_ALLOWED, "asset \"%s\" is not fractionable" % symbol)
        position, last = self.qty(symbol), self.last(symbol)
        if self.set["wash"] and order_class not in COMPLEX:
            self.check_wash(symbol, side, body)
        wanted = qty if qty is not None else notional / last if last else ZERO
        if position and (position > 0) == (side == "sell"):
            free = abs(position) - self.held_by_orders(symbol, side)
            if wanted > free:
                raise Refused(403, NOT_ALLOWED, "insufficient qty available for order (requested: %s, available: %s)" %
                              (text(wanted), text(max(ZERO, free))), symbol=symbol, existing_qty=text(abs(position)),
                              held_for_orders=text(abs(position) - free), available=text(max(ZERO, free)))
            return
        if order_class == "oco":
            raise Refused(403, NOT_ALLOWED, "insufficient qty available for order (requested: %s, available: 0)" % text(wanted))
        if side == "sell":
            if not self.flags.get("shorting_enabled", True) or notional is not None or qty != qty.to_integral_value():
                raise Refused(403, NOT_ALLOWED, "account is not allowed to short")
            if not asset["shortable"]:
                raise Refused(403, NOT_ALLOWED, "asset \"%s\" cannot be sold short" % symbol)
        price = ao.number(body, "limit_price") or ao.number(body, "stop_price") or last or ZERO
        if side == "sell":
            price = max(price, last or ZERO) * Decimal("1.03")
        cost = notional if notional is not None else qty * price
        if cost > self.buying_power():
            raise Refused(403, NOT_ALLOWED, "insufficient buying power", buying_power=text(self.buying_power(), 2), cost_basis=text(cost))

    def check_wash(self, symbol, side, body):
        """A simple order that could meet one of the account's own on the other side."""
        limit = ao.number(body, "limit_price") if body["type"] == "limit" else None
        for o in self.open_orders(symbol):
            if o.side == side or (o.status == "held" and not o.armed):
                continue
            crosses = o.type != "limit" or limit is None or (limit >= o.limit if side == "buy" else limit <= o.limit)
            if crosses:
                what = "limit" if o.type == "limit" else "market/stop"
                raise Refused(403, NOT_ALLOWED, "potential wash trade detected. use complex orders", existing_order_id=o.id,
                              reject_reason="opposite side %s order exists" % what)

    # ---- what happens to an accepted order ----

    def emit(self, event, o, **more):
        self.emit_to(event, o, more)

    def begin(self, o):
        """The venue has answered: the order reaches the market, or waits for it to open."""
        self.emit(o.status if o.status == "accepted" else "pending_new", o)
        for leg in o.legs:
            self.emit("held", leg)
        if o.status == "pending_new":
            self.clock.at(self.set["ack_after"], lambda: self.to_market(o))
        self.clock.run()
        self.changed()

    def to_market(self, o):
        if o.status not in ("accepted", "pending_new", "held"):
            return
        o.mark(self.clock.now(), "new")
        self.emit("new", o)
        if o.type == "trailing_stop":
            self.trail(o)
        self.clock.at(self.set["fill_after"], lambda: self.match(o.symbol))
        self.clock.run()

    def trail(self, o):
        last = self.last(o.symbol)
        if last is None:
            return
        better = max if o.side == "sell" else min
        o.hwm = last if o.hwm is None else better(o.hwm, last)
        by = o.trail_price if o.trail_price is not None else o.hwm * o.trail_percent / 100
        o.stop = (o.hwm - by if o.side == "sell" else o.hwm + by).quantize(Decimal("0.01"))

    def tradable_now(self, o):
        if self.exchange.is_open():
            return o.tif != "cls"
        return o.extended and self.exchange.is_extended()

    def fill_price(self, o):
        """At what it would be filled now, or None; a stop that is reached is triggered here."""
        last, bid, ask = self.prices[o.symbol]
        if o.type == "trailing_stop":
            self.trail(o)
        if o.type in ao.STOPS and not o.triggered:
            if not (last <= o.stop if o.side == "sell" else last >= o.stop):
                return None
            o.triggered = True
            self.triggered(o)
        touch = ask if o.side == "buy" else bid
        if o.limit is not None and o.type != "stop":
            return touch if (touch <= o.limit if o.side == "buy" else touch >= o.limit) else None
        return touch

    def triggered(self, o):
        """A stop of a group goes to the market alone: its target is cancelled first."""
        if o.parent and o.order_class in COMPLEX:
            for other in o.others():
                if other.is_open and (other is not o.parent or o.order_class == "oco"):
                    self.end(other, "canceled")
        if o.status == "held":
            o.mark(self.clock.now(), "new")
            self.emit("new", o)

    def match(self, symbol):
        """Orders meet the price, the oldest first; a plan's part is used up by each fill."""
        if symbol not in self.prices:
            return
        done = set()
        again = True
        while again:
            again = False
            working = [o for o in self.open_orders(symbol) if o.is_working]
            for o in sorted(working, key=lambda o: (o.times["created_at"], o.type != "limit")):
                if not o.is_working or o.id in done or not self.tradable_now(o):
                    continue
                price = self.fill_price(o)
                if price is None or self.plans.get(symbol) == "manual":
                    continue
                done.add(o.id)
                again = True
                self.fill(o, self.part(o, price), price)
                if o.tif in ("ioc", "fok") and o.is_open:
                    self.end(o, "canceled")
                break
        for o in self.open_orders(symbol):
            if o.tif in ("ioc", "fok") and o.is_working and self.tradable_now(o) and self.plans.get(symbol) != "manual":
                self.end(o, "canceled")
        self.changed()

    def part(self, o, price):
        if o.qty is None:
            o.qty = (o.notional / price).quantize(Decimal("1e-9"))
        plan = self.plans.get(o.symbol)
        if isinstance(plan, list) and plan and o.tif != "fok":
            part = plan.pop(0)
            if not plan:
                self.plans[o.symbol] = None
            return min(part, o.left)
        return o.left

    def fill(self, o, qty, price):
        """Some of an order is done. More than is left of it is an overfill, which a test may want."""
        qty, price, now = Decimal(str(qty)), Decimal(str(price)), self.clock.now()
        if qty <= 0:
            return
        o.filled += qty
        o.filled_value += qty * price
        self.apply(o.symbol, o.side, qty, price)
        is_whole = o.left <= 0
        if is_whole:
            o.mark(now, "filled", "filled_at")
        elif o.status in ("pending_cancel", "pending_replace"):
            o.times["updated_at"] = now
        else:
            o.mark(now, "partially_filled")
        kind = "fill" if is_whole else "partial_fill"
        self.activities.append((now, {"id": self.activity_id(), "activity_type": "FILL", "type": kind, "transaction_time": stamp(now),
                                      "price": text(price), "qty": text(qty), "side": o.side, "symbol": o.symbol, "order_id": o.id,
                                      "cum_qty": text(o.filled), "leaves_qty": text(max(ZERO, o.left)), "order_status": o.status}))
        self.emit(kind, o, execution_id=str(uuid.uuid4()), price=text(price), qty=text(qty), position_qty=text(self.qty(o.symbol)))
        self.after_fill(o, is_whole)
        self.changed()

    def after_fill(self, o, is_whole):
        if o.order_class not in COMPLEX:
            return
        if o.parent is None and o.order_class != "oco":
            if is_whole:
                self.arm(o)
            return
        for other in o.others():
            if not other.is_open or (other is o.parent and o.order_class != "oco"):
                continue
            if is_whole:
                self.end(other, "canceled")
            else:
                other.qty = other.filled + o.left  # the stop covers what the target has left

    def arm(self, o):
        """The entry is completely filled: its legs rest at the venue. The stop of a bracket keeps the status `held`."""
        for leg in o.legs:
            if leg.status != "held":
                continue
            wrong = self.leg_fault(leg)
            if wrong:
                leg.mark(self.clock.now(), "rejected", "failed_at")
                self.emit("rejected", leg)
                continue
            leg.armed = True
            if leg.type == "limit" or self.set["stop_leg"] != "held" or len(o.legs) == 1:
                leg.mark(self.clock.now(), "new")
                self.emit("new", leg)

    def end(self, o, status):
        o.mark(self.clock.now(), status, {"canceled": "canceled_at", "expired": "expired_at", "rejected": "failed_at"}[status])
        self.emit(status, o)

    def end_group(self, o, status):
        """One of a group goes, all of it goes."""
        self.end(o, status)
        if o.order_class in COMPLEX:
            for other in o.others():
                if other.is_open:
                    self.end(other, status)
        self.changed()

    # ---- cancel, replace, close ----

    def find(self, order_id):
        if order_id not in self.orders:
            raise Refused(404, NOT_FOUND, "order not found for %s" % order_id)
        return self.orders[order_id]

    def cancel(self, o):
        if not o.is_open or o.status == "pending_cancel":
            raise Refused(422, BAD, "order is not cancelable" if o.is_open else 'order is already in "%s" state' % o.status)
        before = o.status
        o.status = "pending_cancel" if o.status != "held" else "held"

        def done():
            if not o.is_open:
                self.emit("order_cancel_rejected", o)
            else:
                o.status = before if o.status == "pending_cancel" else o.status
                self.end_group(o, "canceled")
        return o, lambda: (self.clock.at(self.set["cancel_after"], done), self.clock.run())

    def replace(self, o, body):
        """A new order takes its place: its quantity, where none is asked for, is that of the old one, filled or not."""
        if o.status not in ("new", "partially_filled", "held") or (o.status == "held" and not o.armed):
            if o.status in ("accepted", "pending_new", "pending_cancel", "pending_replace", "held"):
                raise Refused(422, BAD, "unable to replace order, order isn't sent to exchange yet" if o.status != "pending_cancel" else
                              "order is pending cancel")
            raise Refused(422, BAD, 'order is already in "%s" state' % o.status)
        limit, stop, qty, trail = (ao.number(body, k) for k in ("limit_price", "stop_price", "qty", "trail"))
        for name, price, is_due in (("limit_price", limit, o.type in ("limit", "stop_limit")),
                                    ("stop_price", stop, o.type in ("stop", "stop_limit"))):
            if price is not None and not is_due:
                raise Refused(422, UNIQUE, "%s orders must not have %s" % (o.type, name))
            if price is not None:
                ao.check_price(name, price)
        cid = ao.check_client_id(body)
        if cid in self.by_client_id:
            raise Refused(422, UNIQUE, "client_order_id must be unique")
        if all(v is None for v in (limit, stop, qty, trail)) and body.get("time_in_force") in (None, o.tif):
            raise Refused(422, BAD, "order parameters are not changed")
        if o.type in ("stop", "stop_limit"):
            self.check_trigger({"side": o.side, "stop_price": text(stop or o.stop)}, o.symbol)
        new = Order(self.clock.now(), o.symbol, o.side, o.type, qty or o.qty, tif=body.get("time_in_force") or o.tif,
                    extended=o.extended, order_class=o.order_class, limit=limit or o.limit, stop=stop or o.stop, hwm=o.hwm, by_hand=o.by_hand,
                    trail_price=trail if trail and o.trail_price else o.trail_price,
                    trail_percent=trail if trail and o.trail_percent else o.trail_percent, replaces=o.id, parent=o.parent, closes=o.is_exit())
        self.check_room(o, new)
        if cid:
            new.client_order_id = cid
        before, o.status = o.status, "pending_replace"
        self.add(new)
        return new, lambda: self.swap(o, new, before)

    def check_room(self, o, new):
        """The replacement may take no more out of the position than there is."""
        position = self.qty(o.symbol)
        if o.is_exit() and position and (position > 0) == (o.side == "sell"):
            free = abs(position) - self.held_by_orders(o.symbol, o.side) + o.left
            if o.parent is None and new.qty > free:
                raise Refused(403, NOT_ALLOWED, "insufficient qty available for order (requested: %s, available: %s)" %
                              (text(new.qty), text(max(ZERO, free))), symbol=o.symbol, available=text(max(ZERO, free)))

    def swap(self, o, new, before):
        now = self.clock.now()
        if o.status != "pending_replace":  # filled or cancelled meanwhile
            new.mark(now, "rejected", "failed_at")
            self.emit("order_replace_rejected", o)
            return self.changed()
        new.armed, new.legs = o.armed, o.legs
        for leg in new.legs:
            leg.parent, leg.qty = new, new.qty
        if o.parent:
            o.parent.legs[o.parent.legs.index(o)] = new
        o.legs, o.replaced_by = [], new.id
        o.mark(now, "replaced", "replaced_at")
        self.emit("replaced", o)
        if before == "held":
            new.status = "held"
            self.emit("held", new)
            self.match(new.symbol)
        else:
            self.to_market(new)
        self.changed()

    def close(self, symbol, qty=None, percentage=None):
        position = self.qty(symbol)
        if not position:
            raise Refused(404, NOT_FOUND, "position not found: %s" % symbol)
        amount = abs(position)
        if percentage is not None:
            amount = (amount * Decimal(percentage) / 100).quantize(Decimal("1e-9")).normalize()
        elif qty is not None:
            amount = Decimal(qty)
        return self.submit({"symbol": symbol, "side": "sell" if position > 0 else "buy", "type": "market", "time_in_force": "day",
                            "qty": text(amount)})

    # ---- the day ----

    def session(self):
        """Queued orders reach the market at the open; what is for the day ends with it."""
        is_open = self.exchange.is_open()
        if is_open == self.was_open:
            return
        self.was_open = is_open
        if is_open:
            for o in list(self.open_orders()):
                if o.extended and o.is_working:
                    self.end(o, "expired")  # of the hours after the last close
                elif o.status == "accepted":
                    self.to_market(o)
            return
        for o in list(self.open_orders()):
            if o.tif == "cls" and o.is_working and self.last(o.symbol) is not None:
                self.fill(o, self.part(o, self.last(o.symbol)), self.last(o.symbol))
        for o in list(self.open_orders()):
            if o.is_open and o.tif in ("day", "opg", "cls") and not o.extended:
                self.end_group(o, "expired")
        self.last_equity = self.equity()
        self.day_start = {s: p[0] for s, p in self.prices.items()}
        self.changed()

    def listed(self, status, symbols=None, side=None):
        out = [o for o in self.orders.values() if status == "all" or o.is_open == (status == "open")]
        return [o for o in out if (not symbols or o.symbol in symbols) and (not side or o.side == side)]
