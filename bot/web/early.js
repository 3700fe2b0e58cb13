/* early: theme and language as they were chosen, before anything is painted. */
"use strict";
(() => {
  const kept = (key) => { try { return localStorage.getItem(key) || "auto"; } catch { return "auto"; } };
  const root = document.documentElement, theme = kept("mia.theme"), lang = kept("mia.lang");
  if (theme === "light" || theme === "dark") root.dataset.theme = theme;
  root.lang = (lang === "auto" ? navigator.language : lang).toLowerCase().startsWith("fr") ? "fr" : "en";
})();
