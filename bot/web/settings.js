/*
 * settings: theme and language as the reader wants them, kept by this browser, and the
 * list of keys behind the question mark.
 */
"use strict";
import { $, el } from "/view.js";
import { say, sayKey, setLang } from "/texts.js";

const CHOICES = { theme: ["auto", "light", "dark"], lang: ["auto", "en", "fr"] };
const KEYS = [[["/"], "key_slash"], [["↑", "↓"], "key_arrows"], [["Tab"], "key_tab"], [["Enter"], "key_enter"],
  [["Escape"], "key_escape"], [["Alt", "Enter"], "key_confirm"], [["Alt", "1…6"], "key_channel"],
  [["Alt", "↑↓"], "key_next"], [["End"], "key_end"], [["?"], "key_help"]];
const dark = matchMedia("(prefers-color-scheme: dark)");

function kept(name) {
  try {
    const v = localStorage.getItem("mia." + name);
    return CHOICES[name].includes(v) ? v : "auto";
  } catch { return "auto"; }
}

export class Settings {
  constructor(changed) {
    this.changed = changed;
    this.value = { theme: kept("theme"), lang: kept("lang") };
    this.dialog = $("settings");
    this.fill($("theme"), "theme");
    this.fill($("language"), "lang");
    $("open-settings").addEventListener("click", () => this.open());
    $("close-settings").addEventListener("click", () => this.dialog.close());
    this.dialog.addEventListener("click", (e) => { if (e.target === this.dialog) this.dialog.close(); });
    dark.addEventListener("change", () => this.paint());
    this.apply();
  }

  /* What is said to the bot: the language, and whether somebody chose it. */
  get lang() { return this.value.lang === "auto" ? navigator.language : this.value.lang; }
  get chosen() { return this.value.lang !== "auto"; }

  open() { if (!this.dialog.open) this.dialog.showModal(); }

  fill(root, name) {
    root.querySelector(".segments").replaceChildren(...CHOICES[name].map((v) => {
      const label = el("label"), input = el("input");
      input.type = "radio";
      input.name = name;
      input.value = v;
      input.checked = this.value[name] === v;
      input.addEventListener("change", () => this.choose(name, v));
      label.append(input, el("span"));
      return label;
    }));
  }

  choose(name, v) {
    this.value[name] = v;
    try { localStorage.setItem("mia." + name, v); } catch { /* private mode: kept in memory */ }
    this.apply();
    this.changed(name);
  }

  apply() {
    const root = document.documentElement;
    if (this.value.theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = this.value.theme;
    setLang(this.lang.toLowerCase().startsWith("fr") ? "fr" : "en");
    this.paint();
    this.texts();
  }

  paint() { /* the bar of a phone's browser */
    document.querySelector('meta[name="theme-color"]').content = getComputedStyle($("top")).backgroundColor;
  }

  texts() {
    $("settings-title").textContent = say("settings");
    $("open-settings").setAttribute("aria-label", say("settings"));
    $("open-settings").title = say("settings") + " (?)";
    $("close-settings").setAttribute("aria-label", say("close"));
    $("theme").querySelector("legend").textContent = say("theme");
    $("language").querySelector("legend").textContent = say("language");
    for (const input of this.dialog.querySelectorAll("input")) input.nextElementSibling.textContent = say(input.value);
    this.dialog.querySelector("h3").textContent = say("keys");
    $("keys").replaceChildren(...KEYS.map(([keys, text]) => {
      const row = el("div"), dt = el("dt");
      keys.forEach((k) => dt.append(el("kbd", "", sayKey(k)), " "));
      row.append(dt, el("dd", "", say(text)));
      return row;
    }));
  }
}
