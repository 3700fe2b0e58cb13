/*
 * link: the connection. Comes back by itself, says how long that will take, and notices a
 * line that has gone silent. Knows nothing of what is said over it.
 */
"use strict";

const PING_MS = 15000, SILENT_MS = 40000, RETRY_MAX_MS = 15000;

export class Link {
  /* on: {open(), message(object), change()}; change is called at least once a second while it is not up. */
  constructor(on) {
    this.on = on;
    this.socket = null;
    this.state = "connecting"; /* up: set by greeted(); down: see since, retryAt */
    this.tries = 0;
    this.retryAt = 0; /* by performance.now(); 0: not planned */
    this.since = 0;   /* Date.now() of the loss; 0: never lost */
    this.refused = false;
    setInterval(() => this.tick(), 500);
    setInterval(() => this.write({ t: "ping" }), PING_MS);
    addEventListener("online", () => this.now());
    document.addEventListener("visibilitychange", () => { if (!document.hidden && this.state === "down") this.now(); });
  }

  get up() { return this.state === "up"; }
  get wait() { return this.retryAt ? Math.max(0, Math.ceil((this.retryAt - performance.now()) / 1000)) : 0; }

  set(state) {
    this.state = state;
    this.on.change();
  }

  connect() {
    const s = new WebSocket("ws://" + location.host + "/ws");
    this.retryAt = 0;
    this.heard = performance.now();
    this.socket = s;
    this.set("connecting");
    s.addEventListener("open", () => { if (s === this.socket) this.on.open(); });
    s.addEventListener("close", () => { if (s === this.socket) this.lost(); });
    s.addEventListener("message", (e) => {
      if (s !== this.socket) return;
      this.heard = performance.now();
      this.on.message(JSON.parse(e.data));
    });
  }

  /* The other side has said who it is and what was missed. */
  greeted() {
    this.tries = 0;
    this.since = 0;
    this.refused = false;
    this.set("up");
  }

  write(m) {
    if (this.socket && this.socket.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(m));
  }

  lost() {
    const wait = Math.min(500 * 2 ** Math.min(this.tries++, 10), RETRY_MAX_MS);
    this.socket = null;
    this.since = this.since || Date.now();
    this.retryAt = performance.now() + wait / 2 + Math.random() * wait / 2;
    this.set("down");
    if (this.tries > 1) this.ask();
  }

  /* A server that is there and refuses us is another matter than one that is away. */
  async ask() {
    try {
      const answer = await fetch("/icon.svg", { cache: "no-store" });
      if (answer.status !== 403 || this.up) return;
      this.retryAt = 0;
      this.refused = true;
      this.on.change();
    } catch { /* away: the retry says so */ }
  }

  now() {
    if (this.socket) return;
    this.tries = 0;
    this.connect();
  }

  tick() {
    if (this.socket) {
      if (performance.now() - this.heard < SILENT_MS) return;
      const s = this.socket;
      this.lost();
      s.close();
    } else if (this.retryAt && performance.now() >= this.retryAt) {
      this.connect();
    } else if (this.retryAt) {
      this.on.change();
    }
  }
}
