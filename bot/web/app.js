/*
 * app: the page itself: channels, what is unread, the state of the bot and of the
 * connection, and the keys that work everywhere. The conversation is talk.js.
 */
"use strict";
import { $, announce, article, blank, card, clock, el, icon } from "/view.js";
import { Box } from "/box.js";
import { Link } from "/link.js";
import { List } from "/list.js";
import { Settings } from "/settings.js";
import { Talk, greeting, session } from "/talk.js";
import { say, sayCount } from "/texts.js";

const TALK = "talk", ITEMS_MAX = 3000, ITEMS_KEPT = 2000, OLDER_MS = 15000, AGAIN_MS = 400, FRESH_MS = 1500;
const wide = matchMedia("(min-width: 880px)");

/* ---- state ---- */

const channels = new Map(); /* name -> {items, ids, read, seen, older, known} */
let view = "trades", epoch = "", mode = "", state = {};

const settings = new Settings(changedSetting);
const link = new Link({ open: hello, message: receive, change: showLink });
const feed = new List($("feed"), cardOf, (first) => olderOf(view, first));
const talk = new Talk($("talk"), {
  link,
  view: () => (wide.matches ? TALK : view),
  turnTo: () => { if (!wide.matches) show(TALK); },
  older: askOlder,
});
const box = new Box((text) => {
  if (!wide.matches) show(TALK);
  talk.ask(text);
  return true;
}, (text) => {
  const req = talk.nextReq++;
  if (link.up) link.write({ t: "complete", req, text });
  return req;
});

/* ---- unread: known by what was read last, kept by this browser ---- */

const later = (a, b) => (a.length !== b.length ? a.length > b.length : a > b);
const readKey = (name) => "mia.read." + epoch + "." + name;

function recallRead(name) {
  try { return localStorage.getItem(readKey(name)) || ""; } catch { return ""; }
}
function looking(name) {
  return view === name && !document.hidden && feed.stick;
}
const NOTHING = "0"; /* before every message: a channel that was empty when it was first seen */
function markRead(name) {
  const c = channels.get(name), last = c && c.items.length ? c.items[c.items.length - 1].id : NOTHING;
  if (!c || !later(last, c.read)) return;
  c.read = last;
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
addEventListener("storage", (e) => { /* read in another tab */
  for (const [name, c] of channels) if (e.key === readKey(name) && e.newValue && later(e.newValue, c.read)) c.read = e.newValue;
  paint();
});

/* ---- channels ---- */

const names = () => [...channels.keys(), TALK];

function navButton(name) {
  const li = el("li"), b = el("button");
  b.type = "button";
  b.dataset.view = name;
  if (name === TALK) li.className = "talk";
  b.append(name === TALK ? icon("M4 5h16v11H9l-5 4z") : el("span", "hash", "#"));
  b.append(el("span", "name", name === TALK ? say(TALK) : name), el("span", "count"));
  b.addEventListener("click", () => show(name));
  li.append(b);
  return li;
}
function buildNav() {
  const nav = $("channels"), had = nav.contains(document.activeElement);
  nav.setAttribute("aria-label", say("channels"));
  nav.querySelector("h2").textContent = say("channels");
  nav.querySelector("ul").replaceChildren(...names().map(navButton));
  paintNav();
  if (had) navOf(view).focus();
}
const navOf = (name) => $("channels").querySelector('[data-view="' + name + '"]');

function paintNav() {
  let total = 0, alarm = false;
  for (const b of $("channels").querySelectorAll("button")) {
    const name = b.dataset.view, c = channels.get(name), u = c ? unread(c) : { n: talk.unread, urgent: false };
    const count = b.querySelector(".count");
    total += u.n;
    alarm = alarm || u.urgent;
    count.hidden = u.n === 0;
    count.textContent = (u.urgent ? "!\u202f" : "") + (u.n > 99 ? "99+" : u.n);
    count.className = "count" + (u.urgent ? " alarm" : "");
    const label = name === TALK ? say(TALK) : name;
    b.setAttribute("aria-label", u.n ? label + ", " + (u.urgent ? say("unread_urgent", u.n) : sayCount("unread", u.n)) : label);
    b.classList.toggle("unread", u.n > 0);
    b.tabIndex = name === view ? 0 : -1;
    if (name === view) b.setAttribute("aria-current", "page");
    else b.removeAttribute("aria-current");
  }
  document.title = (total ? "(" + (alarm ? "!" : "") + (total > 99 ? "99+" : total) + ") " : "") + (mode ? mode + " · MIA" : "MIA");
}

/* Arrow keys walk along the channels; Tab leaves them. */
$("channels").addEventListener("keydown", (e) => {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[e.key];
  const all = [...$("channels").querySelectorAll("li")].filter((li) => li.offsetParent).map((li) => li.firstChild);
  const at = all.indexOf(document.activeElement);
  const to = e.key === "Home" ? 0 : e.key === "End" ? all.length - 1 : step && !e.altKey ? (at + step + all.length) % all.length : -1;
  if (to < 0) return;
  e.preventDefault();
  all[to].focus();
});

/* Painting waits for a frame: at speed, many messages come in one. */
let painting = false, grown = 0;
function paint() {
  if (painting) return;
  painting = true;
  const go = () => {
    painting = false;
    if (grown) feed.grew(grown);
    grown = 0;
    trim();
    if (looking(view)) markRead(view);
    paintNav();
  };
  if (document.hidden) setTimeout(go, 200);
  else requestAnimationFrame(go);
}

/* Memory is bounded where nobody looks back; the store has the rest. */
function trim() {
  for (const [name, c] of channels) {
    if (c.items.length <= ITEMS_MAX || (name === view && !feed.stick)) continue;
    const gone = c.items.splice(0, c.items.length - ITEMS_KEPT);
    for (const item of gone) c.ids.delete(item.id);
    c.older = true;
    if (name !== view) continue;
    feed.hasOlder = true;
    feed.shrank(gone.length);
  }
}

function titles() {
  const c = channels.has(view), h = $("feed").querySelector("h2"), t = $("talk").querySelector("h2");
  document.querySelector(".skip").textContent = say("skip");
  if (c) h.replaceChildren(el("span", "", "# " + view), el("small", "", say(view)));
  t.replaceChildren(el("span", "", say(TALK)), el("small", "", say("talk_more")));
  $("feed").querySelector(".scroll").setAttribute("aria-label", c ? view : say("channels"));
  $("feed").setAttribute("aria-label", c ? view : say("channels"));
  $("talk").setAttribute("aria-label", say(TALK));
  $("talk").querySelector(".scroll").setAttribute("aria-label", say(TALK));
}

function show(name) {
  if (name === TALK && wide.matches) return;
  if (looking(view)) markRead(view);
  view = name;
  document.body.dataset.view = name;
  if (name === TALK) {
    talk.unread = 0;
    talk.list.toEnd();
  } else {
    showChannel(name);
  }
  titles();
  const b = navOf(name);
  if (b) b.scrollIntoView({ block: "nearest", inline: "center" });
  paint();
}

/* Where the reader was when they looked last, the new ones begin. */
function showChannel(name) {
  const c = channels.get(name), i = c.items.findIndex((item) => later(item.id, c.read));
  grown = 0;
  c.fresh = i > 0 ? c.items[i].id : "";
  feed.show(c.items, c.older, blank(say("empty"), say("empty_more")));
}

/* ---- messages ---- */

function cardOf(item) {
  const c = channels.get(item.channel), d = item.doc;
  const node = article(d.title, card(item, d.buttons && d.buttons.length ? talk.buttons(d, undefined) : null));
  if (c && c.fresh === item.id) node.prepend(el("p", "divider", say("fresh")));
  if (item.came && performance.now() - item.came < FRESH_MS) node.classList.add("fresh");
  return node;
}

function good(item) {
  return item && item.doc && typeof item.id === "string" && typeof item.v === "string";
}

/* false: it was there already, and has changed. */
function put(name, item) {
  const c = channels.get(name);
  if (!c || !good(item)) return;
  if (later(item.v, c.seen)) c.seen = item.v;
  const old = c.ids.get(item.id);
  if (old) {
    if (later(old.v, item.v)) return;
    delete old.file;
    Object.assign(old, item);
    if (view === name) feed.changed(old);
    return;
  }
  item.key = item.id;
  item.channel = name;
  c.items.push(item);
  c.ids.set(item.id, item);
  if (view === name) grown++;
}

/* An edit of what is not here is read when somebody scrolls back. */
function change(name, item) {
  const c = channels.get(name);
  if (!c || !good(item)) return;
  if (c.ids.has(item.id)) put(name, item);
  else if (later(item.v, c.seen)) c.seen = item.v;
}

let toldOf = new Map(); /* channel -> how many since the last announcement */
function tell(name, item) {
  if (!good(item)) return;
  if (item.urgency === "urgent") {
    announce(say("urgent") + ", " + name + ": " + item.doc.title, true);
  } else if (name === view || item.urgency === "important") {
    const n = (toldOf.get(name) || 0) + 1;
    toldOf.set(name, n);
    announce(n > 1 ? say("several", n, name, item.doc.title) : name + ": " + item.doc.title, false);
    setTimeout(() => toldOf.delete(name), 1000);
  }
}

/* ---- older ones, one question at a time ---- */

const asked = new Map(); /* number -> {resolve, reject} */
let last = Promise.resolve();

function askOlder(channel, before) {
  const next = last.then(() => new Promise((resolve, reject) => {
    if (!link.up) {
      reject(new Error("offline"));
      return;
    }
    const req = talk.nextReq++, send = () => { if (asked.has(req)) link.write({ t: "older", req, channel, before }); };
    asked.set(req, { resolve, reject, send });
    setTimeout(() => { if (asked.delete(req)) reject(new Error("no answer")); }, OLDER_MS);
    send();
  }));
  last = next.catch(() => {});
  return next;
}

async function olderOf(name, first) {
  const c = channels.get(name), m = await askOlder(name, first.id), entries = [];
  for (const item of m.items) {
    if (!good(item) || c.ids.has(item.id)) continue;
    item.key = item.id;
    item.channel = name;
    c.ids.set(item.id, item);
    entries.push(item);
  }
  c.older = m.older;
  return { entries, older: m.older };
}

function gotOlder(m) {
  const a = m.session === session ? asked.get(m.req) : null;
  if (!a) return;
  if (m.t === "refused") { /* too fast: a little later */
    setTimeout(a.send, AGAIN_MS);
    return;
  }
  asked.delete(m.req);
  if (m.failed) a.reject(new Error("failed"));
  else a.resolve(m);
}

/* ---- the connection ---- */

let was = "", toldDown = false;
function showLink() {
  const l = $("link"), n = $("notice"), since = link.since ? clock(link.since) : "";
  l.dataset.state = link.state;
  l.querySelector("b").textContent = link.state === "down" && link.wait ? say("down_in", link.wait) : say(link.state);
  const again = n.querySelector("button"), text = link.refused ? say("token") : !link.since ? "" : link.wait ? say("lost", since, link.wait) : say("trying", since);
  const show = Boolean(text) && (link.refused || link.tries > 1 || link.wait > 1 || !n.hidden);
  n.hidden = !show;
  n.querySelector("span").textContent = text;
  again.textContent = say("again");
  again.disabled = link.state === "connecting";
  if (was === "up" && !link.up) {
    talk.lost();
    for (const a of asked.values()) a.reject(new Error("offline"));
    asked.clear();
  }
  if (link.tries > 1 && !toldDown) {
    toldDown = true;
    announce(link.refused ? say("token") : say("said_down"), true);
  }
  if (link.up && toldDown) {
    toldDown = false;
    announce(say("said_up"), false);
  }
  was = link.state;
}
$("notice").querySelector("button").addEventListener("click", () => link.now());
document.addEventListener("visibilitychange", () => paint());

function hello() {
  const seen = { talk: talk.seen };
  for (const [name, c] of channels) seen[name] = c.seen;
  link.write({ t: "hello", session, lang: settings.lang, chosen: settings.chosen, epoch, seen });
}

/* ---- what comes in ---- */

function greeted(m) {
  if (m.epoch !== epoch) channels.clear();
  epoch = m.epoch;
  talk.confirmS = m.confirm_s || 60;
  box.commands = m.commands;
  for (const name of m.channels)
    if (!channels.has(name)) channels.set(name, { items: [], ids: new Map(), read: recallRead(name), seen: "", older: false, fresh: "" });
  box.texts();
  buildNav();
}

function history(m) {
  const c = channels.get(m.channel), first = c && !c.read;
  if (!c) return;
  if (m.reset) {
    c.items = [];
    c.ids.clear();
    c.seen = "";
    c.older = m.older;
  }
  const had = grown;
  for (const item of m.items) put(m.channel, item);
  if (m.reset) grown = had;
  if (first) markRead(m.channel); /* what was there before the first visit is not news */
  if (m.reset && view === m.channel) {
    showChannel(m.channel);
    titles();
  }
}

function header(m) {
  const badge = $("mode"), flag = $("flag"), at = m.suspended ? "suspended" : m.paused ? "paused" : m.cautious ? "cautious" : "";
  state = m;
  mode = m.mode;
  document.body.dataset.mode = mode;
  badge.hidden = !mode;
  badge.querySelector("b").textContent = mode;
  badge.querySelector("span").textContent = say(mode);
  $("where").textContent = mode;
  flag.hidden = !at;
  flag.textContent = at ? say(at) : "";
  flag.classList.toggle("hard", at === "suspended" || at === "paused");
  const icon = document.querySelector('link[rel="icon"]'), file = { DEMO: "/demo.svg", PAPER: "/paper.svg", LIVE: "/live.svg" }[mode] || "/icon.svg";
  if (icon.getAttribute("href") !== file) icon.setAttribute("href", file);
}

function receive(m) {
  switch (m.t) {
  case "hello": greeted(m); break;
  case "header": header(m); break;
  case "history": history(m); break;
  case "talk":
    talk.welcome(m, greeting);
    titles();
    link.greeted();
    talk.resend();
    break;
  case "message":
    m.item.came = performance.now();
    put(m.channel, m.item);
    tell(m.channel, m.item);
    break;
  case "edit": change(m.channel, m.item); break;
  case "turn": talk.turn(m.turn); break;
  case "accepted":
  case "defer": talk.progress(m); break;
  case "choices": if (m.session === session) box.choices(m.req, m.items); break;
  case "older": gotOlder(m); break;
  case "refused":
    if (asked.has(m.req) && m.session === session) gotOlder(m);
    else talk.refused(m);
    break;
  default:
  }
  paint();
}

/* ---- settings, keys ---- */

function changedSetting(name) {
  if (name !== "lang") return;
  link.write({ t: "lang", lang: settings.lang, chosen: settings.chosen });
  box.texts();
  if (channels.size) buildNav();
  titles();
  if (mode) header(state);
  if (view !== TALK) feed.rendered();
  talk.list.rendered();
  showLink();
}

function step(by) {
  const all = names().filter((n) => n !== TALK || !wide.matches), to = all[(all.indexOf(view) + by + all.length) % all.length];
  show(to);
}

document.addEventListener("keydown", (e) => {
  if (settings.dialog.open || e.ctrlKey || e.metaKey || e.isComposing) return;
  const typing = document.activeElement === box.input;
  if (e.altKey) {
    const name = /^[1-9]$/.test(e.key) ? names()[Number(e.key) - 1] : "";
    if (e.key === "Enter") talk.goToConfirmation();
    else if (e.key === "ArrowUp" || e.key === "ArrowDown") step(e.key === "ArrowUp" ? -1 : 1);
    else if (name) show(name);
    else return;
    e.preventDefault();
  } else if (e.key === "/" && !typing) {
    e.preventDefault();
    box.input.focus();
    if (!box.input.value) {
      box.put("/");
      box.suggest();
    }
  } else if (e.key === "?" && (!typing || !box.input.value)) {
    e.preventDefault();
    settings.open();
  } else if (e.key === "Escape" && !typing) {
    box.input.focus();
  }
});
document.querySelector(".skip").addEventListener("click", (e) => {
  e.preventDefault();
  box.input.focus();
});
wide.addEventListener("change", () => { if (wide.matches && view === TALK) show("trades"); });

box.texts();
titles();
link.connect();
