/*
 * talk: the conversation. A request keeps its number until it is answered, so that sending
 * it again after a lost connection makes no second command; one that was typed without a
 * connection is never sent without being asked for again. A confirmation counts down by
 * what the bot said was left, not by this machine's clock.
 */
"use strict";
import { announce, article, blank, button, card, el } from "/view.js";
import { List } from "/list.js";
import { say } from "/texts.js";

const RESEND_MAX_MS = 110000; /* the bot takes no money command that is older than two minutes */
const ENTRIES_MAX = 1000;
const ANSWER_MS = 30000;      /* after a second sending: then nobody will answer any more */

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
export const session = tabName() + "-" + random16();

export class Talk {
  /* host: {link, view(), turnTo(), changed(), older(before)} */
  constructor(root, host) {
    this.host = host;
    this.entries = [];
    this.byKey = new Map();
    this.pending = new Map(); /* number -> entry */
    this.clicked = new Set(); /* ids of buttons that were pressed */
    this.rows = new Set();    /* rows of buttons in the document */
    this.seen = "";
    this.nextReq = 1;
    this.unread = 0;
    this.confirmS = 60;
    this.list = new List(root, (e) => this.render(e), (first) => this.older(first));
    this.list.show(this.entries, false, null);
    setInterval(() => this.tick(), 500);
  }

  /* ---- entries ---- */

  keyOf(t) { return (t.kind === "answer" ? "a" + t.item.id : "q" + t.session + ":" + t.req); }

  push(entry) {
    this.entries.push(entry);
    this.byKey.set(entry.key, entry);
    this.list.grew(1);
    if (this.entries.length <= ENTRIES_MAX || !this.list.stick) return;
    const gone = this.entries.splice(0, ENTRIES_MAX / 2); /* the store has them */
    for (const e of gone) this.byKey.delete(e.key);
    this.list.hasOlder = true;
    this.list.shrank(gone.length);
  }

  /* A turn as an entry, or null: known already, or nothing to show. */
  entryOf(t) {
    if (t.kind === "click" && !t.text.startsWith("/")) {
      this.clicked.add(t.text);
      return null;
    }
    const key = this.keyOf(t);
    if (this.byKey.has(key)) return null;
    if (t.kind !== "answer") return { key, kind: "question", text: t.text, session: t.session, req: t.req, state: "" };
    if (!t.item || !t.item.doc) return null;
    const entry = { key, kind: "answer", item: t.item, id: t.item.id };
    if (t.left !== undefined) entry.deadline = performance.now() + t.left;
    return entry;
  }

  /* One turn that came in by itself. */
  turn(t) {
    const pressed = this.clicked.size, entry = this.entryOf(t);
    if (t.kind === "answer") this.answered(t);
    if (this.clicked.size !== pressed) for (const row of this.rows) row.look();
    if (!entry) return;
    this.push(entry);
    if (t.kind !== "answer") return;
    if (this.host.view() !== "talk") this.unread++;
    this.speak(entry);
    this.focusAnswer(t, entry);
  }

  answered(t) {
    if (!this.seen || t.item.id.length > this.seen.length || (t.item.id.length === this.seen.length && t.item.id > this.seen))
      this.seen = t.item.id;
    if (t.session !== session) return;
    const asked = this.pending.get(t.req);
    this.pending.delete(t.req);
    if (asked) this.note(asked, "");
  }

  speak(entry) {
    const d = entry.item.doc;
    if (entry.deadline) announce(say("confirm", d.title, say("expires", this.left(entry))), true);
    else announce(d.title, d.severity === "urgent");
  }

  /* Whoever pressed a button goes on reading where its answer is. */
  focusAnswer(t, entry) {
    const at = document.activeElement;
    if (t.session !== session || !at || !at.classList.contains("state") || Number(at.dataset.req) !== t.req) return;
    const node = this.list.nodes.get(entry.key);
    if (node) node.focus({ preventScroll: true });
  }

  /* All that was missed, after a reconnect or at the start. What we asked and nobody knows of yet stays. */
  welcome(m, greeting) {
    if (m.reset) {
      const mine = [...this.pending.values()].filter((e) => e.kind === "question");
      this.entries = [];
      this.byKey.clear();
      this.seen = "";
      this.load(m.turns, this.entries);
      for (const e of mine) if (!this.byKey.has(e.key)) {
        this.entries.push(e);
        this.byKey.set(e.key, e);
      }
      this.list.show(this.entries, m.older, greeting());
    } else {
      const before = this.entries.length;
      this.load(m.turns, this.entries);
      this.list.grew(this.entries.length - before);
    }
    for (const row of this.rows) row.look();
  }

  load(turns, into) {
    for (const t of turns) {
      const entry = this.entryOf(t);
      if (t.kind === "answer") this.answered(t);
      if (!entry) continue;
      into.push(entry);
      this.byKey.set(entry.key, entry);
    }
  }

  async older() {
    const first = this.entries.find((e) => e.kind === "answer");
    if (!first) return { entries: [], older: false };
    const m = await this.host.older("talk", first.id), entries = [];
    for (const t of m.turns.flat()) {
      const entry = this.entryOf(t);
      if (!entry) continue;
      entries.push(entry);
      this.byKey.set(entry.key, entry);
    }
    return { entries, older: m.older };
  }

  /* ---- asking ---- */

  ask(text) { this.request({ t: "command", text }, text); }

  request(message, text) {
    const req = this.nextReq++, key = "q" + session + ":" + req;
    const entry = { key, kind: "question", text, req, session, message, began: performance.now(), state: "" };
    entry.state = this.host.link.up ? "sending" : "held";
    if (text) this.push(entry);
    else entry.kind = "press";
    this.pending.set(req, entry);
    this.list.toEnd();
    if (entry.state === "held") announce(say("held"), true);
    else this.transmit(entry);
    return req;
  }

  transmit(entry) {
    this.host.link.write({ ...entry.message, req: entry.req, age: Math.round(performance.now() - entry.began) });
  }

  lost() {
    for (const e of this.pending.values()) {
      if (e.state === "held") this.list.changed(e);
      else this.note(e, "waiting");
    }
    for (const row of this.rows) row.look();
  }

  /* After a reconnect: what was sent and not answered goes again under its own number; what is old is given up in plain
   * sight; what was typed meanwhile waits for a word. */
  resend() {
    let held = 0;
    for (const e of [...this.pending.values()]) {
      if (e.state === "held") {
        held++;
        this.list.changed(e);
      } else if (performance.now() - e.began < RESEND_MAX_MS) {
        this.note(e, "sending");
        this.transmit(e);
        e.giveUp = performance.now() + ANSWER_MS;
      } else {
        this.giveUp(e);
      }
    }
    if (held) announce(say("held_up"), true);
    for (const row of this.rows) row.look();
  }

  giveUp(e) {
    this.pending.delete(e.req);
    this.note(e, "unanswered");
    announce(say("unanswered"), true);
  }

  sendHeld(e) {
    if (!this.host.link.up || e.state !== "held") return;
    e.began = performance.now();
    this.note(e, "sending");
    this.transmit(e);
  }
  discard(e) {
    this.pending.delete(e.req);
    this.byKey.delete(e.key);
    this.list.removed(e);
  }

  progress(m) {
    const e = m.session === session ? this.pending.get(m.req) : null;
    if (e && e.state !== "held") this.note(e, "working");
  }

  refused(m) {
    const e = m.session === session ? this.pending.get(m.req) : null;
    if (!e) return;
    this.pending.delete(m.req);
    e.why = m.text;
    if (e.kind === "press") this.push(Object.assign(e, { kind: "question", text: m.text, why: "" }));
    this.note(e, "refused");
    announce(m.text, true);
  }

  note(e, state) {
    if (e.state === state) return;
    e.state = state;
    this.list.changed(e);
  }

  /* ---- confirmations ---- */

  left(entry) { return Math.max(0, Math.ceil((entry.deadline - performance.now()) / 1000)); }

  tick() {
    for (const row of this.rows) {
      if (row.node.isConnected) row.look();
      else if (row.shown) this.rows.delete(row);
      row.shown = row.node.isConnected;
    }
    for (const e of [...this.pending.values()]) if (e.giveUp && performance.now() > e.giveUp && this.host.link.up) this.giveUp(e);
  }

  /* The buttons of a document. deadline: what it says ends; undefined: they hold for ever. */
  buttons(d, deadline) {
    const node = el("div", "buttons"), state = el("p", "state"), bar = el("progress");
    const row = { node, deadline, shown: false, req: 0, look: () => this.look(row, d, node, state, bar) };
    node.setAttribute("role", "group");
    node.setAttribute("aria-label", d.title);
    state.tabIndex = -1;
    bar.max = this.confirmS;
    bar.setAttribute("aria-hidden", "true");
    for (const b of d.buttons) {
      const one = button(["primary", "good", "danger"].includes(b.style) ? b.style : "", b.label, () => this.press(row, b, state));
      one.dataset.id = b.id;
      node.append(one);
    }
    row.look();
    this.rows.add(row);
    return deadline === undefined ? [node, state] : [node, bar, state];
  }

  /* Everything about a row of buttons follows from what is known: pressed, out of time, offline. */
  look(row, d, node, state, bar) {
    const ends = row.deadline !== undefined, left = ends ? this.left(row) : 0;
    const done = ends ? d.buttons.find((b) => this.clicked.has(b.id)) : undefined;
    const over = ends && !done && left <= 0;
    const hadFocus = node.contains(document.activeElement);
    for (const b of node.children) { /* one that stands for a command works for ever */
      b.disabled = (Boolean(done) || over) && !b.dataset.id.startsWith("/");
      b.classList.toggle("chosen", Boolean(done) && b.dataset.id === done.id);
    }
    bar.hidden = Boolean(done) || over;
    bar.value = left;
    const text = done ? say("chosen", done.label) : over ? say("expired") : row.why || (ends ? say("expires", left) : "");
    if (state.textContent !== text) state.textContent = text;
    state.hidden = !text;
    state.classList.toggle("late", over || (ends && !done && left <= 10));
    if (over && !row.over && row.shown) announce(say("expired"), hadFocus);
    row.over = over;
    if (hadFocus && (done || over)) state.focus({ preventScroll: true });
  }

  press(row, b, state) {
    if (!this.host.link.up) {
      row.why = say("no_press");
      row.look();
      announce(row.why, true);
      return;
    }
    row.why = "";
    const ends = row.deadline !== undefined && !b.id.startsWith("/");
    if (ends && (this.clicked.has(b.id) || this.left(row) <= 0)) return;
    if (ends) this.clicked.add(b.id);
    this.host.turnTo();
    state.dataset.req = this.request({ t: "button", id: b.id }, ends ? "" : b.label);
    row.look();
  }

  /* The newest confirmation that can still be answered: true where there is one. */
  goToConfirmation() {
    const open = this.entries.findLast((e) => e.deadline && this.left(e) > 0 && !e.item.doc.buttons.some((b) => this.clicked.has(b.id)));
    if (!open) return false;
    this.host.turnTo();
    if (!this.list.nodes.has(open.key)) this.list.toEnd();
    const node = this.list.nodes.get(open.key), first = node && node.querySelector(".buttons button:not(:disabled)");
    if (!first) return false;
    first.focus();
    node.scrollIntoView({ block: "nearest" });
    return true;
  }

  /* ---- entries as elements ---- */

  render(e) {
    if (e.kind === "answer") {
      const d = e.item.doc;
      return article(d.title, card(e.item, d.buttons && d.buttons.length ? this.buttons(d, e.deadline) : null));
    }
    const bubble = el("div", "asked"), note = el("p", "how"), state = e.state;
    bubble.append(el("code", "", e.text));
    if (state) note.textContent = state === "refused" ? e.why : state === "held" && this.host.link.up ? say("held_up") : say(state);
    note.classList.toggle("bad", ["refused", "unanswered", "held"].includes(state));
    note.hidden = !note.textContent;
    bubble.append(note);
    if (state === "held") {
      const row = el("div", "buttons"), send = button("primary", say("send_now"), () => this.sendHeld(e));
      send.disabled = !this.host.link.up;
      row.append(send, button("", say("discard"), () => this.discard(e)));
      bubble.append(row);
    }
    const node = article(e.text, bubble);
    node.classList.add("mine");
    return node;
  }
}

export const greeting = () => blank(say("hello"), say("hello_more"));
