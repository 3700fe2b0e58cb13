#!/usr/bin/python3
"""Takes the pictures of the page that stand in the documents: screenshots.py DIRECTORY (make screenshots).

They are reduced to 256 colours, so that they stay small; nothing but the standard library does that.
"""
import asyncio, os, struct, sys, zlib
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from lib import *
from browser import *

BYTES_MAX = 150 * 1024


# ---- PNG ----

def unfilter(data, width, height, size):
    """Scanlines without their filters; `size` bytes a pixel."""
    out, before, step = [], bytes(width * size), width * size + 1
    for y in range(height):
        kind, line = data[y * step], bytearray(data[y * step + 1:(y + 1) * step])
        if kind == 1:
            for i in range(size, len(line)):
                line[i] = (line[i] + line[i - size]) & 255
        elif kind == 2:
            line = bytearray((a + b) & 255 for a, b in zip(line, before))
        elif kind == 3:
            for i in range(len(line)):
                line[i] = (line[i] + ((line[i - size] if i >= size else 0) + before[i]) // 2) & 255
        elif kind == 4:
            for i in range(len(line)):
                a, b, c = (line[i - size] if i >= size else 0), before[i], (before[i - size] if i >= size else 0)
                pa, pb, pc = abs(b - c), abs(a - c), abs(a + b - 2 * c)
                line[i] = (line[i] + (a if pa <= pb and pa <= pc else b if pb <= pc else c)) & 255
        out.append(bytes(line))
        before = line
    return out


def read_png(path):
    with open(path, "rb") as f:
        data = f.read()
    at, body = 8, b""
    while at < len(data):
        n, kind = struct.unpack(">I4s", data[at:at + 8])
        if kind == b"IHDR":
            width, height, _, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
        elif kind == b"IDAT":
            body += data[at + 8:at + 8 + n]
        at += n + 12
    size = {2: 3, 6: 4}[colour]
    rows = unfilter(zlib.decompress(body), width, height, size)
    return width, height, [[row[i:i + 3] for i in range(0, len(row), size)] for row in rows]


def distance(a, b):
    return 2 * (a[0] - b[0]) ** 2 + 4 * (a[1] - b[1]) ** 2 + 3 * (a[2] - b[2]) ** 2


def palette_of(rows):
    """The frequent colours, none of them too like another, and for each colour its place among them."""
    count = {}
    for row in rows:
        for c in row:
            count[c] = count.get(c, 0) + 1
    frequent, apart = sorted(count, key=lambda c: -count[c]), 0
    while True:
        chosen = []
        for c in frequent:
            if apart == 0 or all(distance(c, x) > apart for x in chosen):
                chosen.append(c)
            if len(chosen) > 256:
                break
        if len(chosen) <= 256:
            return chosen, {c: min(range(len(chosen)), key=lambda i: distance(c, chosen[i])) for c in count}
        apart = apart * 2 or 20


def shrink(path):
    width, height, rows = read_png(path)
    palette, place = palette_of(rows)
    chunk = lambda kind, data: struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    body = b"".join(b"\0" + bytes(place[c] for c in row) for row in rows)
    with open(path, "wb") as f:
        f.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)) +
                chunk(b"PLTE", b"".join(palette)) + chunk(b"IDAT", zlib.compress(body, 9)) + chunk(b"IEND", b""))
    n = os.path.getsize(path)
    assert n <= BYTES_MAX, "%s has %d bytes" % (path, n)
    print("%s: %d x %d, %d colours, %d bytes" % (path, width, height, len(palette), n))


# ---- the page ----

async def ask(t, text, want):
    await t.js("box.focus()")
    await t.type(text)
    await t.key("Enter")
    await t.until(text, "[...document.querySelectorAll('#talk article:not(.mine)')].at(-1)?.querySelector('%s')" % want)


async def trades(t):
    await t.until("several trades", "document.querySelectorAll('#feed article').length > 5")


def taken(args, config, go):
    m = settle_port(Mia())
    path = os.path.join(m.dir, "mia.yaml")
    with open(path) as f:
        text = f.read()
    with open(path, "w") as f:
        f.write(text.replace("locale: en", config))
    browser = Browser()
    try:
        m.start(*args).started()

        async def run_it():
            async with Devtools(browser) as d:
                await go(d, address(m), m)
        asyncio.run(run_it())
    finally:
        browser.close()
        m.clean()


def main(out):
    picture = lambda name: os.path.join(out, name)

    async def desktop(d, url, m):
        t = await (await d.tab(1280, 800)).opened(url)
        await trades(t)
        await ask(t, "/status", ".fields")
        await t.picture(picture("page.png"))
        t = await (await d.tab(1280, 800, dark=True)).opened(url)
        await trades(t)
        await ask(t, "/close all 50", ".buttons")
        await t.key("Enter", alt=True)
        await t.picture(picture("page-dark.png"))
        await t.close()
        t = await (await d.tab(1280, 800)).opened(url)
        await trades(t)
        m.kill()
        await t.until("offline", "!notice.hidden && document.querySelector('#link').dataset.state === 'down'")
        await t.js("box.focus()")
        await t.type("/pause")
        await t.key("Enter")
        await t.until("kept", "document.querySelector('.mine:last-child .how:not([hidden])')")
        await t.until("said", "/\\d/.test(document.querySelector('#link').textContent)")
        await t.picture(picture("page-reconnecting.png"))
    taken(["--demo"], "locale: en", desktop)

    async def phone(d, url, m):
        t = await d.tab(360, 740, "fr-FR")
        await t.size(360, 740, 2)
        await t.opened(url)
        await trades(t)
        await t.picture(picture("page-phone.png"))
    taken(["--demo"], "locale: fr", phone)
    for name in ("page.png", "page-dark.png", "page-phone.png", "page-reconnecting.png"):
        shrink(picture(name))


main(sys.argv[1])
