/*
 * view: texts in both languages, and documents as elements. Whatever comes from outside
 * is set as text, never as markup. Knows nothing of the connection.
 */
"use strict";

const TEXTS = {
  trades: ["Entries, management, exits", "Entrées, gestion, sorties"],
  alertes: ["What needs your eyes", "Ce qui demande votre attention"],
  performance: ["The day in numbers", "La journée en chiffres"],
  signal: ["Every signal, taken or not", "Tous les signaux, pris ou non"],
  admin: ["Start, stop, settings", "Démarrage, arrêt, réglages"],
  channels: ["Channels", "Salons"],
  talk: ["Commands", "Commandes"],
  talk_more: ["Only you see these answers", "Vous seul voyez ces réponses"],
  box: ["Command", "Commande"],
  send: ["Send", "Envoyer"],
  up: ["Live", "En direct"],
  connecting: ["Connecting…", "Connexion…"],
  down: ["Offline", "Hors ligne"],
  lost: ["Connection lost. Next try in {0} s.", "Connexion perdue. Nouvel essai dans {0} s."],
  trying: ["Connection lost. Trying again…", "Connexion perdue. Nouvel essai…"],
  again: ["Try now", "Réessayer"],
  token: ["This browser is not let in any more. Open the address that mia printed when it started.",
          "Ce navigateur n’a plus accès. Ouvrez l’adresse que mia a affichée au démarrage."],
  paused: ["Paused", "En pause"],
  cautious: ["Cautious", "Prudence"],
  suspended: ["Suspended", "Suspendu"],
  DEMO: ["Demo: a simulated market, no real money", "Démo : marché simulé, sans argent réel"],
  PAPER: ["Paper trading: no real money", "Fictif : sans argent réel"],
  LIVE: ["Live: real money", "Réel : argent réel"],
  unread: ["{0} unread", "{0} non lus"],
  unread1: ["1 unread", "1 non lu"],
  newer: ["↓ {0} new", "↓ {0} nouveaux"],
  newer1: ["↓ 1 new", "↓ 1 nouveau"],
  fresh: ["New", "Nouveau"],
  empty: ["Nothing here yet", "Rien pour l’instant"],
  empty_more: ["What happens from now on appears here by itself.", "Ce qui se passe à partir de maintenant s’affichera ici."],
  hello: ["Ask MIA", "Parlez à MIA"],
  hello_more: ["Type / to see every command, ↑ for the last ones. Nothing that moves money is done without a confirmation or a clear word: /pause and /sos act at once.",
               "Tapez / pour voir toutes les commandes, ↑ pour les dernières. Ce qui engage de l’argent demande une confirmation ; /pause et /sos agissent tout de suite."],
  edited: ["updated", "mis à jour"],
  repeat: ["possible repeat", "répétition possible"],
  stands: ["{0} messages in one", "{0} messages en un"],
  sending: ["Sending…", "Envoi…"],
  waiting: ["Waiting for the connection…", "En attente de la connexion…"],
  working: ["At work…", "En cours…"],
  unanswered: ["Not answered, and not sent again. Ask /status.", "Sans réponse, et pas renvoyé. Demandez /status."],
  expires: ["Expires in {0} s", "Expire dans {0} s"],
  expired: ["Expired: nothing was done.", "Expiré : rien n’a été fait."],
  chosen: ["Sent: {0}", "Envoyé : {0}"],
};

let lang = 0;
export function setLang(tag) {
  lang = tag === "fr" ? 1 : 0;
  document.documentElement.lang = lang ? "fr" : "en";
}
export const langTag = () => (lang ? "fr" : "en");
/* French sets a no-break space before ; : ! ? and a narrow gap before units. */
export function say(key, ...values) {
  let text = TEXTS[key] ? TEXTS[key][lang] : key;
  values.forEach((v, i) => { text = text.replace("{" + i + "}", String(v)); });
  return lang ? text.replace(/ ([;:!?]|s\b(?=[ .]|$))/g, "\u00a0$1") : text;
}
export const sayCount = (key, n) => (n === 1 ? say(key + "1") : say(key, n));

/* ---- elements ---- */

export function el(tag, className, text) {
  const e = document.createElement(tag);
  if (className) e.className = className;
  if (text !== undefined && text !== null) e.textContent = text;
  return e;
}

function clock(ms) {
  const d = new Date(ms), today = new Date().toDateString() === d.toDateString();
  const time = d.toLocaleTimeString(langTag(), { hour: "2-digit", minute: "2-digit" });
  return today ? time : d.toLocaleDateString(langTag(), { day: "numeric", month: "short" }) + " " + time;
}

function meta(item) {
  const d = item.doc, m = el("div", "meta");
  m.append(el("span", "", d.time || clock(item.at)));
  if (d.mode) m.append(el("span", "", d.mode));
  if (item.edited) m.append(el("span", "", say("edited")));
  if (d.repeats > 1) m.append(el("span", "", say("stands", d.repeats)));
  if (item.repeat) m.append(el("span", "mark", say("repeat")));
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

function table(columns, rows) {
  const scroll = el("div", "table"), t = el("table"), head = el("tr"), body = el("tbody"), thead = el("thead");
  scroll.tabIndex = 0;
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
  const a = el("a", "file");
  a.href = f.url.startsWith("/file/") ? f.url : "#";
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

/* A document as a card. `buttons(doc)` gives its row of buttons, or nothing. */
export function card(item, buttons) {
  const d = item.doc;
  const c = el("article", "card " + (SEVERITIES.includes(d.severity) ? d.severity : "plain"));
  const head = el("div", "head");
  if (d.emoji) {
    const e = el("span", "emoji", d.emoji);
    e.setAttribute("aria-hidden", "true");
    head.append(e);
  }
  head.append(el("span", "title", d.title), meta(item));
  if (d.lang) c.lang = d.lang;
  c.append(head);
  const list = d.lines || [], notes = d.notes || [];
  if (list.length || notes.length) c.append(lines(list, notes));
  if (d.fields && d.fields.length) c.append(fields(d.fields));
  if (d.columns && d.columns.length) c.append(table(d.columns, d.rows || []));
  if (d.code) {
    const pre = el("pre", "", d.code);
    pre.tabIndex = 0;
    c.append(pre);
  }
  if (item.file) c.append(file(item.file, d.title));
  if (d.footer) c.append(el("p", "foot", d.footer));
  if (d.buttons && d.buttons.length && buttons) c.append(...buttons(d));
  return c;
}

export function blank(title, more) {
  const b = el("div", "blank");
  b.append(el("strong", "", title), el("span", "", more));
  return b;
}

/* ---- a list that stays at its end while the reader is there ---- */

export class List {
  constructor(root) {
    this.scroll = root.querySelector(".scroll");
    this.list = root.querySelector(".list");
    this.more = root.querySelector(".newer");
    this.missed = 0;
    this.stick = true;
    this.scroll.addEventListener("scroll", () => {
      this.stick = this.scroll.scrollHeight - this.scroll.scrollTop - this.scroll.clientHeight < 60;
      if (this.stick) this.seen();
    }, { passive: true });
    this.more.addEventListener("click", () => this.toEnd());
    new ResizeObserver(() => { if (this.stick) this.toEnd(); }).observe(this.scroll);
  }
  seen() {
    this.missed = 0;
    this.more.hidden = true;
  }
  toEnd() {
    this.stick = true;
    this.seen();
    this.scroll.scrollTop = this.scroll.scrollHeight;
  }
  show(nodes) {
    this.list.replaceChildren(...nodes);
    this.toEnd();
  }
  add(nodes, keep) {
    const blankNode = this.list.querySelector(":scope > .blank");
    if (blankNode) blankNode.remove();
    this.list.append(...nodes);
    while (keep && this.list.childElementCount > keep) this.list.firstElementChild.remove();
    if (this.stick) {
      this.toEnd();
    } else {
      this.missed += nodes.length;
      this.more.textContent = sayCount("newer", this.missed);
      this.more.hidden = false;
    }
  }
}
