/* The chat of mautod: a button, a conversation, and a road that loses nothing and doubles nothing. */
(() => {
  "use strict";
  const w = window, d = document, api = w.mautod;
  if (!api || !api.part || !api.base) return;
  const KEEP = "mautod.chat", AWAKE = 30000;
  const TEXTS = {
    en: { open: "Open chat", close: "Close chat", write: "Message…", send: "Send", greeting: "How can we help?",
      away: "We are not here right now. Leave a message, and we answer by email.", email: "Your email, for the answer", types: "types…",
      wrong: "This is no email address.", lost: "No connection. Your message leaves as soon as there is one.", failed: "Not sent",
      read: "Read", sent: "Sent", waits: "Sending…", unread: "unread", fresh: "New message", log: "Conversation", you: "You" },
    ru: { open: "Открыть чат", close: "Закрыть чат", write: "Сообщение…", send: "Отправить", greeting: "Чем помочь?",
      away: "Сейчас никого нет. Оставьте сообщение, и мы ответим на почту.", email: "Ваша почта, для ответа", types: "пишет…",
      wrong: "Это не похоже на адрес почты.", lost: "Нет связи. Сообщение уйдёт, как только она появится.", failed: "Не отправлено",
      read: "Прочитано", sent: "Отправлено", waits: "Отправляется…", unread: "непрочитанных", fresh: "Новое сообщение", log: "Переписка", you: "Вы" },
  };
  const STYLE = `
:host { all: initial; --accent: var(--mautod-accent, #1a56db); --on: var(--mautod-on-accent, #fff); --ink: var(--mautod-ink, #1b1f24);
  --paper: var(--mautod-paper, #fff); --soft: var(--mautod-soft, #eef1f5); --radius: var(--mautod-radius, 14px) }
* { box-sizing: border-box } [hidden] { display: none !important }
.frame { font: var(--mautod-font, 15px/1.45 system-ui, sans-serif); color: var(--ink) }
.toggle { position: fixed; z-index: 2147482000; inset-block-end: 20px; inset-inline-end: 20px; width: 56px; height: 56px; border: 0; border-radius: 50%;
  background: var(--accent); color: var(--on); cursor: pointer; box-shadow: 0 6px 24px rgba(0, 0, 0, .25); display: grid; place-items: center }
.toggle svg { width: 26px; height: 26px; fill: currentColor }
.count { position: absolute; inset-block-start: -4px; inset-inline-end: -4px; min-width: 22px; height: 22px; padding: 0 6px; border-radius: 11px;
  background: #c81e1e; color: #fff; font-size: 13px; line-height: 22px; text-align: center }
.panel { position: fixed; z-index: 2147482001; inset-block-end: 88px; inset-inline-end: 20px; width: min(370px, calc(100vw - 32px)); height: min(560px, calc(100vh - 110px));
  display: flex; flex-direction: column; border-radius: var(--radius); background: var(--paper); box-shadow: 0 18px 60px rgba(0, 0, 0, .3); overflow: hidden; animation: rise .2s ease-out }
header { display: flex; align-items: center; gap: 8px; padding: 14px 16px; background: var(--accent); color: var(--on); font-weight: 600 }
header span { flex: 1; overflow: hidden; text-overflow: ellipsis; white-space: nowrap }
.close { width: 34px; height: 34px; border: 0; border-radius: 50%; background: transparent; color: inherit; font: 22px/1 sans-serif; cursor: pointer }
.log { flex: 1; overflow-y: auto; overscroll-behavior: contain; padding: 14px 16px; display: flex; flex-direction: column; gap: 8px }
.greeting { margin: 0 0 6px; white-space: pre-line; overflow-wrap: anywhere } .said { max-width: 82%; align-self: flex-start }
.said p { margin: 0; padding: 9px 12px; border-radius: 12px; background: var(--soft); white-space: pre-wrap; overflow-wrap: anywhere }
.said.mine { align-self: flex-end } .mine p { background: var(--accent); color: var(--on) } .by { font-size: 12px; opacity: .75; margin: 2px 4px; overflow-wrap: anywhere }
.mine .by { text-align: end } .types { min-height: 18px; padding: 0 18px; font-size: 13px; opacity: .75; overflow: hidden; white-space: nowrap; text-overflow: ellipsis }
.note { margin: 0; padding: 6px 16px; font-size: 13px; background: var(--soft) } .wrong { margin: 0 0 6px; color: #b42318; font-size: 13px }
form { padding: 10px 12px; border-top: 1px solid rgba(128, 128, 128, .3); display: flex; flex-wrap: wrap; gap: 8px }
textarea, input { font: inherit; color: inherit; background: transparent; border: 1px solid rgba(128, 128, 128, .55); border-radius: 8px; padding: 9px 11px }
input { flex: 1 0 100% } textarea { flex: 1; resize: none; height: 42px } .send { padding: 0 16px; min-height: 42px; border: 0; border-radius: 8px; background: var(--accent);
  color: var(--on); font: inherit; font-weight: 600; cursor: pointer }
:is(button, textarea, input, .log):focus-visible { outline: 3px solid var(--accent); outline-offset: 2px } header :focus-visible { outline-color: var(--on) }
.away { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%) }
@keyframes rise { from { opacity: 0; transform: translateY(10px) } } @media (prefers-reduced-motion: reduce) { * { animation: none !important } }
@media (prefers-color-scheme: dark) { :host { --ink: var(--mautod-ink, #e8eaed); --paper: var(--mautod-paper, #22262c); --soft: var(--mautod-soft, #333a43) } .wrong { color: #ff8f85 } }
@media (max-width: 480px) { .panel { inset: 0; width: 100%; height: 100%; height: 100dvh; border-radius: 0 } }`;
  const settings = api.settings().chat || {};
  const language = (navigator.language || settings.language || "en").slice(0, 2);
  const texts = TEXTS[language] || TEXTS[settings.language] || TEXTS.en;
  const told = (words) => (words && (words[language] || words[settings.language] || words[""] || Object.values(words)[0])) || "";

  // ── what this device keeps: its token, what it has read, and what is not on the server yet ──
  let kept = load(), parts = [], last = 0, shown = false, typing = null, seen = 0, emailed = false, refused = {};
  function load() {
    try { return JSON.parse(localStorage.getItem(KEEP)) || {}; } catch { return kept || {}; }
  }
  function keep(change) {
    kept = { ...load(), ...change };
    try { localStorage.setItem(KEEP, JSON.stringify(kept)); } catch { /* this page alone knows */ }
  }
  const waiting = () => Object.entries(kept.out || {}).sort((a, b) => a[1].at - b[1].at);
  function later(ref, words) {
    kept = load();
    const out = { ...kept.out };
    if (words) out[ref] = words; else delete out[ref];
    keep({ out });
  }
  const random = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, "0")).join("");

  // ── the road ──
  let socket = null, ready = false, failures = 0, polls = false, turn = 0, timer = 0, wanted = false, begun = false;
  const hello = () => ({ writeKey: api.key, anonymousId: api.id() || "", userId: api.user() || "", userHash: api.proof() || "", token: kept.token || "", after: last });
  const proved = () => !!(api.user() && api.proof());
  function connect() {
    clearTimeout(timer);
    if (!wanted || socket || polls) return;
    if (failures >= 2 && failures % 4) return void poll();
    const mine = ++turn;
    try { socket = new WebSocket(api.base.replace(/^http/, "ws") + "/live"); } catch { failures += 1; return again(); }
    const line = socket;
    let opened = false;
    const slow = setTimeout(() => line.close(), 8000);
    line.onopen = () => line.send(JSON.stringify(hello()));
    line.onmessage = (event) => {
      if (mine !== turn) return;
      clearTimeout(slow);
      if (!opened) { opened = true; failures = 0; ready = true; }
      take(JSON.parse(event.data));
      flush();
    };
    line.onclose = () => {
      clearTimeout(slow);
      if (mine !== turn) return;
      socket = null; ready = false; begun = false;
      if (!opened) failures += 1;
      again();
    };
  }
  function again() {
    draw();
    clearTimeout(timer);
    timer = setTimeout(connect, Math.min(500 * 2 ** failures, AWAKE) * (0.5 + Math.random() / 2));
  }
  async function ask(more) {
    const answer = await fetch(`${api.base}/v1/chat`, { method: "POST", body: JSON.stringify({ ...hello(), ...more }), credentials: "omit",
      headers: { "Content-Type": "text/plain" } });
    const read = await answer.json();
    if (!answer.ok) throw Object.assign(new Error(read.message), { told: read, status: answer.status });
    return read;
  }
  // Where no WebSocket gets through: requests that wait. Now and then a WebSocket is tried again.
  async function poll() {
    const mine = ++turn;
    polls = true;
    try {
      take(await ask({}));
      ready = true;
      flush();
      for (let times = 0; times < 20 && wanted && mine === turn; times += 1) {
        const news = await ask({ wait: kept.token || proved() ? 20000 : 0 });
        if (mine === turn) take(news);
        if (!kept.token && !proved()) await new Promise((done) => setTimeout(done, 2000));
      }
      failures = 0;
    } catch { failures += 1; }
    if (mine !== turn) return;
    polls = false; ready = false;
    again();
  }
  function tell(words) {
    if (socket && socket.readyState === 1) { socket.send(JSON.stringify(words)); return Promise.resolve(); }
    return ask(words).then(take, (error) => {
      if (error.status === 400 || error.status === 413) take({ error: error.told, ref: words.ref });
      else throw error;
    });
  }
  function flush() {
    if (!ready) return;
    const out = waiting().filter(([ref]) => !refused[ref]);
    if (out.length && !kept.token && !proved()) {
      if (!begun) { begun = true; tell({ begin: true }).catch(() => { begun = false; }); }
      return;
    }
    for (const [ref, words] of out) {
      if (words.line === turn) continue;
      words.line = turn;
      kept.out[ref].line = turn;
      tell({ text: words.text, ref, email: words.email || "", url: location.href.slice(0, 4096) }).catch(() => { if (kept.out[ref]) kept.out[ref].line = 0; again(); });
    }
    if (shown && d.visibilityState === "visible" && last > (kept.read || 0)) {
      keep({ read: last });
      tell({ read: last }).catch(() => 0);
    }
  }
  function take(news) {
    if (news.error) return refuse(news);
    if (news.token) { kept = load(); if (!kept.token) keep({ token: news.token, user: api.user() || "" }); else if (kept.token !== news.token) return void fresh(); }
    let came = 0;
    for (const part of news.parts || []) {
      if (part.ref && (load().out || {})[part.ref]) later(part.ref, null);
      if (parts.some((each) => each.id === part.id)) continue;
      parts.push(part);
      if (!part.mine && part.id > (kept.read || 0) && last) came += 1;
    }
    parts.sort((a, b) => a.id - b.id);
    last = parts.length ? parts[parts.length - 1].id : last;
    if (news.read) seen = Math.max(seen, news.read);
    typing = news.typing && (!typing || typing.at !== news.typing.at || typing.until > Date.now()) ? { name: news.typing.name, at: news.typing.at,
      until: typing && typing.at === news.typing.at ? typing.until : Date.now() + 6000 } : news.typing ? typing : null;
    if (typing) setTimeout(draw, 6100);
    if (came && !(shown && d.visibilityState === "visible")) alarm();
    draw();
    flush();
  }
  // Another tab was quicker to get a token: go on with that one.
  function fresh() {
    turn += 1; polls = false; ready = false; begun = false;
    if (socket) { const old = socket; socket = null; old.close(); }
    connect();
  }
  function refuse(news) {
    const { code } = news.error;
    if (news.ref && (code === "bad_input" || code === "too_large")) { refused[news.ref] = news.error.message; draw(); return; }
    if (news.ref && kept.out && kept.out[news.ref]) kept.out[news.ref].line = 0;
    begun = false;
    setTimeout(flush, 1000 * (news.retryAfter || 2));
  }

  // ── sound and title ──
  let title = "", blink = 0;
  function alarm() {
    if (!blink) {
      title = d.title;
      let on = false;
      blink = setInterval(() => { on = !on; d.title = on ? `● ${texts.fresh}` : title; }, 1000);
    }
    if (settings.sound === false) return;
    try {
      const audio = new (w.AudioContext || w.webkitAudioContext)(), tone = audio.createOscillator(), level = audio.createGain();
      tone.frequency.value = 660;
      level.gain.setValueAtTime(0.08, audio.currentTime);
      level.gain.exponentialRampToValueAtTime(0.001, audio.currentTime + 0.35);
      tone.connect(level).connect(audio.destination);
      tone.start(); tone.stop(audio.currentTime + 0.4);
      tone.onended = () => audio.close();
    } catch { /* nobody touched the page yet */ }
  }
  function calm() {
    if (blink) { clearInterval(blink); blink = 0; d.title = title; }
  }

  // ── how it looks; all words are text ──
  function el(name, attributes, ...children) {
    const made = d.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
    made.append(...children.filter((child) => child != null && child !== ""));
    return made;
  }
  let ui = null;
  function build() {
    const host = el("div", { "data-mautod-chat": "", lang: texts === TEXTS.ru ? "ru" : "en" });
    const shadow = host.attachShadow({ mode: "open" });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
    } catch { shadow.append(el("style", {}, STYLE)); }
    const icon = d.createElementNS("http://www.w3.org/2000/svg", "svg"), path = d.createElementNS("http://www.w3.org/2000/svg", "path");
    icon.setAttribute("viewBox", "0 0 24 24"); icon.setAttribute("aria-hidden", "true");
    path.setAttribute("d", "M4 3h16a2 2 0 0 1 2 2v11a2 2 0 0 1-2 2H9l-5 4v-4a2 2 0 0 1-2-2V5a2 2 0 0 1 2-2z");
    icon.append(path);
    ui = { host, shadow, count: el("span", { class: "count", hidden: true }), says: el("div", { class: "away", role: "status" }),
      log: el("div", { class: "log", role: "log", tabindex: "0", "aria-label": texts.log }), types: el("div", { class: "types", "aria-live": "polite" }), note: el("p", { class: "note", role: "status", hidden: true }),
      wrong: el("p", { class: "wrong", role: "alert", hidden: true }), email: el("input", { type: "email", autocomplete: "email", maxlength: 254, placeholder: texts.email, "aria-label": texts.email }),
      text: el("textarea", { rows: 1, maxlength: 4000, placeholder: texts.write, "aria-label": texts.write, dir: "auto" }) };
    ui.toggle = el("button", { class: "toggle", type: "button", "aria-expanded": "false" }, icon, ui.count);
    const closer = el("button", { class: "close", type: "button", "aria-label": texts.close }, "×");
    ui.form = el("form", { novalidate: true }, ui.wrong, ui.email, ui.text, el("button", { class: "send" }, texts.send));
    ui.panel = el("section", { class: "panel", role: "dialog", "aria-label": settings.name || texts.log, hidden: true },
      el("header", {}, el("span", { dir: "auto" }, settings.name || ""), closer), ui.log, ui.types, ui.note, ui.form);
    shadow.append(el("div", { class: "frame" }, ui.toggle, ui.panel, ui.says));
    ui.toggle.addEventListener("click", () => (shown ? close() : open()));
    closer.addEventListener("click", close);
    ui.panel.addEventListener("keydown", (event) => { if (event.key === "Escape") { event.stopPropagation(); close(); } });
    ui.text.addEventListener("keydown", (event) => { if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); say(); } });
    ui.text.addEventListener("input", writes);
    ui.form.addEventListener("submit", (event) => { event.preventDefault(); say(); });
    (d.body || d.documentElement).append(host);
  }
  let wrote = 0;
  function writes() {
    if (!ready || (!kept.token && !proved()) || !parts.length || Date.now() - wrote < 3000) return;
    wrote = Date.now();
    tell({ writes: true }).catch(() => 0);
  }
  const asksEmail = () => settings.open === false && !kept.email && !api.user();
  function say() {
    const text = ui.text.value.trim(), email = ui.email.value.trim();
    const unfit = asksEmail() && !/^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/.test(email);
    ui.wrong.hidden = !unfit;
    ui.wrong.textContent = unfit ? texts.wrong : "";
    if (unfit) return void ui.email.focus();
    if (!text) return;
    later(random(), { text, email: asksEmail() ? email : "", at: Date.now() });
    if (email && asksEmail()) keep({ email: true });
    wrote = 0;
    ui.text.value = "";
    begin();
    draw();
    flush();
  }
  function bubble(mine, text, by) {
    return el("div", { class: mine ? "said mine" : "said" }, el("p", { dir: "auto" }, text), by ? el("div", { class: "by", dir: "auto" }, by) : "");
  }
  function draw() {
    if (!ui) return;
    const unread = parts.filter((part) => !part.mine && part.id > (kept.read || 0)).length;
    ui.count.hidden = !unread || shown;
    ui.count.textContent = unread > 99 ? "99+" : String(unread);
    ui.toggle.setAttribute("aria-label", (shown ? texts.close : texts.open) + (unread && !shown ? `, ${unread} ${texts.unread}` : ""));
    ui.toggle.setAttribute("aria-expanded", String(shown));
    ui.panel.hidden = !shown;
    if (!shown) return;
    const low = ui.log.scrollHeight - ui.log.scrollTop - ui.log.clientHeight < 80;
    const greeting = settings.open === false ? told(settings.away) || texts.away : told(settings.greeting) || texts.greeting;
    const mine = parts.filter((part) => part.mine), lastMine = mine.length ? mine[mine.length - 1].id : 0;
    const out = waiting().filter(([ref]) => !parts.some((part) => part.ref === ref));
    ui.log.replaceChildren(el("p", { class: "greeting", dir: "auto" }, greeting),
      ...parts.map((part) => bubble(part.mine, part.text, part.mine ? (part.id === lastMine && !out.length ? (seen >= part.id ? texts.read : texts.sent) : "") : part.author || settings.name)),
      ...out.map(([ref, words]) => bubble(true, words.text, refused[ref] ? `${texts.failed}: ${refused[ref]}` : texts.waits)));
    if (low) ui.log.scrollTop = ui.log.scrollHeight;
    ui.types.textContent = typing && typing.until > Date.now() ? `${typing.name || settings.name || ""} ${texts.types}` : "";
    ui.note.hidden = ready || !failures;
    ui.note.textContent = ui.note.hidden ? "" : texts.lost;
    ui.email.hidden = !asksEmail();
  }
  function begin() {
    wanted = true;
    connect();
  }
  function open() {
    shown = true;
    calm();
    begin();
    draw();
    ui.log.scrollTop = ui.log.scrollHeight;
    (ui.email.hidden ? ui.text : ui.email).focus({ preventScroll: true });
    flush();
  }
  function close() {
    shown = false;
    draw();
    ui.toggle.focus({ preventScroll: true });
  }
  // Who logs out, or in as somebody else, begins anew.
  function forget() {
    kept = {};
    try { localStorage.removeItem(KEEP); } catch { /* nothing was kept */ }
    parts = []; last = 0; seen = 0; typing = null; refused = {};
    if (wanted) fresh();
    draw();
  }
  function known() {
    const user = api.user() || "";
    if (kept.user && kept.user !== user) return forget();
    if (user && kept.user !== user) { if (kept.token) keep({ user }); parts = []; last = 0; if (proved()) wanted = true; if (wanted) fresh(); }
  }

  build();
  api.on("reset", forget);
  api.on("identify", known);
  w.addEventListener("storage", (event) => { if (event.key === KEEP) { const before = kept.token; kept = load(); if (!before && kept.token) { wanted = true; fresh(); } draw(); flush(); } });
  w.addEventListener("online", () => { failures = 0; connect(); });
  d.addEventListener("visibilitychange", () => { if (d.visibilityState === "visible") { if (shown) calm(); connect(); flush(); } });
  if (kept.token || proved() || waiting().length) begin();
  draw();
  api.part("widget", { start() {}, open, close });
})();
