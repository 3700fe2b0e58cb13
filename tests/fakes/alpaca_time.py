"""The stand-in's clock and the calendar of the exchange: everything timed in the stand-in goes by this clock, none by the wall.

Clock: runs at `pace` (1: like the wall, 0: stands still) until a test sets or advances it; what falls due on the way
happens at its own time. Sessions: 9:30 to 16:00 in New York, half days to 13:00; pre-market from 4:00, after hours to 20:00.
"""
import heapq, itertools, re, time
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

NEW_YORK = ZoneInfo("America/New_York")


class Clock:
    def __init__(self):
        self.base, self.mono, self.pace = time.time(), time.monotonic(), 1.0
        self.stepping, self.due, self.count = None, [], itertools.count()

    def now(self):
        if self.stepping is not None:
            return self.stepping
        return self.base + (time.monotonic() - self.mono) * self.pace

    def at(self, after, what):
        """`what()` happens in `after` seconds of this clock."""
        heapq.heappush(self.due, (self.now() + after, next(self.count), what))

    def run(self, until=None):
        """What is due happens, each at its time; `until` is where the clock stands then."""
        if self.stepping is not None:
            return  # something due has asked: the one that runs goes on
        goal = self.now() if until is None else until
        try:
            while self.due and self.due[0][0] <= goal:
                when, _, what = heapq.heappop(self.due)
                self.stepping = when
                what()
        finally:
            self.stepping = None
            if until is not None:
                self.base, self.mono = until, time.monotonic()

    def set_pace(self, pace):
        self.base, self.mono, self.pace = self.now(), time.monotonic(), float(pace)


# ---- texts ----

def stamp(t):
    """RFC 3339 in UTC with microseconds."""
    return datetime.fromtimestamp(t, timezone.utc).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if t is not None else None


def short_stamp(t):
    return datetime.fromtimestamp(t, timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")


def local_stamp(t):
    """As the venue's clock writes it: New York's time with its offset, nine decimals."""
    d = datetime.fromtimestamp(t, NEW_YORK)
    z = d.strftime("%z")
    return d.strftime("%Y-%m-%dT%H:%M:%S.%f000") + z[:3] + ":" + z[3:]


def parse(text):
    """Seconds since 1970 of a number, a day (midnight in New York) or an RFC 3339 time."""
    if isinstance(text, (int, float)):
        return float(text)
    if re.fullmatch(r"-?\d+(\.\d+)?", text):
        return float(text)
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), NEW_YORK).timestamp()
    m = re.fullmatch(r"(.{19})(\.\d+)?(Z|[+-]\d\d:\d\d)", text.replace(" ", "+"))
    if not m:
        raise ValueError("no time: %r" % text)
    whole = datetime.fromisoformat(m[1] + m[3].replace("Z", "+00:00")).timestamp()
    return whole + float("0" + (m[2] or ""))


# ---- the exchange's days ----

def nth(year, month, weekday, n):
    """The n-th such weekday of a month; n = -1: the last one."""
    if n > 0:
        first = date(year, month, 1)
        return first + timedelta((weekday - first.weekday()) % 7 + 7 * (n - 1))
    last = date(year + month // 12, month % 12 + 1, 1) - timedelta(1)
    return last - timedelta((last.weekday() - weekday) % 7)


def easter(year):
    a, b, c = year % 19, year // 100, year % 100
    d = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    e = (32 + 2 * (b % 4) + 2 * (c // 4) - d - c % 4) % 7
    f = d + e - 7 * ((a + 11 * d + 22 * e) // 451) + 114
    return date(year, f // 31, f % 31 + 1)


def observed(day):
    return day + timedelta({5: -1, 6: 1}.get(day.weekday(), 0))


def holidays(year):
    new_year = date(year, 1, 1)
    days = {nth(year, 1, 0, 3), nth(year, 2, 0, 3), easter(year) - timedelta(2), nth(year, 5, 0, -1), observed(date(year, 7, 4)),
            nth(year, 9, 0, 1), nth(year, 11, 3, 4), observed(date(year, 12, 25))}
    if new_year.weekday() != 5:  # one on a Saturday is not made up for on the Friday, which is in the old year
        days.add(observed(new_year))
    if year >= 2022:
        days.add(observed(date(year, 6, 19)))
    return days


def half_days(year):
    return {d for d in (date(year, 7, 3), nth(year, 11, 3, 4) + timedelta(1), date(year, 12, 24))
            if d.weekday() < 5 and d not in holidays(year)}


class Exchange:
    """Days and hours; `forced` is what a test wants instead: "open", "closed" or None (by the calendar)."""

    def __init__(self, clock):
        self.clock, self.forced = clock, "open"
        self.closed_days, self.short_days = set(), set()  # of a test

    def day(self, d):
        """Open and close of that day as seconds since 1970, or None."""
        if d.weekday() > 4 or d in holidays(d.year) or d in self.closed_days:
            return None
        end = 13 if d in half_days(d.year) or d in self.short_days else 16
        return (datetime(d.year, d.month, d.day, 9, 30, tzinfo=NEW_YORK).timestamp(),
                datetime(d.year, d.month, d.day, end, tzinfo=NEW_YORK).timestamp())

    def days(self, start, end):
        return [start + timedelta(i) for i in range((end - start).days + 1) if self.day(start + timedelta(i))]

    def is_open_at(self, t):
        hours = self.day(datetime.fromtimestamp(t, NEW_YORK).date())
        return bool(hours) and hours[0] <= t < hours[1]

    def is_open(self):
        return self.forced == "open" or (self.forced is None and self.is_open_at(self.clock.now()))

    def is_extended(self):
        d = datetime.fromtimestamp(self.clock.now(), NEW_YORK)
        return not self.is_open() and bool(self.day(d.date())) and 4 <= d.hour < 20

    def next_of(self, which, after):
        """The next open (0) or close (1) after a time."""
        d = datetime.fromtimestamp(after, NEW_YORK).date()
        while True:
            hours = self.day(d)
            if hours and hours[which] > after:
                return hours[which]
            d += timedelta(1)

    def shown(self):
        now = self.clock.now()
        if self.is_open():
            close = self.next_of(1, now)
            opening = self.next_of(0, close)
        else:
            opening = self.next_of(0, now)
            close = self.next_of(1, opening)
        return {"timestamp": local_stamp(now), "is_open": self.is_open(), "next_open": local_stamp(opening)[:19] + local_stamp(opening)[-6:],
                "next_close": local_stamp(close)[:19] + local_stamp(close)[-6:]}

    def calendar(self, start, end):
        out = []
        for d in self.days(start, end):
            after = self.days(d + timedelta(1), d + timedelta(10))
            short = datetime.fromtimestamp(self.day(d)[1], NEW_YORK).hour == 13
            out.append({"date": d.isoformat(), "open": "09:30", "close": "13:00" if short else "16:00", "session_open": "0400",
                        "session_close": "1700" if short else "2000", "settlement_date": after[0].isoformat()})
        return out
