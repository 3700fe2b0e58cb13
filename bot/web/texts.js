/*
 * texts: what the page itself says, in both languages side by side. What the bot says
 * comes from the bot, numbers and times included.
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
  talk_more: ["Your questions, MIA’s answers", "Vos questions, les réponses de MIA"],
  box: ["Command", "Commande"],
  form: ["Send a command", "Envoyer une commande"],
  quick: ["Frequent commands", "Commandes fréquentes"],
  choices: ["Suggestions", "Suggestions"],
  send: ["Send", "Envoyer"],
  skip: ["Go to the command box", "Aller à la zone de commande"],

  up: ["Connected", "Connecté"],
  connecting: ["Connecting…", "Connexion…"],
  down: ["Offline", "Hors ligne"],
  down_in: ["Reconnecting in {0}\u00a0s", "Reconnexion dans {0}\u00a0s"],
  lost: ["Offline since {0}. Next try in {1}\u00a0s.", "Hors ligne depuis {0}. Nouvel essai dans {1}\u00a0s."],
  trying: ["Offline since {0}. Reconnecting…", "Hors ligne depuis {0}. Reconnexion…"],
  again: ["Try now", "Réessayer"],
  token: ["This browser is not let in any more. Open the address that mia printed when it started.",
          "Ce navigateur n’a plus accès. Ouvrez l’adresse que mia a affichée au démarrage."],
  said_down: ["Connection lost. Reconnecting by itself.", "Connexion perdue. Reconnexion automatique."],
  said_up: ["Connected again.", "De nouveau connecté."],

  paused: ["Paused", "En pause"],
  cautious: ["Cautious", "Prudence"],
  suspended: ["Suspended", "Suspendu"],
  DEMO: ["simulated market, no real money", "marché simulé, sans argent réel"],
  PAPER: ["no real money", "sans argent réel"],
  LIVE: ["real money", "argent réel"],

  unread: ["{0} unread", "{0} non lus"],
  unread1: ["1 unread", "1 non lu"],
  unread_urgent: ["{0} unread, some urgent", "{0} non lus, dont des urgents"],
  newer: ["↓ {0} new", "↓ {0} nouveaux"],
  newer1: ["↓ 1 new", "↓ 1 nouveau"],
  latest: ["↓ To the latest", "↓ Aux derniers messages"],
  fresh: ["New", "Nouveau"],
  loading: ["Loading older messages…", "Chargement des messages précédents…"],
  failed: ["Older messages cannot be read. Scroll to try again.", "Messages précédents illisibles. Faites défiler pour réessayer."],
  begin: ["The beginning", "Le début"],
  too_long: ["No more than {0} messages at once. The store has the rest.", "Pas plus de {0} messages à la fois. La base garde le reste."],
  empty: ["Nothing here yet", "Rien pour l’instant"],
  empty_more: ["What happens from now on appears here by itself.", "Ce qui se passe à partir de maintenant s’affichera ici."],
  hello: ["Ask MIA", "Parlez à MIA"],
  hello_more: ["Type / to see every command, ↑ for the last ones. Nothing that moves money is done without a confirmation or a clear word: /pause and /sos act at once.",
               "Tapez / pour voir toutes les commandes, ↑ pour les dernières. Ce qui engage de l’argent demande une confirmation\u00a0; /pause et /sos agissent tout de suite."],
  edited: ["updated", "mis à jour"],
  stands: ["{0} messages in one", "{0} messages en un"],
  urgent: ["Urgent", "Urgent"],
  several: ["{0} new in {1}. Last: {2}", "{0} nouveaux dans {1}. Dernier\u00a0: {2}"],
  table: ["Table", "Tableau"],
  code: ["Text", "Texte"],
  gone: ["no longer kept", "n’est plus gardé"],

  sending: ["Sending…", "Envoi…"],
  waiting: ["Waiting for the connection…", "En attente de la connexion…"],
  working: ["At work…", "En cours…"],
  unanswered: ["No answer, and not sent again. Ask /status.", "Sans réponse, et pas renvoyé. Demandez /status."],
  held: ["Not sent: offline.", "Pas envoyé\u00a0: hors ligne."],
  held_up: ["Not sent: you were offline. Send it now?", "Pas envoyé\u00a0: vous étiez hors ligne. L’envoyer maintenant\u00a0?"],
  send_now: ["Send now", "Envoyer maintenant"],
  discard: ["Discard", "Abandonner"],
  no_press: ["Offline: nothing was sent.", "Hors ligne\u00a0: rien n’a été envoyé."],
  confirm: ["{0} Confirm or cancel: Alt+Enter. {1}", "{0} Confirmer ou annuler\u00a0: Alt+Entrée. {1}"],
  expires: ["Expires in {0}\u00a0s", "Expire dans {0}\u00a0s"],
  expired: ["Expired: nothing was done.", "Expiré\u00a0: rien n’a été fait."],
  chosen: ["Sent: {0}", "Envoyé\u00a0: {0}"],

  settings: ["Settings and shortcuts", "Réglages et raccourcis"],
  close: ["Close", "Fermer"],
  theme: ["Theme", "Thème"],
  auto: ["Auto", "Auto"],
  light: ["Light", "Clair"],
  dark: ["Dark", "Sombre"],
  language: ["Language", "Langue"],
  en: ["English", "English"],
  fr: ["Français", "Français"],
  keys: ["Keyboard", "Clavier"],
  key_slash: ["Write a command", "Écrire une commande"],
  key_arrows: ["In the box: suggestions, or the last commands", "Dans la zone\u00a0: suggestions, ou dernières commandes"],
  key_tab: ["Take the suggestion", "Prendre la suggestion"],
  key_enter: ["Send", "Envoyer"],
  key_escape: ["Close the suggestions, empty the box; from elsewhere, back to it", "Fermer les suggestions, vider la zone\u00a0; d’ailleurs, y revenir"],
  key_confirm: ["Go to the open confirmation", "Aller à la confirmation en attente"],
  key_channel: ["Channel by number", "Salon par numéro"],
  key_next: ["Previous or next channel", "Salon précédent ou suivant"],
  key_end: ["In a list: the latest message", "Dans une liste\u00a0: le dernier message"],
  key_help: ["This list", "Cette liste"],
};

/* Keys as they stand on a keyboard. */
const KEYS = { Enter: ["Enter", "Entrée"], Tab: ["Tab", "Tab"], Escape: ["Esc", "Échap"], End: ["End", "Fin"], Alt: ["Alt", "Alt"] };

let lang = 0;
export function setLang(tag) {
  lang = tag === "fr" ? 1 : 0;
  document.documentElement.lang = langTag();
}
export const langTag = () => (lang ? "fr" : "en");
export function say(key, ...values) {
  let text = TEXTS[key] ? TEXTS[key][lang] : key;
  values.forEach((v, i) => { text = text.replace("{" + i + "}", () => String(v)); });
  return text;
}
export const sayCount = (key, n) => (n === 1 ? say(key + "1") : say(key, n));
export const sayKey = (key) => (KEYS[key] ? KEYS[key][lang] : key);
