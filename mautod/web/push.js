/* Push messages: our own question first, the browser's only after a click on yes. */
(() => {
  "use strict";
  const w = window, d = document, api = w.mautod, KEEP = "mautod.push", DAY = 864e5;
  if (!api || !api.part || !api.base) return;
  const TEXTS = {
    en: { title: "May we write to you here?", text: "Short messages in this browser. You can end it at any time.", yes: "Yes", no: "Not now" },
    ru: { title: "Можно писать вам сюда?", text: "Короткие сообщения в этом браузере. Отказаться можно в любой момент.", yes: "Да", no: "Не сейчас" },
  };
  const STYLE = `
:host { all: initial } .box { position: fixed; z-index: 2147483000; inset-block-start: 16px; inset-inline-end: 16px; width: min(360px, calc(100% - 32px));
  box-sizing: border-box; padding: 20px; border-radius: var(--mautod-radius, 14px); background: var(--mautod-paper, #fff); color: var(--mautod-ink, #1b1f24);
  font: var(--mautod-font, 16px/1.5 system-ui, sans-serif); box-shadow: 0 18px 60px rgba(0, 0, 0, .3) }
h2 { margin: 0 0 6px; font-size: 18px } p { margin: 0 0 14px } button { padding: 10px 18px; border: 0; border-radius: 8px; font: inherit; cursor: pointer }
.yes { background: var(--mautod-accent, #1a56db); color: var(--mautod-on-accent, #fff); margin-inline-end: 8px } .no { background: transparent; color: inherit }
button:focus-visible { outline: 3px solid var(--mautod-accent, #1a56db); outline-offset: 2px }`;
  const can = "serviceWorker" in navigator && "PushManager" in w && "Notification" in w;
  let box = null;

  function kept() {
    try { return JSON.parse(localStorage.getItem(KEEP)) || {}; } catch { return {}; }
  }
  function keep(change) {
    try { localStorage.setItem(KEEP, JSON.stringify({ ...kept(), ...change })); } catch { /* asked again */ }
  }
  function bytes(text) {
    const raw = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(raw, (letter) => letter.charCodeAt(0));
  }
  async function say(subscription, more) {
    const { endpoint, keys } = subscription.toJSON();
    const body = JSON.stringify({ writeKey: api.key, anonymousId: api.id(), userId: api.user() || "", userHash: api.proof() || "",
      endpoint, p256dh: keys.p256dh, auth: keys.auth, ...more });
    for (let tries = 0; tries < 5; tries += 1) {
      const answer = await fetch(`${api.base}/v1/push`, { method: "POST", body, headers: { "Content-Type": "text/plain" }, credentials: "omit" });
      if (!answer.ok) return false;
      const told = await answer.json();
      if (!told.retryAfterMs) return true;
      await new Promise((then) => setTimeout(then, told.retryAfterMs));
    }
    return false;
  }
  async function subscribe(option) {
    const key = (api.settings().push || {}).key;
    if (!key) throw new Error("push is not configured");
    const worker = await navigator.serviceWorker.register(option.worker || kept().worker || "/mautod-sw.js");
    await navigator.serviceWorker.ready;
    const wanted = { userVisibleOnly: true, applicationServerKey: bytes(key) };
    const subscription = (await worker.pushManager.getSubscription()) || (await worker.pushManager.subscribe(wanted));
    if (!(await say(subscription))) return false;
    if (!kept().at) api.track("Push Subscribed", {});
    keep({ at: Date.now(), worker: option.worker || kept().worker, user: api.user() || api.id() });
    return true;
  }
  function close() {
    if (box) box.remove();
    box = null;
  }
  async function agreed(option) {
    close();
    const will = await Notification.requestPermission();
    if (will === "granted") await subscribe(option);
    else { keep({ no: Date.now() }); api.track("Push Declined", { by: "browser" }); }
  }
  function declined() {
    close();
    keep({ no: Date.now() });
    api.track("Push Declined", { by: "person" });
  }
  function el(name, given, ...children) {
    const made = Object.assign(d.createElement(name), given);
    made.append(...children);
    return made;
  }
  function question(option) {
    if (box) return;
    const texts = { ...(TEXTS[(option.language || d.documentElement.lang || navigator.language || "en").slice(0, 2)] || TEXTS.en), ...option };
    box = el("div");
    box.setAttribute("data-mautod-push", "");
    const shadow = box.attachShadow({ mode: "open" });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
    } catch { shadow.append(el("style", {}, STYLE)); }
    const yes = el("button", { className: "yes", type: "button", onclick: () => agreed(option).catch(fail) }, texts.yes);
    const no = el("button", { className: "no", type: "button", onclick: declined }, texts.no);
    const frame = el("div", { className: "box" }, el("h2", { id: "t" }, texts.title), el("p", {}, texts.text), yes, no);
    frame.setAttribute("role", "dialog");
    frame.setAttribute("aria-labelledby", "t");
    frame.setAttribute("dir", "auto");
    frame.addEventListener("keydown", (event) => { if (event.key === "Escape") declined(); });
    shadow.append(frame);
    d.body.append(box);
  }
  function fail(error) { api.tell("error", `push: ${error}`); }
  // The key comes with the site's settings, which may still be on their way.
  function when(act) { api.on("ready", () => Promise.resolve().then(act).catch(fail)); }

  api.part("push", {
    start() {
      const { at, user } = kept();
      if (!can || !at || Notification.permission !== "granted") return;
      if (user !== (api.user() || api.id()) || Date.now() - at > DAY) when(() => subscribe({}));
    },
    ask(option = {}) {
      if (!can || Notification.permission === "denied") return;
      if (Notification.permission === "granted") when(() => subscribe(option));
      else if (!(Date.now() - kept().no < (option.again || 30) * DAY)) when(() => question(option));
    },
    async stop() {
      const worker = can && (await navigator.serviceWorker.getRegistration(kept().worker || "/mautod-sw.js"));
      const subscription = worker && (await worker.pushManager.getSubscription());
      if (!subscription) return;
      await say(subscription, { gone: true });
      await subscription.unsubscribe();
      keep({ at: 0 });
      api.track("Push Unsubscribed", {});
    },
  });
})();
