/*
 * box: the line where commands are typed. Suggests names from the command table and
 * values from the program; keeps a history under the arrow keys. It sends nothing by
 * itself: `submit` and `ask` are the page's.
 */
"use strict";
import { $, button, el, icon } from "/view.js";
import { langTag, say } from "/texts.js";

const HISTORY = 100, SHOWN = 25, ASK_AFTER_MS = 60;
const QUICK = ["status", "positions", "trades", "stats", "risk", "pause", "help"];
export class Box {
  constructor(submit, ask) {
    this.submit = submit;
    this.ask = ask;
    this.input = $("box");
    this.list = $("choices");
    this.hint = $("hint");
    this.commands = [];
    this.items = [];
    this.at = -1;
    this.past = this.load();
    this.back = this.past.length;
    this.draft = "";
    this.input.addEventListener("input", () => { this.back = this.past.length; this.suggest(); });
    this.input.addEventListener("keydown", (e) => this.key(e));
    this.input.addEventListener("blur", () => this.close());
    this.input.addEventListener("focus", () => this.suggest());
    this.list.addEventListener("pointerdown", (e) => e.preventDefault());
    this.list.addEventListener("click", (e) => {
      const li = e.target.closest("li");
      if (li) this.accept(Number(li.dataset.i));
    });
    $("form").addEventListener("submit", (e) => { e.preventDefault(); this.send(this.input.value); });
  }

  /* ---- history ---- */

  load() {
    try {
      const kept = JSON.parse(localStorage.getItem("mia.history") || "[]");
      return Array.isArray(kept) ? kept.filter((x) => typeof x === "string").slice(-HISTORY) : [];
    } catch { return []; }
  }
  remember(text) {
    this.past = this.past.filter((x) => x !== text).concat(text).slice(-HISTORY);
    this.back = this.past.length;
    try { localStorage.setItem("mia.history", JSON.stringify(this.past)); } catch { /* private mode: kept in memory */ }
  }
  recall(step) {
    const to = Math.min(Math.max(this.back + step, 0), this.past.length);
    if (to === this.back) return;
    if (this.back === this.past.length) this.draft = this.input.value;
    this.back = to;
    this.put(to === this.past.length ? this.draft : this.past[to]);
    this.close();
  }

  /* ---- sending ---- */

  put(text) {
    this.input.value = text;
    this.input.setSelectionRange(text.length, text.length);
  }
  send(raw) {
    const text = raw.replace(/\s/g, " ").replace(/[\p{Cc}\p{Bidi_C}\ufeff]/gu, "").trim(); /* shown as it is read */
    if (!text || text === "/") return;
    const line = text.startsWith("/") ? text : "/" + text;
    if (!this.submit(line)) return;
    this.remember(line);
    this.put("");
    this.close();
    this.hint.hidden = true;
  }

  /* ---- suggestions ---- */

  name(c) { return langTag() === "fr" && c.name_fr ? c.name_fr : c.name; }
  find(word) {
    const w = word.toLowerCase();
    return this.commands.find((c) => c.name === w || c.name_fr === w);
  }
  typed() { return this.input.value.slice(0, this.input.selectionStart ?? this.input.value.length); }

  suggest() {
    const typed = this.typed(), m = /^\/?(\S*)(\s*)(.*)$/s.exec(typed);
    if (!typed.trim()) {
      this.hint.hidden = true;
      this.close();
      return;
    }
    if (!m[2]) {
      this.hint.hidden = true;
      const w = m[1].toLowerCase();
      const found = this.commands.filter((c) => c.name.startsWith(w) || (c.name_fr || "").startsWith(w));
      this.show(found.map((c) => ({ value: "/" + this.name(c), label: c.summary[langTag()], more: c.args.length > 0, whole: true })));
      return;
    }
    const c = this.find(m[1]);
    if (!c || !c.args.length) {
      this.hint.hidden = true;
      this.close();
      return;
    }
    const at = this.argument(c, m[3]);
    this.explain(c, at);
    if (at < 0) {
      this.close();
      return;
    }
    this.list.dataset.stale = "1";
    clearTimeout(this.timer);
    this.asked = 0; /* the answer to less than this comes too late */
    this.timer = setTimeout(() => { this.timer = 0; this.asked = this.ask((typed.startsWith("/") ? "" : "/") + typed); }, ASK_AFTER_MS);
  }

  /* Which argument the cursor is in; the last one, where it is a text, takes the rest. */
  argument(c, rest) {
    const words = rest.split(/\s+/).filter(Boolean).length;
    const at = words === 0 || /\s$/.test(rest) ? words : words - 1;
    const last = c.args.length - 1;
    if (at > last) return c.args[last].rest ? last : -1;
    return at;
  }

  explain(c, at) {
    const code = el("code", "", "/" + this.name(c)), l = langTag();
    c.args.forEach((a, i) => {
      const name = a.required ? "<" + a.name[l] + ">" : "[" + a.name[l] + "]";
      code.append(" ", el(i === at ? "mark" : "span", "", name));
    });
    const a = c.args[at];
    this.hint.replaceChildren(code, el("span", "", a ? a.summary[l] : ""));
    this.hint.hidden = false;
  }

  choices(req, items) {
    if (req !== this.asked || document.activeElement !== this.input) return;
    const word = /(\S*)$/.exec(this.typed())[1];
    const useful = items.filter((x) => x.value !== word);
    this.show(useful.map((x) => ({ value: x.value, label: x.label === x.value ? "" : x.label })));
  }

  show(items) {
    this.items = items.slice(0, SHOWN);
    this.at = -1;
    if (!this.items.length) {
      this.close();
      return;
    }
    this.list.replaceChildren(...this.items.map((x, i) => {
      const li = el("li");
      li.id = "choice" + i;
      li.dataset.i = String(i);
      li.setAttribute("role", "option");
      li.setAttribute("aria-selected", "false");
      li.append(el("b", "", x.value));
      if (x.label) li.append(el("span", "", x.label));
      return li;
    }));
    this.list.hidden = false;
    this.list.scrollTop = 0;
    this.input.setAttribute("aria-expanded", "true");
    this.input.removeAttribute("aria-activedescendant");
  }
  close() {
    clearTimeout(this.timer);
    this.timer = 0;
    this.asked = 0;
    this.items = [];
    this.at = -1;
    this.list.hidden = true;
    this.input.setAttribute("aria-expanded", "false");
    this.input.removeAttribute("aria-activedescendant");
  }
  move(step) {
    const n = this.items.length, old = this.list.children[this.at];
    if (old) old.setAttribute("aria-selected", "false");
    this.at = this.at < 0 ? (step > 0 ? 0 : n - 1) : (this.at + step + n) % n;
    const li = this.list.children[this.at];
    li.setAttribute("aria-selected", "true");
    li.scrollIntoView({ block: "nearest" });
    this.input.setAttribute("aria-activedescendant", li.id);
  }
  accept(i) {
    const x = this.items[i];
    if (!x) return;
    const typed = this.typed(), rest = this.input.value.slice(typed.length);
    const before = x.whole ? "" : typed.replace(/\S*$/, "");
    const value = x.whole && !x.more ? x.value : x.value + " ";
    this.input.value = before + value + rest.trimStart();
    this.input.setSelectionRange((before + value).length, (before + value).length);
    this.input.focus();
    this.suggest();
    if (x.whole && !x.more) this.close();
  }

  key(e) {
    if (e.isComposing) return;
    const open = !this.list.hidden;
    switch (e.key) {
    case "ArrowDown":
    case "ArrowUp": {
      const step = e.key === "ArrowDown" ? 1 : -1;
      e.preventDefault();
      if (open) this.move(step);
      else this.recall(step);
      return;
    }
    case "Tab":
      if (!open || e.shiftKey) return;
      e.preventDefault();
      this.accept(this.at < 0 ? 0 : this.at);
      return;
    case "Enter":
      if (open && this.at >= 0) {
        e.preventDefault();
        this.accept(this.at);
      }
      return;
    case "Escape":
      if (!open && !this.timer && !this.asked) { // nor are suggestions about to open
        if (this.input.value.trim()) this.remember(this.input.value.trim()); // the arrow brings back what went by mistake
        this.put("");
        this.hint.hidden = true;
      }
      this.close(); // what was asked for the old text comes to nothing
      e.preventDefault();
      return;
    default:
    }
  }

  texts() {
    document.querySelector('label[for="box"]').textContent = say("box");
    this.input.placeholder = ["status", "close"].map((w) => this.find(w)).filter(Boolean).map((c) => "/" + this.name(c)).join(", ") + "…";
    this.list.setAttribute("aria-label", say("choices"));
    $("form").setAttribute("aria-label", say("form"));
    $("go").replaceChildren(icon("M5 12h13m-6-6l6 6-6 6"), el("span", "", say("send")));
    $("quick").setAttribute("aria-label", say("quick"));
    $("quick").replaceChildren(...QUICK.map((q) => this.find(q)).filter(Boolean).map((c) => {
      const line = "/" + this.name(c);
      return button("", line, () => this.send(line));
    }));
    this.hint.hidden = true;
    this.close();
  }
}
