#!/usr/bin/python3
"""A loopback Bot API: prints its port, then answers until its standard input closes.

What people do and what goes wrong is told to it at /_fake/...; what the bot did is read there.
Faults: {"method": "sendMessage", "kind": KIND, "count": N, "match": TEXT}
  429        JSON 429 with retry_after 1        html429  an HTML page with status 429
  500        the platform's restart error       lost     done, then the connection is cut
  drop       not done, connection cut           409      another poller
  migrate    the group became a supergroup      thread   message thread not found
  entities   can't parse entities               403      kicked
  slow       done after `after` seconds          413      the file is too large
  photo      PHOTO_INVALID_DIMENSIONS             rights   no right to send files
Files come as forms, read strictly: sendDocument, sendPhoto, editMessageMedia; `file_max` bounds them.
"""
import asyncio, base64, json, re, sys, time
from aiohttp import web

import multipart


class Fake:
    def __init__(self):
        self.updates, self.next_update, self.confirmed = [], 1000, 0
        self.messages, self.next_message = {}, 1
        self.log, self.faults = [], []
        self.forum, self.topics, self.next_topic = False, {}, 50
        self.chat_moved = {}
        self.waiting = asyncio.Event()
        self.revoked = False
        self.file_max, self.photo_max = 50 << 20, 10 << 20
        self.invalid = []

    def add(self, update):
        update["update_id"] = self.next_update
        self.next_update += 1
        self.updates.append(update)
        self.waiting.set()
        return update["update_id"]

    def fault(self, method, params):
        for f in self.faults:
            if f["method"] in (method, "*") and f.get("match", "") in json.dumps(params, ensure_ascii=False):
                f["count"] -= 1
                if f["count"] <= 0:
                    self.faults.remove(f)
                return f
        return None


fake = None


def good(result):
    return web.json_response({"ok": True, "result": result})


def bad(code, description, **parameters):
    body = {"ok": False, "error_code": code, "description": description}
    if parameters:
        body["parameters"] = parameters
    return web.json_response(body, status=code)


def cut(request):
    request.transport.abort()
    return web.Response(status=500)


async def get_updates(p):
    offset = int(p.get("offset", 0))
    fake.updates = [u for u in fake.updates if u["update_id"] >= offset]
    fake.confirmed = max(fake.confirmed, offset - 1)
    end = time.monotonic() + min(50, int(p.get("timeout", 0)))
    while not fake.updates and time.monotonic() < end:
        fake.waiting.clear()
        try:
            await asyncio.wait_for(fake.waiting.wait(), end - time.monotonic())
        except asyncio.TimeoutError:
            break
    return good(fake.updates[: int(p.get("limit", 100))])


def send_message(p):
    mid = fake.next_message
    fake.next_message += 1
    fake.messages[mid] = dict(p, message_id=mid, edits=[], first_text=p.get("text", ""))
    return {"message_id": mid, "date": int(time.time()), "chat": {"id": p["chat_id"], "type": "supergroup"}, "text": p.get("text", "")}


# ---- files ----

NUMBERS = {"chat_id", "message_id", "message_thread_id"}
JSON = {"reply_parameters", "reply_markup", "media", "disable_notification", "disable_content_type_detection"}
MEMBERS = {
    "sendDocument": {"chat_id", "message_thread_id", "caption", "parse_mode", "disable_content_type_detection",
                     "disable_notification", "reply_parameters", "reply_markup"},
    "sendPhoto": {"chat_id", "message_thread_id", "caption", "parse_mode", "disable_notification", "reply_parameters", "reply_markup"},
    "editMessageMedia": {"chat_id", "message_id", "media", "reply_markup"},
}


def form(method, content_type, raw):
    """A form as the parameters it stands for, the one file as {"filename", …} under "file"."""
    if method not in MEMBERS:
        raise multipart.Wrong("%s takes no form" % method)
    p = {}
    for part in multipart.read(content_type, raw):
        if part.filename:
            want = {"sendDocument": "document", "sendPhoto": "photo", "editMessageMedia": "file"}[method]
            if part.name != want or "file" in p or not re.match(r"[A-Za-z0-9][A-Za-z0-9._-]*\Z", part.filename):
                raise multipart.Wrong("the file %r as %r" % (part.filename, part.name))
            p["file"] = {"filename": part.filename, "type": part.type, "size": len(part.bytes),
                         "base64": base64.b64encode(part.bytes).decode()}
        elif part.name not in MEMBERS[method]:
            raise multipart.Wrong("%s has no %s" % (method, part.name))
        elif part.name in NUMBERS:
            p[part.name] = int(part.bytes)
        else:
            p[part.name] = json.loads(part.bytes) if part.name in JSON else part.bytes.decode()
    if "file" not in p or "chat_id" not in p:
        raise multipart.Wrong("a form without a chat or a file")
    if method == "editMessageMedia":
        if p["media"].get("media") != "attach://file" or p["media"].get("type") not in ("document", "photo"):
            raise multipart.Wrong("media %r" % p["media"])
    return p


def check_file(method, p):
    is_photo = method == "sendPhoto" or p.get("media", {}).get("type") == "photo"
    if p["file"]["size"] > (min(fake.photo_max, fake.file_max) if is_photo else fake.file_max):
        return bad(413, "Request Entity Too Large")
    if is_photo and not p["file"]["type"].startswith("image/"):
        return bad(400, "Bad Request: IMAGE_PROCESS_FAILED")
    if length_after_parsing(p.get("caption", p.get("media", {}).get("caption", ""))) > 1024:
        return bad(400, "Bad Request: message caption is too long")
    return None


def send_file(method, p):
    mid = fake.next_message
    fake.next_message += 1
    fake.messages[mid] = dict(p, message_id=mid, edits=[], as_photo=method == "sendPhoto")
    return {"message_id": mid, "date": int(time.time()), "chat": {"id": p["chat_id"], "type": "supergroup"}}


def edit_media(p):
    m = fake.messages.get(p["message_id"])
    if not m:
        return bad(400, "Bad Request: message to edit not found")
    m["edits"].append({k: v for k, v in p.items() if k != "file"})
    m.pop("text", None)
    m.update(file=p["file"], caption=p["media"].get("caption", ""), as_photo=p["media"]["type"] == "photo",
             reply_markup=p.get("reply_markup"))
    return good({"message_id": m["message_id"]})


def edit_caption(p):
    m = fake.messages.get(p.get("message_id"))
    if not m or "file" not in m:
        return bad(400, "Bad Request: there is no caption in the message to edit" if m else "Bad Request: message to edit not found")
    if length_after_parsing(p.get("caption", "")) > 1024:
        return bad(400, "Bad Request: message caption is too long")
    m["edits"].append(p)
    m.update(caption=p.get("caption", ""), reply_markup=p.get("reply_markup"))
    return good({"message_id": m["message_id"]})


def length_after_parsing(text):
    out, inside = 0, False
    for c in text.replace("&lt;", "<<").replace("&gt;", ">>").replace("&amp;", "&"):
        inside = c == "<" or (inside and c != ">")
        out += not inside
    return out


def check_text(p):
    text = p.get("text", "")
    if not text:
        return bad(400, "Bad Request: message text is empty")
    if length_after_parsing(text) > 4096:
        return bad(400, "Bad Request: message is too long")
    for row in p.get("reply_markup", {}).get("inline_keyboard", []):
        for button in row:
            if len(button.get("callback_data", "").encode()) > 64:
                return bad(400, "Bad Request: BUTTON_DATA_INVALID")
    return None


FAULTS = {
    "429": lambda: bad(429, "Too Many Requests: retry after 1", retry_after=1),
    "html429": lambda: web.Response(status=429, text="<html>429 Too Many Requests</html>", content_type="text/html"),
    "500": lambda: bad(500, "Internal Server Error: restart"),
    "409": lambda: bad(409, "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running"),
    "thread": lambda: bad(400, "Bad Request: message thread not found"),
    "entities": lambda: bad(400, "Bad Request: can't parse entities: unsupported start tag"),
    "413": lambda: bad(413, "Request Entity Too Large"),
    "html413": lambda: web.Response(status=413, text="<html>413 Request Entity Too Large</html>", content_type="text/html"),
    "photo": lambda: bad(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"),
    "rights": lambda: bad(400, "Bad Request: not enough rights to send documents to the chat"),
    "403": lambda: bad(403, "Forbidden: bot was kicked from the supergroup chat"),
}


async def call(request):
    method, raw = request.match_info["method"], await request.read()
    try:
        is_form = request.headers.get("Content-Type", "").startswith("multipart/")
        p = form(method, request.headers["Content-Type"], raw) if is_form else json.loads(raw) if raw else {}
    except (multipart.Wrong, ValueError) as why:
        fake.invalid.append("%s: %s" % (method, why))
        return bad(400, "Bad Request: %s" % why)
    if request.match_info["token"].startswith("bad") or fake.revoked:
        return bad(401, "Unauthorized")
    f = fake.fault(method, p)
    entry = {"method": method, "params": dict(p, file={k: v for k, v in p["file"].items() if k != "base64"}) if "file" in p else p, "fault": f["kind"] if f else None, "at": time.time()}
    fake.log.append(entry)
    if f and f["kind"] == "drop":
        return cut(request)
    if f and f["kind"] == "migrate":
        return bad(400, "Bad Request: group chat was upgraded to a supergroup chat", migrate_to_chat_id=f["to"])
    if f and f["kind"] in FAULTS:
        return FAULTS[f["kind"]]()
    if f and f["kind"] == "slow":
        await asyncio.sleep(f["after"])
    answer = await run(method, p)
    entry["status"] = answer.status
    return cut(request) if f and f["kind"] == "lost" else answer


async def run(method, p):
    if method == "getUpdates":
        return await get_updates(p)
    if method == "getMe":
        return good({"id": 777, "is_bot": True, "first_name": "mia", "username": "mia_test_bot"})
    if method == "getChat":
        return good({"id": p["chat_id"], "type": "supergroup", "is_forum": fake.forum})
    if method == "createForumTopic":
        fake.next_topic += 1
        fake.topics[fake.next_topic] = p["name"]
        return good({"message_thread_id": fake.next_topic, "name": p["name"], "icon_color": 0})
    if method == "setMyCommands":
        wrong = [c["command"] for c in p["commands"] if not re.fullmatch("[a-z0-9_]{1,32}", c["command"])]
        long = [c["command"] for c in p["commands"] if not 1 <= len(c["description"]) <= 256]
        return bad(400, "Bad Request: BOT_COMMAND_INVALID %s" % (wrong + long)) if wrong or long else good(True)
    if method in ("sendMessage", "editMessageText") and check_text(p):
        return check_text(p)
    if method == "sendMessage":
        return good(send_message(p))
    if method in MEMBERS:
        wrong = check_file(method, p)
        return wrong or (edit_media(p) if method == "editMessageMedia" else good(send_file(method, p)))
    if method == "editMessageCaption":
        return edit_caption(p)
    if method == "editMessageText" and "file" in fake.messages.get(p.get("message_id"), {}):
        return bad(400, "Bad Request: there is no text in the message to edit")
    if method == "editMessageText":
        m = fake.messages.get(p.get("message_id"))
        if not m:
            return bad(400, "Bad Request: message to edit not found")
        if m.get("text") == p.get("text") and m.get("reply_markup") == p.get("reply_markup"):
            return bad(400, "Bad Request: message is not modified")
        m["edits"].append(p)
        m.update(text=p.get("text"), reply_markup=p.get("reply_markup"))
        return good({"message_id": m["message_id"]})
    return good(True)


# ---- what people do ----

def person(c):
    return {"id": c.get("user", 400), "is_bot": False, "first_name": c.get("name", "Tester"), "language_code": c.get("lang", "en")}


def chat_of(c):
    chat = c.get("chat", -1001234567890)
    return {"id": chat, "type": "private" if chat > 0 else "supergroup"}


async def control(request):
    what, c = request.match_info["what"], json.loads(await request.text() or "{}")
    if what == "message":
        m = {"message_id": 9000 + fake.next_update, "from": person(c), "chat": chat_of(c), "date": int(c.get("date", time.time())),
             "text": c["text"], **c.get("extra", {})}
        return web.json_response({"update": fake.add({"message": m})})
    if what == "storm":  # the same line by each of those users in turn, n times in all
        for i in range(c["n"]):
            user = c["users"][i % len(c["users"])]
            fake.add({"message": {"message_id": 9000 + fake.next_update, "from": person({"user": user}), "date": int(time.time()),
                                  "chat": chat_of({"chat": user}), "text": c["text"]}})
        return web.json_response({})
    if what == "click":
        q = {"id": str(10 ** 15 + fake.next_update), "from": person(c), "chat_instance": "1", "data": c["data"],
             "message": {"message_id": c["message_id"], "date": int(time.time()), "chat": chat_of(c)}}
        return web.json_response({"update": fake.add({"callback_query": q})})
    if what == "update":
        return web.json_response({"update": fake.add(c)})
    if what == "again":  # redelivery of what was confirmed
        fake.updates.append(c)
        fake.waiting.set()
        return web.json_response({})
    if what == "fault":
        fake.faults.append({"count": 1, "after": 1.0, **c})
        return web.json_response({})
    if what == "set":
        for k, v in c.items():
            setattr(fake, k, v)
        return web.json_response({})
    if what == "state":
        return web.json_response({"log": fake.log, "messages": list(fake.messages.values()), "topics": fake.topics, "invalid": fake.invalid,
                                  "confirmed": fake.confirmed, "pending": len(fake.updates)})
    return web.Response(status=404)


async def main():
    global fake
    fake = Fake()
    app = web.Application(client_max_size=32 << 20)
    app.router.add_route("*", "/bot{token:[^/]+}/{method}", call)
    app.router.add_route("*", "/_fake/{what}", control)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, shutdown_timeout=0.1)
    await site.start()
    print(site._server.sockets[0].getsockname()[1], flush=True)
    await asyncio.get_event_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
