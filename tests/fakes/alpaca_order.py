"""An order of the Alpaca stand-in and how it is written, and the checks of a new one that need no account.

Numbers are decimals, texts in JSON. Refused is the venue's answer to what it does not take.
"""
import re, uuid
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation, getcontext
from fractions import Fraction

from alpaca_time import stamp

getcontext().prec = 60
NAMESPACE = uuid.UUID("6ba7b811-9dad-11d1-80b4-00c04fd430c8")
WORKING = ("new", "partially_filled", "pending_cancel", "pending_replace")
QUEUED = ("accepted", "pending_new")
OPEN = WORKING + QUEUED + ("held", "accepted_for_bidding", "stopped", "suspended", "calculated", "done_for_day")
STOPS = ("stop", "stop_limit", "trailing_stop")
COMPLEX = ("bracket", "oco", "oto")
BAD, UNIQUE, NOT_ALLOWED, NOT_FOUND = 42210000, 40010001, 40310000, 40410000


class Refused(Exception):
    def __init__(self, status, code, message, **more):
        super().__init__(message)
        self.status, self.body = status, {"code": code, "message": message, **more}


def text(n, digits=9):
    """A number as the venue writes it, without zeros at its end."""
    if n is None:
        return None
    if isinstance(n, Fraction):
        n = (Decimal(n.numerator) / Decimal(n.denominator)).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_EVEN)
    s = format(Decimal(n), "f")
    return (s.rstrip("0").rstrip(".") if "." in s else s) or "0"


def number(body, name, where=""):
    """A positive number out of a body's text, or None."""
    if body.get(name) is None:
        return None
    try:
        n = Decimal(str(body[name]))
    except InvalidOperation:
        raise Refused(422, BAD, "%s%s must be a number" % (where, name))
    if not n.is_finite() or n <= 0:
        raise Refused(422, BAD, "%s%s must be > 0" % (where, name))
    return n


def opposite(side):
    return "sell" if side == "buy" else "buy"


def asset_id(symbol):
    return str(uuid.uuid5(NAMESPACE, "asset:" + symbol))


class Order:
    """`armed`: a leg whose entry is filled (or that of an OCO); `by_hand`: not sent by the program under test."""

    def __init__(self, now, symbol, side, kind, qty, **more):
        self.id, self.client_order_id = str(uuid.uuid4()), str(uuid.uuid4())
        self.symbol, self.side, self.type, self.qty = symbol, side, kind, qty
        self.tif, self.order_class, self.notional, self.extended = "day", "", None, False
        self.limit = self.stop = self.trail_price = self.trail_percent = self.hwm = None
        self.status, self.filled, self.filled_value = "pending_new", Decimal(0), Decimal(0)
        self.legs, self.parent, self.armed, self.triggered, self.by_hand = [], None, False, False, False
        self.replaces = self.replaced_by = None
        self.times = {"created_at": now, "updated_at": now, "submitted_at": now}
        self.__dict__.update(more)

    @property
    def left(self):
        return (self.qty if self.qty is not None else Decimal(0)) - self.filled

    @property
    def is_open(self):
        return self.status in OPEN

    @property
    def is_working(self):
        """May be filled while the market is open."""
        return self.status in WORKING or (self.status == "held" and self.armed)

    @property
    def is_protective(self):
        """Rests at the venue as a stop: held before its entry is filled, it does not."""
        return self.type in STOPS and self.is_open and (self.status != "held" or self.armed)

    def others(self):
        """The rest of its group."""
        root = self.parent or self
        return [o for o in [root] + root.legs if o is not self]

    def mark(self, now, status, when=None):
        self.status = status
        self.times["updated_at"] = now
        if when:
            self.times[when] = now

    def shown(self, nested=True):
        average = Fraction(self.filled_value) / Fraction(self.filled) if self.filled else None
        intent = {"buy": "buy_to_", "sell": "sell_to_"}[self.side] + ("close" if self.is_exit() else "open")
        t = {k: stamp(self.times.get(k)) for k in ("created_at", "updated_at", "submitted_at", "filled_at", "expired_at", "canceled_at",
                                                   "failed_at", "replaced_at")}
        return {"id": self.id, "client_order_id": self.client_order_id, **t, "replaced_by": self.replaced_by, "replaces": self.replaces,
                "asset_id": asset_id(self.symbol), "symbol": self.symbol, "asset_class": "us_equity", "notional": text(self.notional),
                "qty": text(self.qty), "filled_qty": text(self.filled), "filled_avg_price": text(average),
                "order_class": self.order_class, "order_type": self.type, "type": self.type, "side": self.side, "position_intent": intent,
                "time_in_force": self.tif, "limit_price": text(self.limit), "stop_price": text(self.stop), "status": self.status,
                "extended_hours": self.extended, "legs": [x.shown() for x in self.legs] if nested and self.legs else None,
                "trail_percent": text(self.trail_percent), "trail_price": text(self.trail_price), "hwm": text(self.hwm),
                "subtag": None, "source": None}

    def is_exit(self):
        return bool(self.parent) or self.order_class == "oco" or self.__dict__.get("closes", False)


# ---- what is wrong with a new one, whoever sends it ----

def check_price(name, price):
    digits = 2 if price >= 1 else 4
    if price != price.quantize(Decimal(1).scaleb(-digits)):
        raise Refused(422, BAD, "invalid %s %s. sub-penny increment does not fulfill minimum pricing criteria" % (name, text(price)))


PRICES = {"market": (), "limit": ("limit_price",), "stop": ("stop_price",), "stop_limit": ("stop_price", "limit_price"), "trailing_stop": ()}


def check_kind(body, order_class):
    """Which prices go with which type, and what goes with which time in force."""
    kind = body["type"]
    for name in ("limit_price", "stop_price"):
        price = number(body, name)
        if price is None and name in PRICES[kind] and not (order_class == "oco" and name == "limit_price"):
            raise Refused(422, UNIQUE, "%s orders require %s" % (kind, name.replace("_", " ")))
        if price is not None and name not in PRICES[kind]:
            raise Refused(422, UNIQUE, "%s orders must not have %s" % (kind, name.replace("_", " ")))
        if price is not None:
            check_price(name, price)
    if kind == "trailing_stop" and (number(body, "trail_price") is None) == (number(body, "trail_percent") is None):
        raise Refused(422, UNIQUE, "trailing_stop orders require one of trail_price and trail_percent")
    if body.get("extended_hours") and (kind != "limit" or body["time_in_force"] != "day" or order_class in COMPLEX):
        raise Refused(422, BAD, "extended hours order must be DAY limit orders")
    if order_class in COMPLEX and body["time_in_force"] not in ("day", "gtc"):
        raise Refused(422, BAD, "%s orders must be DAY or GTC" % order_class)
    if body["time_in_force"] in ("opg", "cls") and kind not in ("market", "limit"):
        raise Refused(422, BAD, "invalid order type for %s order" % body["time_in_force"])


def check_qty(body, order_class):
    qty, notional = number(body, "qty"), number(body, "notional")
    if (qty is None) == (notional is None):
        raise Refused(422, UNIQUE, "qty or notional is required" if qty is None else "only one of qty or notional is accepted")
    if notional is not None or qty != qty.to_integral_value():
        if body["time_in_force"] != "day":
            raise Refused(422, BAD, "fractional orders must be DAY orders")
        if order_class in COMPLEX:
            raise Refused(422, BAD, "fractional orders must be simple orders")
        if qty is not None and qty != qty.quantize(Decimal("1e-9")):
            raise Refused(422, BAD, "qty must have at most 9 decimals")
    return qty, notional


def check_legs(body, order_class, market):
    """The exit prices (take, stop, stop's limit) of a complex order."""
    took, stopped = body.get("take_profit"), body.get("stop_loss")
    if order_class not in COMPLEX:
        if took or stopped:
            raise Refused(422, BAD, "take_profit and stop_loss need a complex order class")
        return None, None, None
    if order_class in ("bracket", "oco"):
        for name, legs, price in (("take_profit", took, "limit_price"), ("stop_loss", stopped, "stop_price")):
            if not legs or legs.get(price) is None:
                raise Refused(422, UNIQUE, "%s orders require %s.%s" % (order_class, name, price))
    elif bool(took) == bool(stopped):
        raise Refused(422, UNIQUE, "oto orders require either take_profit or stop_loss")
    take = number(took or {}, "limit_price", "take_profit.")
    stop = number(stopped or {}, "stop_price", "stop_loss.")
    limit = number(stopped or {}, "limit_price", "stop_loss.")
    for name, price in (("take_profit.limit_price", take), ("stop_loss.stop_price", stop), ("stop_loss.limit_price", limit)):
        if price is not None:
            check_price(name, price)
    is_long = (body["side"] == "buy") == (order_class != "oco")
    if take is not None and stop is not None and (take <= stop if is_long else take >= stop):
        raise Refused(422, BAD, "take_profit.limit_price must be %s stop_loss.stop_price" % (">" if is_long else "<"))
    base = number(body, "limit_price") if body["type"] in ("limit", "stop_limit") and order_class != "oco" else market
    if body["type"] == "stop":
        base = number(body, "stop_price")
    cent = Decimal("0.01")
    if base is not None and stop is not None and (stop > base - cent if is_long else stop < base + cent):
        raise Refused(422, BAD, "stop_loss.stop_price must be %s" % ("<= base_price - 0.01" if is_long else ">= base_price + 0.01"),
                      base_price=text(base))
    if base is not None and take is not None and order_class != "oco" and (take < base + cent if is_long else take > base - cent):
        raise Refused(422, BAD, "take_profit.limit_price must be %s" % (">= base_price + 0.01" if is_long else "<= base_price - 0.01"),
                      base_price=text(base))
    return take, stop, limit


def check_client_id(body):
    cid = body.get("client_order_id")
    if cid is not None and not re.match(r"[\x20-\x7e]{1,128}\Z", cid):
        raise Refused(422, UNIQUE, "client_order_id must be no more than 128 characters")
    return cid
