#!/usr/bin/python3
"""A loopback Discord (REST and gateway on one port): prints its port, then answers until its standard input closes.

What people do and what goes wrong is told to it at /_fake/...; what the bot did is read at /_fake/state.
  command {name, options: {NAME: VALUE}, user, locale, guild, age_s}  -> {id}     click {custom_id, message | of, user}  -> {id}
  complete {name, option, typed, user} -> {id}                                    again {id}  (the same event once more)
  A command with stolen: another program has answered it first; with gone: Discord takes it back at once.
  drop {} (TCP cut)   zombie {on}   op7 {}   op9 {resumable}   close {code}   expire {}  (sessions die)   send {frame}
  delete {channel | message}   set {beat_ms, remaining, reset_after, revoked, hide_10062, per, within, …}
  fault {route, kind, count, after, match}: route is "POST /channels/*/messages" or "*", kind one of
    429 429header 429global 429shared html429 500 503html 403 404 200html  answered instead of done
    cut    cut in the middle of the upload, not done         413    the file is too large
    lost   done, then the connection is cut      drop  not done, connection cut      slow  done after `after` seconds
Files: a multipart body must be exactly payload_json and the files that its attachments name; `file_max` bounds each.
Interactions: 10062 after 3 s without an answer (age_s counts), 40060 for the second one. A nonce makes one message.
"""
import asyncio, base64, fnmatch, json, os, re, sys, time
from aiohttp import WSMsgType, web

import multipart
from openapi import Spec, find

BOT, APP, GUILD = "1000000000000000001", "1000000000000000002", "2000000000000000001"
OWNER = "3000000000000000001"
EPOCH, ACK_S, NONCE_S, FRAME_MAX = 1420070400000, 3.0 * float(os.environ.get("MIA_TEST_SLOWER", "1")), 300.0, 4096
NAMES = ["general"]


class Fake:
    def __init__(self):
        self.spec = Spec(os.environ.get("MIA_DISCORD_SPEC") or find(os.path.dirname(__file__)))
        self.counter = 0
        self.channels = {c["id"]: c for c in [{"id": self.id(), "type": 0, "name": n, "permission_overwrites": []} for n in NAMES]}
        self.messages, self.edits, self.commands, self.command_puts, self.creates = {}, [], [], 0, []
        self.interactions, self.callbacks, self.invalid, self.requests = {}, [], [], []
        self.faults, self.windows = [], {}
        self.sessions, self.ws, self.session, self.is_zombie = {}, None, None, False
        self.beat_ms, self.remaining, self.reset_after, self.revoked, self.hide_10062 = 41250, 1000, 0, False, False
        self.per, self.within, self.guilds = 10000, 1.0, [GUILD]
        self.file_max = 10 << 20
        self.identifies, self.resumes, self.resumed, self.beats, self.closes, self.op9 = [], [], 0, [], [], 0

    def id(self, age_s=0.0):
        self.counter += 1
        return str(((int((time.time() - age_s) * 1000) - EPOCH) << 22) | (self.counter & 0x3FFFFF))


fake = None


# ---- REST ----

def error(status, code, message, **more):
    return web.json_response({"code": code, "message": message, **more}, status=status)


def too_many(after=1.0, scope="user", body=True, headers=None):
    h = {"Retry-After": str(max(1, int(after + 0.999))), "X-RateLimit-Scope": scope, **(headers or {})}
    if scope == "global":
        h["X-RateLimit-Global"] = "true"
    if not body:
        return web.Response(status=429, headers=h)
    return web.json_response({"message": "You are being rate limited.", "retry_after": after, "global": scope == "global"},
                             status=429, headers=h)


FAULTS = {
    "429": lambda f: too_many(f["after"]),
    "429header": lambda f: too_many(f["after"], body=False),
    "429global": lambda f: too_many(f["after"], "global"),
    "429shared": lambda f: too_many(f["after"], "shared"),
    "html429": lambda f: web.Response(status=429, text="<html>1015 You are being rate limited</html>", content_type="text/html",
                                      headers={"Retry-After": str(int(f["after"]))}),
    "500": lambda f: error(500, 0, "500: Internal Server Error"),
    "503html": lambda f: web.Response(status=503, text="<html>upstream</html>", content_type="text/html"),
    "403": lambda f: error(403, 50013, "Missing Permissions"),
    "404": lambda f: error(404, 10003, "Unknown Channel"),
    "413": lambda f: error(413, 40005, "Request entity too large"),
    "200html": lambda f: web.Response(status=200, text="<html>maintenance</html>", content_type="text/html"),
}


def fault_for(route, text):
    for f in fake.faults:
        if fnmatch.fnmatch(route, f["route"]) and f.get("match", "") in text:
            f["count"] -= 1
            if f["count"] <= 0:
                fake.faults.remove(f)
            return f
    return None


def cut(request):
    request.transport.abort()
    return web.Response(status=500)


# ---- files ----

REQUEST_MAX = 25 << 20
SHOWN_AS_PICTURE = ("image/png", "image/jpeg", "image/gif", "image/webp")


def form(request, raw):
    """The payload and the files of a multipart body; what is wrong with it is a complaint."""
    parts = multipart.read(request.headers["Content-Type"], raw)
    if parts[0].name != "payload_json" or parts[0].filename or parts[0].type != "application/json":
        raise multipart.Wrong("the first part is not payload_json")
    files = {}
    for p in parts[1:]:
        n = re.match(r"files\[(\d)\]\Z", p.name)
        if not n or not p.filename or not re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z", p.filename):
            raise multipart.Wrong("the part %r, file %r" % (p.name, p.filename))
        files[int(n.group(1))] = p
    return parts[0].bytes.decode(), files


def file_complaints(body, files):
    """Every file is named by an attachment, every attachment is a file; only pictures that came along stand in embeds."""
    m = body if isinstance(body, dict) else {}
    m = m["data"] if isinstance(m.get("data"), dict) else m
    listed = {a.get("id"): a.get("filename") for a in m.get("attachments") or []}
    out = []
    if listed != {n: p.filename for n, p in files.items()}:
        out.append("attachments %r, files %r" % (listed, {n: p.filename for n, p in files.items()}))
    for e in m.get("embeds") or []:
        url = e.get("image", {}).get("url")
        if url is not None and url not in ["attachment://" + p.filename for p in files.values() if p.type in SHOWN_AS_PICTURE]:
            out.append("the embed shows %r" % url)
    return out


def kept(files):
    return [{"filename": p.filename, "type": p.type, "size": len(p.bytes), "base64": base64.b64encode(p.bytes).decode()}
            for p in files.values()]


def embed_size(body):
    total = 0
    for e in body.get("embeds") or []:
        parts = [e.get("title", ""), e.get("description", ""), e.get("footer", {}).get("text", ""), e.get("author", {}).get("name", "")]
        parts += [f[k] for f in e.get("fields", []) for k in ("name", "value")]
        total += sum(len(p.encode("utf-16-le")) // 2 for p in parts)
    return total


def message_complaints(body):
    """What the specification does not say."""
    out = [] if embed_size(body) <= 6000 else ["embeds of more than 6000"]
    ids = [b.get("custom_id") for row in body.get("components") or [] for b in row.get("components", [])]
    if len(set(ids)) < len(ids):
        out.append("a custom_id twice")
    if body.get("allowed_mentions", {}).get("parse", ["everyone"]) != []:
        out.append("allowed_mentions.parse is not empty")
    if not body.get("content") and not body.get("embeds"):
        out.append("an empty message")
    return out


def complaints(method, path, body):
    if (method, path) == ("GET", "/users/@me/guilds"):
        return []  # documented for bots, absent from the schema of what bots may call
    out = fake.spec.check(method, path, body)
    if method in ("POST", "PATCH") and ("/messages" in path or path.startswith("/webhooks/")):
        out += message_complaints(body or {})
    if path.endswith("/callback") and (body or {}).get("type") in (4, 7):
        out += message_complaints(body.get("data") or {})
    if path.endswith("/commands") and body is not None:
        for c in body:
            required = [o.get("required", False) for o in c.get("options", [])]
            if required != sorted(required, reverse=True):
                out.append("%s: a required option after another one" % c["name"])
    return out


def limited(bucket):
    """Headers of the bucket, and whether this request is one too many."""
    start, n = fake.windows.get(bucket, (0.0, 0))
    now = time.monotonic()
    if now - start >= fake.within:
        start, n = now, 0
    fake.windows[bucket] = (start, n + 1)
    left = fake.within - (now - start)
    headers = {"X-RateLimit-Bucket": bucket.split("/")[0], "X-RateLimit-Limit": str(fake.per),
               "X-RateLimit-Remaining": str(max(0, fake.per - n - 1)), "X-RateLimit-Reset-After": "%.3f" % left}
    return headers, n >= fake.per, left


async def rest(request):
    path = request.path
    for f in fake.faults:
        if f["kind"] == "cut" and request.headers.get("Content-Type", "").startswith("multipart/"):
            fake.faults.remove(f)
            await request.content.read(1024)  # some of it came in
            fake.requests.append({"method": request.method, "path": path, "fault": "cut", "at": time.time(), "body": None, "files": []})
            return cut(request)
    try:
        raw = await request.read()
    except ConnectionError:
        return web.Response(status=400)
    files = {}
    is_form = request.headers.get("Content-Type", "").startswith("multipart/")
    try:
        text, files = form(request, raw) if is_form else (raw.decode(), {})
    except multipart.Wrong as why:
        fake.invalid.append({"route": request.method + " " + path, "why": [str(why)], "body": None})
        return error(400, 50035, "Invalid Form Body: %s" % why)
    for prefix in ("/api/v10", "/api"):
        if path.startswith(prefix + "/"):
            path = path[len(prefix):]
            break
    method, parts = request.method, path.strip("/").split("/")
    route = method + " " + path
    try:
        body = json.loads(text) if text else None
    except ValueError:
        return error(400, 50109, "The request body contains invalid JSON.")
    f = fault_for(route, text)
    secret = parts[0] == "interactions" or (parts[0] == "webhooks" and len(parts) > 2)
    entry = {"method": method, "path": path, "fault": f["kind"] if f else None, "at": time.time(), "body": body,
             "files": [{k: v for k, v in x.items() if k != "base64"} for x in kept(files)]}
    fake.requests.append(entry)
    if not request.headers.get("User-Agent", "").startswith("DiscordBot ("):
        return error(403, 40333, "a User-Agent is missing")
    if not secret and (fake.revoked or not request.headers.get("Authorization", "").startswith("Bot ")):
        entry["status"] = 401
        return error(401, 0, "401: Unauthorized")
    if f and f["kind"] == "drop":
        return cut(request)
    if f and f["kind"] == "slow":
        await asyncio.sleep(f["after"])
    if f and f["kind"] in FAULTS:
        answer = FAULTS[f["kind"]](f)
    else:
        answer = handle(method, path, parts, body, secret, request, files)
    entry["status"] = answer.status
    return cut(request) if f and f["kind"] == "lost" else answer


def handle(method, path, parts, body, secret, request, files):
    headers, over, left = ({}, False, 0) if secret else limited(method + ":" + parts[0] + ":" + parts[-1][:8] + "/" + "".join(parts[1:2]))
    if over:
        return too_many(left, headers=headers)
    if any(len(p.bytes) > fake.file_max for p in files.values()) or sum(len(p.bytes) for p in files.values()) > REQUEST_MAX:
        return error(413, 40005, "Request entity too large")
    wrong = complaints(method, path, body) + file_complaints(body, files)
    if wrong:
        fake.invalid.append({"route": method + " " + path, "why": wrong[:5], "body": body})
        return error(400, 50035, "Invalid Form Body: " + wrong[0])
    answer = dispatch(method, parts, body, request, kept(files))
    answer.headers.update(headers)
    return answer


def dispatch(method, parts, body, request, files):
    if parts == ["gateway", "bot"]:
        return web.json_response({"url": "ws://127.0.0.1:%d" % PORT, "shards": 1, "session_start_limit": {
            "total": 1000, "remaining": fake.remaining, "reset_after": fake.reset_after, "max_concurrency": 1}})
    if parts == ["users", "@me"]:
        return web.json_response({"id": BOT, "username": "mia", "bot": True})
    if parts == ["users", "@me", "guilds"]:
        return web.json_response([{"id": g, "name": "Desk"} for g in fake.guilds])
    if parts == ["applications", "@me"]:
        return web.json_response({"id": APP, "name": "mia", "flags": 0})
    if parts[0] == "guilds" and parts[2:] == ["channels"]:
        return guild_channels(method, parts[1], body)
    if parts[0] == "guilds" and len(parts) == 2:
        return web.json_response({"id": parts[1], "name": "Desk", "owner_id": OWNER})
    if parts[0] == "applications" and parts[-1] == "commands":
        return guild_commands(method, body)
    if parts[0] == "channels":
        return channel(method, parts, body, request, files)
    if parts[0] == "interactions":
        return callback(parts, body, files)
    if parts[0] == "webhooks":
        return webhook(method, parts, body, files)
    return error(404, 0, "404: Not Found")


def guild_channels(method, guild, body):
    if guild not in fake.guilds:
        return error(403, 50001, "Missing Access")
    if method == "GET":
        return web.json_response(list(fake.channels.values()))
    c = {"id": fake.id(), "guild_id": guild, "type": 0, "permission_overwrites": [], **body}
    fake.channels[c["id"]] = c
    return web.json_response(c, status=201)


def guild_commands(method, body):
    if method == "PUT":
        fake.command_puts += 1
        fake.commands = [dict(c, id=fake.id()) for c in body]
    return web.json_response(fake.commands)


def shown(m):
    return {k: v for k, v in m.items() if not k.startswith("_")}


def create_message(cid, body, files):
    nonce = body.get("nonce")
    fake.creates.append({"nonce": nonce, "channel": fake.channels[cid]["name"], "at": time.time()})
    if nonce and body.get("enforce_nonce"):
        for m in fake.messages.values():
            if m["_nonce"] == nonce and time.monotonic() - m["_at"] < NONCE_S:
                return web.json_response(shown(m))
    m = {"id": fake.id(), "channel_id": cid, "author": {"id": BOT, "bot": True, "username": "mia"}, "flags": 0, "content": "",
         "_nonce": nonce, "_at": time.monotonic(), "_edits": 0, "_first": body, "_files": files,
         **{k: v for k, v in body.items() if k not in ("nonce", "enforce_nonce", "allowed_mentions", "attachments")}}
    fake.messages[m["id"]] = m
    return web.json_response(shown(m))


def channel(method, parts, body, request, files):
    cid = parts[1]
    if cid not in fake.channels:
        return error(404, 10003, "Unknown Channel")
    if len(parts) == 2:
        return web.json_response(fake.channels[cid])
    if len(parts) == 3 and method == "POST":
        return create_message(cid, body, files)
    if len(parts) == 3:
        found = [shown(m) for m in fake.messages.values() if m["channel_id"] == cid]
        return web.json_response(found[::-1][: int(request.query.get("limit", 50))])
    m = fake.messages.get(parts[3])
    if not m or m["channel_id"] != cid:
        return error(404, 10008, "Unknown Message")
    if method == "PATCH":
        m.update({k: v for k, v in body.items() if k not in ("allowed_mentions", "attachments")})
        m["_files"] = files if "attachments" in body else m["_files"]  # what is not listed is dropped, no list keeps all
        m["_edits"] += 1
        fake.edits.append({"id": m["id"], "channel": fake.channels[cid]["name"], "body": body})
    return web.json_response(shown(m))


# ---- interactions ----

def is_late(i):
    return i["expired"] or (not i["acked"] and not fake.hide_10062 and time.time() - i["created"] > ACK_S)


def callback(parts, body, files):
    i = fake.interactions.get(parts[1])
    entry = {"id": parts[1], "type": body["type"], "data": body.get("data"), "at": time.time(), "code": 0}
    fake.callbacks.append(entry)
    if not i or i["token"] != parts[2] or is_late(i):
        entry["code"] = 10062
        return error(404, 10062, "Unknown interaction")
    if i["acked"]:
        entry["code"] = 40060
        return error(400, 40060, "Interaction has already been acknowledged.")
    entry["after_ms"] = (time.time() - i["created"]) * 1000
    data = body.get("data") or {}
    i["acked"] = body["type"]
    if body["type"] in (4, 5):
        i["ephemeral"] = bool(data.get("flags", 0) & 64)
    if body["type"] in (4, 7):
        i["answer"], i["files"] = data, files
    if body["type"] == 7 and i["message"] in fake.interactions:
        fake.interactions[i["message"]]["answer"] = data
    if body["type"] == 7 and i["message"] in fake.messages:
        fake.messages[i["message"]].update(data)
    if body["type"] == 8:
        i["choices"] = data["choices"]
    return web.Response(status=204)


def webhook(method, parts, body, files):
    i = next((x for x in fake.interactions.values() if x["token"] == parts[2]), None)
    if parts[1] != APP or not i or i["expired"]:
        return error(401, 50027, "Invalid Webhook Token")
    if not i["acked"]:
        return error(404, 10015, "Unknown Webhook")
    if method == "POST":
        i["followups"].append(dict(body, _files=files))
        return web.json_response({"id": fake.id(), **body})
    if i["removed"]:
        return error(404, 10008, "Unknown Message")
    if method == "DELETE":
        i["removed"] = True
        return web.Response(status=204)
    i["answer"], i["edits"] = body, i["edits"] + 1
    i["files"] = files if "attachments" in body else i["files"]
    if i["acked"] in (6, 7) and i["message"] in fake.messages:
        fake.messages[i["message"]].update(body)
    return web.json_response({"id": fake.id(), **body})


def new_interaction(c, kind, data, message=None):
    age = float(c.get("age_s", 0))
    iid = fake.id(age)
    token = "aW50ZXJhY3Rpb24" + iid + "x" * 150
    user = {"id": str(c.get("user", OWNER)), "username": c.get("username", "tester"), "global_name": c.get("display", "Tester"),
            "bot": c.get("bot", False), "discriminator": "0", "avatar": None}
    guild = c.get("guild", GUILD)
    d = {"version": 1, "id": iid, "application_id": APP, "type": kind, "token": token, "data": data, "channel_id": c.get("channel", "4000"),
         "locale": c.get("locale", "en-US"), "guild_locale": "en-US", "app_permissions": "2251799813685247", "context": 0}
    if guild:
        d.update(guild_id=str(guild), member={"user": user, "roles": [], "nick": None, "permissions": "2251799813685247"})
    else:
        d["user"] = user
    if message:
        d["message"] = message
    fake.interactions[iid] = {"id": iid, "token": token, "created": time.time() - age, "acked": 0, "expired": False, "answer": None,
                              "ephemeral": None, "edits": 0, "followups": [], "removed": False, "choices": None, "event": d, "files": [],
                              "message": c.get("message") or c.get("of")}
    return d


def option_list(options, focused=None):
    kind = lambda v: 5 if isinstance(v, bool) else 4 if isinstance(v, int) else 3
    return [{"name": k, "type": kind(v), "value": v, **({"focused": True} if k == focused else {})} for k, v in options.items()]


def clicked_message(c):
    """The message a button stands on: one of a channel, or the answer to an interaction (`of`)."""
    if c.get("of"):
        i = fake.interactions[c["of"]]
        return {"id": fake.id(), "channel_id": "4000", "flags": 64 if i["ephemeral"] else 0, "author": {"id": BOT, "bot": True},
                "interaction_metadata": {"id": i["id"], "type": 2, "user": {"id": OWNER}}, **(i["answer"] or {}),
                **({"flags": 64} if i["ephemeral"] else {})}
    return shown(fake.messages[c["message"]])


# ---- gateway ----

async def emit(kind, d):
    """A dispatch of the living session: kept for a resume, sent where somebody listens."""
    s = fake.sessions.get(fake.session)
    if not s:
        return False
    s["seq"] += 1
    frame = {"op": 0, "t": kind, "s": s["seq"], "d": d}
    s["log"].append(frame)
    if fake.ws is None or fake.is_zombie or not s["up"]:
        return False
    try:
        await fake.ws.send_json(frame)
    except ConnectionError:  # the listener has just died: a resume brings it
        return False
    return True


async def on_identify(ws, d):
    fake.identifies.append({"at": time.time(), "intents": d.get("intents")})
    fake.remaining -= 1
    if fake.revoked or not d.get("token"):
        return await ws.close(code=4004)
    if not isinstance(d.get("intents"), int) or "properties" not in d:
        return await ws.close(code=4002)
    if len(fake.identifies) > 1 and fake.identifies[-1]["at"] - fake.identifies[-2]["at"] < 5:
        fake.op9 += 1
        return await ws.send_json({"op": 9, "d": False})
    fake.session = "session%d" % len(fake.identifies)
    fake.sessions = {fake.session: {"seq": 0, "log": [], "up": True}}
    await emit("READY", {"v": 10, "session_id": fake.session, "resume_gateway_url": "ws://127.0.0.1:%d/resume" % PORT,
                         "user": {"id": BOT, "username": "mia", "bot": True}, "application": {"id": APP, "flags": 0},
                         "guilds": [{"id": g, "unavailable": True} for g in fake.guilds]})
    for g in fake.guilds:
        await emit("GUILD_CREATE", {"id": g, "name": "Desk", "channels": list(fake.channels.values())})


async def on_resume(ws, d):
    s = fake.sessions.get(d.get("session_id"))
    fake.resumes.append({"at": time.time(), "seq": d.get("seq"), "good": bool(s)})
    if not s:
        fake.op9 += 1
        return await ws.send_json({"op": 9, "d": False})
    if d.get("seq", 0) > s["seq"]:
        return await ws.close(code=4007)
    for frame in [f for f in s["log"] if f["s"] > d["seq"]]:
        await ws.send_json(frame)
    s["up"], fake.resumed = True, fake.resumed + 1
    await emit("RESUMED", {})


async def talk(ws):
    await ws.send_json({"op": 10, "s": None, "t": None, "d": {"heartbeat_interval": fake.beat_ms}})
    async for m in ws:
        if fake.is_zombie:
            continue
        if m.type != WSMsgType.TEXT or len(m.data) > FRAME_MAX:
            await ws.close(code=4002)
            return
        frame = json.loads(m.data)
        if frame["op"] == 1:
            fake.beats.append({"at": time.time(), "d": frame["d"]})
            await ws.send_json({"op": 11, "s": None, "t": None, "d": None})
        elif frame["op"] == 2:
            await on_identify(ws, frame["d"])
        elif frame["op"] == 6:
            await on_resume(ws, frame["d"])


async def gateway(request):
    ws = web.WebSocketResponse(autoping=True, compress=False)
    await ws.prepare(request)
    if request.query.get("v") != "10" or request.query.get("encoding") != "json":
        await ws.close(code=4012)
        return ws
    fake.ws, fake.is_zombie = ws, False
    try:
        await talk(ws)
    finally:  # also where the peer was gone before it was greeted
        fake.closes.append(ws.close_code)
        if fake.ws is ws:
            fake.ws = None
            for s in fake.sessions.values():
                s["up"] = False
        if ws.close_code in (1000, 1001):
            fake.sessions.clear()
    return ws


# ---- what people do, and what goes wrong ----

async def interact(what, c):
    if what == "command":
        data = {"id": "500", "name": c["name"], "type": 1, "options": option_list(c.get("options", {}))}
        d = new_interaction(c, 2, data)
    elif what == "complete":
        data = {"id": "500", "name": c["name"], "type": 1, "options": option_list({**c.get("options", {}), c["option"]: c.get("typed", "")}, c["option"])}
        d = new_interaction(c, 4, data)
    else:
        d = new_interaction(c, 3, {"custom_id": c["custom_id"], "component_type": 2}, clicked_message(c))
    fake.interactions[d["id"]].update(acked=4 if c.get("stolen") else 0, expired=bool(c.get("gone")))
    return {"id": d["id"], "sent": await emit("INTERACTION_CREATE", d)}


async def trouble(what, c):
    if what == "drop" and fake.ws is not None:
        fake.ws._req.transport.abort()
    elif what == "zombie":
        fake.is_zombie = c.get("on", True)
    elif what == "op7":
        await fake.ws.send_json({"op": 7, "d": None})
    elif what == "op9":
        if not c.get("resumable"):
            fake.sessions.clear()
        await fake.ws.send_json({"op": 9, "d": bool(c.get("resumable"))})
    elif what == "close":
        await fake.ws._writer.close(c["code"])  # close() would let the reading handler end first, with 1000
    elif what == "expire":
        fake.sessions.clear()
    elif what == "send":
        await fake.ws.send_str(c["frame"])
    elif what == "beat":
        await fake.ws.send_json({"op": 1, "d": None})
    elif what == "expire_tokens":
        for i in fake.interactions.values():
            i["expired"] = True
    elif what == "delete" and "message" in c:
        fake.messages.pop(c["message"], None)
    elif what == "delete":
        gone = fake.channels.pop(c["channel"], None)
        if gone:
            await emit("CHANNEL_DELETE", gone)
    elif what == "fault":
        fake.faults.append({"count": 1, "after": 1.0, **c})
    elif what == "set":
        for k, v in c.items():
            setattr(fake, k, v)
    else:
        return None
    return {}


def state():
    name = {c["id"]: c["name"] for c in fake.channels.values()}
    answers = {k: {x: v[x] for x in ("acked", "answer", "ephemeral", "edits", "followups", "choices", "removed", "files")}
               for k, v in fake.interactions.items()}
    messages = [dict(shown(m), channel=name.get(m["channel_id"], "?"), nonce=m["_nonce"], edits=m["_edits"], first=m["_first"], files=m["_files"])
                for m in fake.messages.values()]
    return {"messages": messages, "edits": fake.edits, "creates": fake.creates, "channels": list(fake.channels.values()),
            "nonces": len({c["nonce"] for c in fake.creates}), "commands": fake.commands, "command_puts": fake.command_puts,
            "interactions": answers, "callbacks": fake.callbacks, "invalid": fake.invalid, "requests": fake.requests,
            "validated": bool(fake.spec.doc),
            "gateway": {"connected": fake.ws is not None, "identifies": fake.identifies, "resumes": fake.resumes,
                        "resumed": fake.resumed, "beats": fake.beats, "closes": fake.closes, "op9": fake.op9,
                        "session": fake.session if fake.sessions else None,
                        "up": any(s["up"] for s in fake.sessions.values())}}


async def control(request):
    what, c = request.match_info["what"], json.loads(await request.text() or "{}")
    if what == "storm":  # the same command by each of those users in turn, n times in all
        for i in range(c["n"]):
            await interact("command", {**c, "user": c["users"][i % len(c["users"])]})
        return web.json_response({})
    if what in ("command", "click", "complete"):
        return web.json_response(await interact(what, c))
    if what == "again":
        return web.json_response({"sent": await emit("INTERACTION_CREATE", fake.interactions[c["id"]]["event"])})
    if what == "state":
        return web.json_response(state())
    done = await trouble(what, c)
    return web.Response(status=404) if done is None else web.json_response(done)


async def anything(request):
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return await gateway(request)
    return await rest(request)


async def main():
    global fake, PORT
    fake = Fake()
    app = web.Application(client_max_size=32 << 20)
    app.router.add_route("*", "/_fake/{what}", control)
    app.router.add_route("*", "/{path:.*}", anything)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1)
    await site.start()
    PORT = site._server.sockets[0].getsockname()[1]
    print(PORT, flush=True)
    await asyncio.get_event_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
