/*
 * list: a list of any length of which only a window stands in the document. The window
 * follows the end while the reader is there, moves by steps when they scroll, and what
 * they look at stays where it is. What is older than memory is asked for.
 *
 * `entries` belongs to the caller, who adds to it and says so (until then, `n` of them are known here); each has a `key`.
 */
"use strict";
import { el } from "/view.js";
import { say, sayCount } from "/texts.js";

const AT_END = 80;   /* nodes after a jump to the end */
const STEP = 40;     /* nodes that a scroll adds */
const MOST = 160;    /* nodes in the document, never more */
const NEAR_PX = 900; /* so far from an edge, the next ones come */
const ENTRIES_MAX = 20000;

export class List {
  /* render(entry) gives its node; older(first) promises {entries, older}, which are put in front. */
  constructor(root, render, older) {
    this.scroll = root.querySelector(".scroll");
    this.list = root.querySelector(".list");
    this.more = root.querySelector(".newer");
    this.render = render;
    this.older = older;
    this.top = el("p", "top");
    this.nodes = new Map(); /* key -> node */
    this.show([], false, null);
    this.scroll.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.scroll.addEventListener("keydown", (e) => { if (e.key === "End" && !e.altKey) { e.preventDefault(); this.toEnd(); } });
    this.list.addEventListener("load", () => { if (this.stick) this.down(); }, true); /* a picture came */
    this.more.addEventListener("click", () => { this.toEnd(); this.scroll.focus(); });
    new ResizeObserver(() => { if (this.stick) this.down(); else this.scrolled(); }).observe(this.scroll);
  }

  /* ---- what is in the document ---- */

  show(entries, older, blank) {
    this.entries = entries;
    this.n = entries.length;
    this.hasOlder = older;
    this.blank = blank;
    this.asked = null;
    this.failed = false;
    this.nodes.clear();
    this.list.replaceChildren();
    this.toEnd();
    requestAnimationFrame(() => this.scrolled()); /* few and short ones leave room for older ones */
  }

  paint() {
    const { entries, lo, hi } = this, keep = new Map();
    for (let i = lo; i < hi; i++) {
      const key = entries[i].key;
      keep.set(key, this.nodes.get(key) || this.render(entries[i]));
    }
    for (const [key, node] of this.nodes) if (!keep.has(key)) node.remove();
    this.nodes = keep;
    this.topNote();
    let at = this.top.nextSibling;
    for (const node of keep.values()) {
      if (node === at) at = at.nextSibling;
      else this.list.insertBefore(node, at);
    }
    this.number();
  }

  topNote() {
    const show = this.lo === 0 && this.n > 0;
    this.top.textContent = this.failed ? say("failed") : this.hasOlder ? say("loading") :
      this.n >= ENTRIES_MAX ? say("too_long", ENTRIES_MAX) : say("begin");
    this.top.hidden = !show;
    if (this.blank) {
      if (this.n) this.blank.remove();
      else if (!this.blank.isConnected) this.list.append(this.blank);
    }
    if (this.list.firstChild !== this.top) this.list.prepend(this.top);
  }

  number() {
    let i = this.lo;
    const all = this.hasOlder ? -1 : this.n;
    for (const node of this.nodes.values()) {
      node.setAttribute("aria-posinset", String(++i));
      node.setAttribute("aria-setsize", String(all));
    }
  }

  /* Changes the document; what the reader looks at stays where it is. */
  hold(change) {
    const edge = this.scroll.getBoundingClientRect().top;
    const near = [...this.nodes.values()].find((n) => n.getBoundingClientRect().bottom > edge);
    const before = near ? near.getBoundingClientRect().top : 0;
    change();
    if (this.stick) this.down();
    else if (near && near.isConnected) this.scroll.scrollTop += near.getBoundingClientRect().top - before;
  }

  /* ---- the window ---- */

  atEnd() {
    const s = this.scroll;
    return this.hi === this.n && s.scrollHeight - s.scrollTop - s.clientHeight < 60;
  }
  down() { this.scroll.scrollTop = this.scroll.scrollHeight; }

  toEnd() {
    this.hi = this.n;
    this.lo = Math.max(0, this.hi - AT_END);
    this.stick = true;
    this.missed = 0;
    this.paint();
    this.down();
    this.pill();
  }

  scrolled() {
    const s = this.scroll;
    this.stick = this.atEnd();
    if (this.stick) this.missed = 0;
    if (s.scrollTop < NEAR_PX) this.up();
    if (this.hi < this.n && s.scrollHeight - s.scrollTop - s.clientHeight < NEAR_PX) this.forward();
    this.pill();
  }

  up() {
    if (this.lo > 0) {
      this.hold(() => {
        this.lo = Math.max(0, this.lo - STEP);
        this.hi = Math.min(this.hi, this.lo + MOST);
        this.paint();
      });
      this.stick = this.atEnd();
    } else if (this.hasOlder && !this.asked && this.n) {
      this.fetch();
    }
  }

  forward() {
    this.hold(() => {
      this.hi = Math.min(this.n, this.hi + STEP);
      this.lo = Math.max(this.lo, this.hi - MOST);
      this.paint();
    });
  }

  async fetch() {
    const asked = this.asked = {}, entries = this.entries;
    this.scroll.setAttribute("aria-busy", "true");
    const got = await this.older(entries[0]).catch(() => null);
    if (this.asked !== asked) return; /* another list stands here now */
    this.asked = null;
    this.scroll.removeAttribute("aria-busy");
    this.failed = !got;
    if (got) {
      entries.unshift(...got.entries);
      this.n += got.entries.length;
      this.lo += got.entries.length;
      this.hi += got.entries.length;
      this.hasOlder = got.older && this.n < ENTRIES_MAX;
    }
    this.hold(() => this.paint());
    if (got) this.scrolled();
  }

  /* ---- what the caller changed ---- */

  /* `n` entries were added at the end. */
  grew(n) {
    const wasEnd = this.hi === this.n;
    this.n += n;
    if (this.stick && wasEnd) {
      this.hi = this.n;
      this.lo = Math.max(this.lo, this.hi - AT_END - STEP);
      this.paint();
      this.down();
    } else {
      this.missed += n;
      if (wasEnd && this.hi - this.lo + n <= MOST) this.hold(() => { this.hi = this.n; this.paint(); });
    }
    this.pill();
  }

  /* `n` entries were taken from the front. */
  shrank(n) {
    this.n -= n;
    this.lo = Math.max(0, this.lo - n);
    this.hi = Math.max(0, this.hi - n);
    this.hold(() => this.paint());
  }

  changed(entry) {
    const old = this.nodes.get(entry.key);
    if (!old) return null;
    const node = this.render(entry), focused = old.contains(document.activeElement);
    this.hold(() => {
      old.replaceWith(node);
      this.nodes.set(entry.key, node);
      this.number();
    });
    if (focused) node.focus({ preventScroll: true });
    return node;
  }

  removed(entry) {
    const i = this.entries.indexOf(entry);
    if (i < 0) return;
    this.hold(() => {
      this.entries.splice(i, 1);
      this.n--;
      if (i < this.lo) this.lo--;
      if (i < this.hi) this.hi--;
      this.paint();
    });
  }

  rendered() { /* again: another language */
    this.nodes.clear();
    this.list.replaceChildren();
    this.paint();
    if (this.stick) this.down();
    this.pill();
  }

  pill() {
    this.more.hidden = this.stick || !(this.missed || this.hi < this.n || this.far());
    this.more.textContent = this.missed ? sayCount("newer", this.missed) : say("latest");
  }
  far() {
    const s = this.scroll;
    return s.scrollHeight - s.scrollTop - s.clientHeight > 2 * s.clientHeight;
  }
}
