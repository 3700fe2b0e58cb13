/*
 * app: the page itself: the connection, what was received, what is unread, what was asked.
 * A request keeps its number until it is answered, so that sending it again after a lost
 * connection makes no second command.
 */
"use strict";
import { Box } from "/box.js";
import { List, blank, card, el, langTag, say, sayCount, setLang } from "/view.js";

const KEEP = 300, PING_MS = 15000, SILENT_MS = 40000, RETRY_MAX_MS = 15000, RESEND_MAX_MS = 110000;
const QUICK = ["/status", "/positions", "/trades", "/stats", "/risk", "/pause", "/help"];
const TALK = "talk";
const $ = (id) => document.getElementById(id);
const wide = matchMedia("(min-width: 880px)");

/* ---- who we are: one name for the tab, one for each load of the page ---- */

function random16() {
  return Array.from(crypto.getRandomValues(new Uint8Array(8)), (b) => b.toString(16).padStart(2, "0")).join("");
}
function tabName() {
  try {
    const kept = sessionStorage.getItem("mia.tab");
    if (/^[0-9a-f]{16}$/.test(kept || "")) return kept;
    const made = random16();
    sessionStorage.setItem("mia.tab", made);
    return made;
  } catch { return random16(); }
}
const session = tabName() + "-" + random16();

/* ---- state ---- */

const channels = new Map(); /* name -> {items, ids, read, since} */
const pending = new Map();  /* number of a request -> {t, text, id, began, node, label} */
const questions = new Map(); /* session:number -> its bubble */
const clicked = new Set();  /* ids of buttons that were clicked */
const answers = new Set();  /* ids of answers that are shown */
let view = "trades", nextReq = 1, epoch = "", skew = 0, confirmS = 60;
let socket = null, tries = 0, retryAt = 0, heard = 0, greeted = false;

setLang(navigator.language.toLowerCase().startsWith("fr") ? "fr" : "en");
const feed = new List($("feed"));
const talk = new List($("talk"));
const box = new Box(ask, complete);

/* ---- unread ---- */

const later = (a, b) => (a.length !== b.length ? a.length > b.length : a > b);
const readKey = (name) => "mia.read." + epoch + "." + name;

function recallRead(name) {
  try { return localStorage.getItem(readKey(name)) || ""; } catch { return ""; }
}
function looking(name) {
  return view === name && !document.hidden && feed.stick;
}
function markRead(name) {
  const c = channels.get(name), last = c && c.items[c.items.length - 1];
  if (!last || !later(last.id, c.read)) return;
  c.read = last.id;
  try { localStorage.setItem(readKey(name), c.read); } catch { /* private mode: kept in memory */ }
}
function unread(c) {
  let n = 0, urgent = false;
  for (let i = c.items.length - 1; i >= 0 && later(c.items[i].id, c.read); i--) {
    n++;
    urgent = urgent || c.items[i].urgency === "urgent";
  }
  return { n, urgent };
}

/* ---- navigation ---- */

function navButton(name) {
  const b = el("button");
  b.type = "button";
  b.dataset.view = name;
  if (name !== TALK) b.append(el("span", "hash", "#"));
  b.append(el("span", "", name === TALK ? say("talk") : name));
  const count = el("span", "count");
  count.hidden = true;
  b.append(count);
  b.addEventListener("click", () => show(name));
  return b;
}
function buildNav() {
  const nav = $("channels");
  nav.setAttribute("aria-label", say("channels"));
  nav.replaceChildren(el("p", "", say("channels")), ...[...channels.keys(), TALK].map(navButton));
}
function paintNav() {
  let total = 0;
  for (const b of $("channels").querySelectorAll("button")) {
    const name = b.dataset.view, c = channels.get(name), u = c ? unread(c) : { n: talkUnread, urgent: false };
    const count = b.querySelector(".count");
    total += u.n;
    count.hidden = u.n === 0;
    count.textContent = u.n > 99 ? "99+" : String(u.n);
    count.className = "count" + (u.urgent ? " urgent" : "");
    count.setAttribute("aria-label", sayCount("unread", u.n));
    b.classList.toggle("unread", u.n > 0);
    if (name === view) b.setAttribute("aria-current", "true");
    else b.removeAttribute("aria-current");
  }
  document.title = (total ? "(" + (total > 99 ? "99+" : total) + ") " : "") + "MIA";
}

/* Painting waits for a frame: at speed, many messages come in one. */
let painting = false, fresh = [], talkUnread = 0;
function paint() {
  if (painting) return;
  painting = true;
  const go = () => {
    painting = false;
    if (fresh.length && channels.has(view)) {
      feed.add(fresh.filter((x) => x.node.isConnected === false).map((x) => x.node), KEEP);
    }
    fresh = [];
    if (looking(view)) markRead(view);
    paintNav();
  };
  if (document.hidden) setTimeout(go, 200);
  else requestAnimationFrame(go);
}

function titles() {
  const h = $("feed").querySelector("h2"), t = $("talk").querySelector("h2");
  if (channels.has(view)) h.replaceChildren(el("span", "", "# " + view), el("small", "", say(view)));
  t.replaceChildren(el("span", "", say("talk")), el("small", "", say("talk_more")));
  $("feed").setAttribute("aria-label", channels.has(view) ? view : "");
  $("talk").setAttribute("aria-label", say("talk"));
}

function show(name) {
  if (name === TALK && wide.matches) return;
  if (channels.has(view) && looking(view)) markRead(view);
  view = name;
  document.body.dataset.view = name;
  if (name === TALK) {
    talkUnread = 0;
    talk.toEnd();
  } else {
    showChannel(channels.get(name));
  }
  titles();
  const b = $("channels").querySelector('[data-view="' + name + '"]');
  if (b) b.scrollIntoView({ block: "nearest", inline: "center" });
  paint();
}

function showChannel(c) {
  fresh = [];
  const nodes = [], from = c.read;
  let divided = from === "";
  for (const item of c.items.slice(-KEEP)) {
    if (!divided && later(item.id, from)) {
      divided = true;
      if (nodes.length) nodes.push(el("div", "divider", say("fresh")));
    }
    nodes.push(item.node || (item.node = cardOf(item)));
  }
  feed.show(nodes.length ? nodes : [blank(say("empty"), say("empty_more"))]);
}

/* ---- messages ---- */

function cardOf(item) {
  return card(item, (d) => buttonRow(d, null));
}

function put(name, item, isFresh) {
  const c = channels.get(name);
  if (!c || !item || !item.doc || typeof item.id !== "string") return;
  const old = c.ids.get(item.id);
  if (old) {
    const node = old.node;
    Object.assign(old, item, { node: null, edited: item.edited });
    if (node) {
      old.node = cardOf(old);
      if (isFresh) old.node.classList.add("fresh");
      node.replaceWith(old.node);
    }
    return;
  }
  c.items.push(item);
  c.ids.set(item.id, item);
  while (c.items.length > KEEP) c.ids.delete(c.items.shift().id);
  if (view === name && isFresh) {
    item.node = cardOf(item);
    item.node.classList.add("fresh");
    fresh.push(item);
  }
}

/* ---- buttons ---- */

function press(row, d, b, late) {
  for (const other of row.querySelectorAll("button")) other.disabled = true;
  clicked.add(b.id);
  const node = row.querySelector('[data-id="' + CSS.escape(b.id) + '"]');
  node.classList.add("chosen");
  if (late) late.stop(say("chosen", b.label));
  if (!wide.matches && view !== TALK) show(TALK);
  request({ t: "button", id: b.id, label: b.label, quiet: Boolean(late) });
}

function buttonRow(d, at) {
  const row = el("div", "buttons"), out = [row];
  /* A button that stands for a command works for ever; a confirmation ends. */
  const ends = at !== null && d.buttons.some((b) => !b.id.startsWith("/"));
  const late = ends ? countdown(row, at + confirmS * 1000) : null;
  if (late) out.push(late.node);
  for (const b of d.buttons) {
    const node = el("button", ["primary", "good", "danger"].includes(b.style) ? b.style : "", b.label);
    node.type = "button";
    node.dataset.id = b.id;
    node.addEventListener("click", () => press(row, d, b, late));
    row.append(node);
    if (clicked.has(b.id)) node.classList.add("chosen");
  }
  const done = d.buttons.find((b) => clicked.has(b.id));
  if (done && ends) {
    for (const node of row.children) node.disabled = true;
    late.stop(say("chosen", done.label));
  } else if (late) {
    late.tick();
  }
  return out;
}

const clocks = new Set();
setInterval(() => { for (const c of clocks) c.tick(); }, 1000);

function countdown(row, until) {
  const node = el("div", "countdown"), bar = el("progress"), text = el("span");
  bar.max = confirmS;
  node.append(bar, text);
  const c = {
    node,
    stop(words) {
      clocks.delete(c);
      bar.remove();
      text.textContent = words;
      node.classList.remove("late");
    },
    tick() {
      const left = Math.ceil((until - (Date.now() + skew)) / 1000);
      if (left <= 0) {
        for (const b of row.children) b.disabled = true;
        c.stop(say("expired"));
        return;
      }
      bar.value = left;
      bar.setAttribute("aria-hidden", "true");
      text.textContent = say("expires", left);
      node.classList.toggle("late", left <= 10);
    },
  };
  clocks.add(c);
  return c;
}

/* ---- the conversation ---- */

const turnKey = (s, req) => s + ":" + req;

function bubble(text, how) {
  const b = el("div", "asked");
  b.append(el("code", "", text));
  const note = el("div", "how", how);
  note.hidden = !how;
  b.append(note);
  return b;
}
function note(node, text, bad) {
  if (!node) return;
  const n = node.querySelector(".how");
  n.textContent = text;
  n.hidden = !text;
  n.classList.toggle("bad", Boolean(bad));
}
function addTurn(node) {
  talk.add([node], KEEP);
  if (view !== TALK && !wide.matches) talkUnread++;
}

function turn(t, isFresh) {
  if (t.kind === "question") {
    if (questions.has(turnKey(t.session, t.req))) return;
    const b = bubble(t.text, "");
    questions.set(turnKey(t.session, t.req), b);
    talk.add([b], KEEP);
  } else if (t.kind === "click") {
    clicked.add(t.text);
  } else if (t.kind === "answer" && t.item && t.item.doc) {
    const q = t.session === session ? pending.get(t.req) : null;
    if (q) note(q.node, "");
    if (t.session === session) pending.delete(t.req);
    if (answers.has(t.item.id)) return;
    answers.add(t.item.id);
    const node = card(t.item, (d) => buttonRow(d, t.at));
    if (isFresh) node.classList.add("fresh");
    addTurn(node);
  }
}

function request(r) {
  const req = nextReq++;
  r.began = Date.now();
  pending.set(req, r);
  if (!r.quiet) {
    r.node = bubble(r.label || r.text, greeted ? say("sending") : say("waiting"));
    questions.set(turnKey(session, req), r.node);
    talk.add([r.node], KEEP);
    talk.toEnd();
  }
  transmit(req, r);
}

function transmit(req, r) {
  if (!greeted) return;
  const m = { t: r.t, req, age: Date.now() - r.began };
  if (r.t === "button") m.id = r.id;
  else m.text = r.text;
  write(m);
}

/* After a reconnect: what was not answered goes again under its own number; what is old is given up in plain sight. */
function resend() {
  for (const [req, r] of pending) {
    if (Date.now() - r.began < RESEND_MAX_MS) {
      transmit(req, r);
    } else {
      note(r.node, say("unanswered"), true);
      pending.delete(req);
    }
  }
}

function ask(text) {
  if (!wide.matches) show(TALK);
  request({ t: "command", text });
  return true;
}
function complete(text) {
  const req = nextReq++;
  if (greeted) write({ t: "complete", req, text });
  return req;
}

/* ---- the connection ---- */

function write(m) {
  if (socket && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(m));
}

function link(state) {
  const l = $("link");
  l.dataset.state = state;
  l.querySelector("b").textContent = say(state);
}

function notice(text, action) {
  const n = $("notice"), b = n.querySelector("button");
  n.hidden = !text;
  n.querySelector("span").textContent = text || "";
  b.hidden = !action;
  b.textContent = action || "";
}

function connect() {
  retryAt = 0;
  heard = Date.now();
  greeted = false;
  link("connecting");
  if (tries) notice(say("trying"), "");
  const s = new WebSocket((location.protocol === "https:" ? "wss://" : "ws://") + location.host + "/ws");
  socket = s;
  s.addEventListener("open", () => { if (s === socket) write({ t: "hello", session, lang: navigator.language }); });
  s.addEventListener("message", (e) => { if (s === socket) receive(e.data); });
  s.addEventListener("close", () => { if (s === socket) lost(); });
}

function lost() {
  const wait = Math.min(500 * 2 ** Math.min(tries, 10), RETRY_MAX_MS);
  socket = null;
  greeted = false;
  tries++;
  retryAt = Date.now() + wait / 2 + Math.random() * wait / 2;
  link("down");
  for (const r of pending.values()) note(r.node, say("waiting"));
  tell();
  if (tries > 1) allowed();
}

/* A server that is there and refuses us is another matter than one that is away. */
async function allowed() {
  try {
    const answer = await fetch("/icon.svg", { cache: "no-store" });
    if (answer.status === 403 && !greeted) {
      retryAt = 0;
      notice(say("token"), say("again"));
    }
  } catch { /* away: the retry says so */ }
}

function tell() {
  if (!retryAt) return;
  const left = Math.ceil((retryAt - Date.now()) / 1000);
  if (left <= 0) connect();
  else if (tries > 1 || left > 1) notice(say("lost", left), say("again"));
}

setInterval(() => {
  if (!socket) {
    tell();
  } else if (Date.now() - heard > SILENT_MS) {
    const s = socket;
    lost();
    s.close();
  }
}, 500);
setInterval(() => write({ t: "ping" }), PING_MS);
$("notice").querySelector("button").addEventListener("click", () => { tries = 0; if (!socket) connect(); });
addEventListener("online", () => { if (!socket) connect(); });
document.addEventListener("visibilitychange", () => {
  if (document.hidden) return;
  if (!socket && retryAt) connect();
  paint();
});

/* ---- what comes in ---- */

function hello(m) {
  setLang(m.lang);
  epoch = m.epoch;
  skew = m.now - Date.now();
  confirmS = m.confirm_s || 60;
  box.commands = m.commands;
  for (const name of m.channels) channels.set(name, { items: [], ids: new Map(), read: recallRead(name) });
  box.texts();
  buildNav();
  quick();
}

function history(m) {
  const c = channels.get(m.channel), first = !recallRead(m.channel);
  if (!c) return;
  for (const item of m.items) put(m.channel, item, false);
  if (first) markRead(m.channel); /* what was there before the first visit is not news */
  if (view === m.channel) {
    showChannel(c);
    titles();
  }
}

function welcomed(m) {
  for (const t of m.turns) if (t.kind === "click") clicked.add(t.text);
  for (const t of m.turns) turn(t, false);
  if (!talk.list.childElementCount) talk.show([blank(say("hello"), say("hello_more"))]);
  titles();
  tries = 0;
  greeted = true;
  link("up");
  notice("", "");
  for (const r of pending.values()) note(r.node, say("sending"));
  resend();
}

function header(m) {
  const mode = $("mode"), flag = $("flag");
  mode.textContent = m.mode;
  mode.dataset.mode = m.mode;
  mode.title = say(m.mode);
  const state = m.suspended ? "suspended" : m.paused ? "paused" : m.cautious ? "cautious" : "";
  flag.hidden = !state;
  flag.textContent = state ? say(state) : "";
  flag.classList.toggle("hard", state === "suspended" || state === "paused");
}

function quick() {
  $("quick").replaceChildren(...QUICK.filter((q) => box.find(q.slice(1))).map((q) => {
    const b = el("button", "", "/" + box.name(box.find(q.slice(1))));
    b.type = "button";
    b.addEventListener("click", () => box.send(b.textContent));
    return b;
  }));
}

function receive(text) {
  heard = Date.now();
  const m = JSON.parse(text), mine = m.session === session, r = mine ? pending.get(m.req) : null;
  switch (m.t) {
  case "hello": hello(m); break;
  case "header": header(m); break;
  case "history": history(m); break;
  case "talk": welcomed(m); break;
  case "message":
  case "edit": put(m.channel, m.item, true); break;
  case "turn": turn(m.turn, true); break;
  case "accepted": if (r) note(r.node, say("working")); break;
  case "defer": if (r) note(r.node, say("working")); break;
  case "choices": if (mine) box.choices(m.req, m.items); break;
  case "refused":
    if (r && !r.node) addTurn(bubble(m.text, ""));
    if (r) note(r.node, m.text, true);
    pending.delete(m.req);
    break;
  default:
  }
  paint();
}

/* ---- keys ---- */

document.addEventListener("keydown", (e) => {
  const typing = document.activeElement === box.input;
  if (e.key === "/" && !typing && !e.ctrlKey && !e.metaKey && !e.altKey) {
    e.preventDefault();
    box.input.focus();
    if (!box.input.value) {
      box.put("/");
      box.suggest();
    }
  } else if (e.altKey && e.key >= "1" && e.key <= "6") {
    const name = [...channels.keys(), TALK][Number(e.key) - 1];
    if (!name) return;
    e.preventDefault();
    show(name);
  }
});
wide.addEventListener("change", () => { if (wide.matches && view === TALK) show("trades"); });

box.texts();
titles();
connect();
