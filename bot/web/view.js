/*
 * view: documents as elements, and what a screen reader is told. Whatever comes from
 * outside is set as text, never as markup. Knows nothing of the connection.
 */
"use strict";
import { langTag, say } from "/texts.js";

export const $ = (id) => document.getElementById(id);

export function el(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined && text !== null) e.textContent = text;
  return e;
}

export function button(className, text, act) {
  const b = el("button", className, text);
  b.type = "button";
  b.addEventListener("click", act);
  return b;
}

export function icon(path) {
  const ns = "http://www.w3.org/2000/svg", s = document.createElementNS(ns, "svg"), p = document.createElementNS(ns, "path");
  s.setAttribute("viewBox", "0 0 24 24");
  s.setAttribute("aria-hidden", "true");
  p.setAttribute("d", path);
  s.append(p);
  return s;
}

/* ---- what is read aloud: one region that waits its turn, one that does not ---- */

const SPEAK_MS = 700; /* a burst is told in one sentence */
let waiting = [], speaking = 0;

export function announce(text, urgent) {
  if (urgent) {
    $("alert").replaceChildren(el("p", "", text));
    return;
  }
  waiting = [text];
  if (!speaking) speaking = setTimeout(() => {
    speaking = 0;
    $("polite").replaceChildren(...waiting.map((t) => el("p", "", t)));
    waiting = [];
  }, SPEAK_MS);
}

/* ---- documents ---- */

/* Of this machine: what the bot dates, it dates itself. */
export function clock(ms) {
  return new Date(ms).toLocaleTimeString(langTag(), { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

function meta(item) {
  const d = item.doc, m = el("p", "meta");
  m.append(el("span", "", d.time || clock(item.at)));
  if (d.mode) m.append(el("span", "", d.mode));
  if (item.edited) m.append(el("span", "", say("edited")));
  if (d.repeats > 1) m.append(el("span", "", say("stands", d.repeats)));
  return m;
}

function fields(list) {
  const dl = el("dl", "fields");
  for (const f of list) {
    const box = el("div", f.wide ? "wide" : "");
    box.append(el("dt", "", f.name), el("dd", "", f.value));
    dl.append(box);
  }
  return dl;
}

function region(node, name) {
  node.tabIndex = 0; /* what scrolls must be reached by keyboard */
  node.setAttribute("role", "group");
  node.setAttribute("aria-label", name);
  return node;
}

function table(columns, rows, name) {
  const scroll = region(el("div", "table"), name), t = el("table"), head = el("tr"), body = el("tbody"), thead = el("thead");
  const side = (i) => (columns[i] && columns[i].right ? "right" : "");
  columns.forEach((c, i) => {
    const th = el("th", side(i), c.name);
    th.scope = "col";
    head.append(th);
  });
  for (const row of rows) {
    const tr = el("tr");
    row.forEach((cell, i) => tr.append(el("td", side(i), cell)));
    body.append(tr);
  }
  thead.append(head);
  t.append(thead, body);
  scroll.append(t);
  return scroll;
}

function lines(list, notes) {
  const box = el("div", "lines");
  for (const text of list) box.append(el("p", "", text));
  for (const text of notes) box.append(el("p", "foot", text));
  return box;
}

/* A picture is shown, any other file offered. Its address is ours: a path of this page, never another place. */
function file(f, title) {
  if (!f.url.startsWith("/file/")) return el("p", "foot", "📎 " + f.name + " (" + f.size + "): " + say("gone"));
  const a = el("a", "file");
  a.href = f.url;
  if (f.picture) {
    const img = el("img");
    img.src = a.href;
    img.alt = title || f.name;
    img.loading = "lazy";
    a.append(img);
    a.target = "_blank";
    a.rel = "noopener";
  } else {
    a.textContent = "📎 " + f.name + " (" + f.size + ")";
    a.download = f.name;
  }
  return a;
}

const SEVERITIES = ["plain", "good", "bad", "notice", "warning", "urgent"];

/* A document as a card. `rows` are added at its end: buttons, a countdown. */
export function card(item, rows) {
  const d = item.doc, c = el("div", "card " + (SEVERITIES.includes(d.severity) ? d.severity : "plain"));
  const head = el("div", "head"), list = d.lines || [], notes = d.notes || [];
  if (d.lang) c.lang = d.lang;
  if (d.emoji) {
    const e = el("span", "emoji", d.emoji);
    e.setAttribute("aria-hidden", "true");
    head.append(e);
  }
  head.append(el("h3", "title", d.title), meta(item));
  if (item.urgency === "urgent") head.prepend(el("span", "hidden", say("urgent")));
  c.append(head);
  if (list.length || notes.length) c.append(lines(list, notes));
  if (d.fields && d.fields.length) c.append(fields(d.fields));
  if (d.columns && d.columns.length) c.append(table(d.columns, d.rows || [], d.title || say("table")));
  if (d.code) c.append(region(el("pre", "", d.code), say("code")));
  if (item.file) c.append(file(item.file, d.title));
  if (d.footer) c.append(el("p", "foot", d.footer));
  if (rows) c.append(...rows);
  return c;
}

/* One entry of a list. */
export function article(name, ...content) {
  const a = el("article");
  a.tabIndex = -1;
  a.setAttribute("aria-label", name);
  a.append(...content);
  return a;
}

export function blank(title, more) {
  const b = el("div", "blank");
  b.append(el("strong", "", title), el("span", "", more));
  return b;
}
