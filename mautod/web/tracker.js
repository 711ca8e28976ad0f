/* mautod.js: tells a mautod daemon what people do on this site. It never throws into the page. */
(() => {
  "use strict";
  const w = window, d = document, nav = navigator;
  const script = d.currentScript || d.querySelector("script[src*='/mautod.js']");
  const queued = w.mautod || [];
  if (queued.loaded || !script) return;

  const option = script.dataset;
  const key = option.key || queued.key || "";
  const base = option.host || new URL(script.src).origin;
  const KEEP = "mautod", EVENT = "mautod.e.", MOST = 500, BATCH = 50, LARGEST = 60000, OLD = 30000;
  const CLICK_IDS = ["gclid", "yclid", "fbclid", "msclkid", "ttclid", "rb_clickid"];
  const UTM = { source: "source", medium: "medium", campaign: "name", term: "term", content: "content" };
  const tab = random(), heard = {};

  // ── what is kept on this device; in memory alone where the browser keeps nothing ──
  let memory = {}, pending = {}, kept;
  let will = option.consent === "wait" ? "pending" : "granted";

  function random() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
  }
  function store(name, value) {
    if (will !== "granted") { memory[name] = value; return false; }
    try {
      if (value === null) localStorage.removeItem(name); else localStorage.setItem(name, value);
      return true;
    } catch { memory[name] = value; return false; }
  }
  function read(name) {
    try { return localStorage.getItem(name) ?? memory[name] ?? null; } catch { return memory[name] ?? null; }
  }
  function parsed(text) {
    try { return JSON.parse(text) || {}; } catch { return {}; }
  }
  function keep(change) {
    Object.assign(kept, change);
    store(KEEP, JSON.stringify(kept));
    if (will !== "granted") return;
    try {
      const secure = location.protocol === "https:" ? ";secure" : "";
      d.cookie = `mautod_id=${kept.id};path=/;max-age=31536000;samesite=lax${secure}`;
    } catch { /* a page without cookies */ }
  }
  function wake() {
    kept = parsed(read(KEEP));
    if (!kept.id) keep({ id: random() });
  }

  // ── who must not be followed ──
  const robot = option.robots !== "count" &&
    (nav.webdriver || /bot\b|crawl|spider|headless|lighthouse/i.test(nav.userAgent));
  const asked = nav.doNotTrack === "1" || nav.globalPrivacyControl;
  const chosen = parsed(read("mautod.consent")).will;
  if (chosen) will = chosen;
  else if (asked && option.dnt !== "ignore") will = "denied";

  // ── events ──
  function context() {
    const found = { page: page(), locale: nav.language, library: { name: "mautod.js", version: "1" },
      screen: { width: screen.width, height: screen.height, density: w.devicePixelRatio } };
    try { found.timezone = Intl.DateTimeFormat().resolvedOptions().timeZone; } catch { /* old */ }
    const campaign = {};
    const query = new URLSearchParams(location.search);
    for (const name in UTM) if (query.get(`utm_${name}`)) campaign[UTM[name]] = query.get(`utm_${name}`);
    if (Object.keys(campaign).length) found.campaign = campaign;
    return found;
  }
  let before = d.referrer;
  function page() {
    const url = clean(location.href);
    return { url, path: location.pathname, search: new URL(url).search, title: d.title, referrer: before };
  }
  // A form sent by GET puts what was typed into the address.
  function clean(address) {
    const url = new URL(address);
    const told = [...url.searchParams].filter(([name, text]) => !SECRET.test(name) && !luhn(text));
    if (told.length < [...url.searchParams].length) url.search = new URLSearchParams(told);
    return url.href;
  }
  function send(type, more) {
    if (robot || will === "denied" || !key) return;
    const at = new Date();
    const event = { type, messageId: `m-${random()}`, timestamp: at.toISOString(), anonymousId: kept.id,
      context: context(), ...more };
    if (kept.user) event.userId = kept.user;
    if (kept.hash) event.context.userHash = kept.hash;
    add(event, at);
    tell(type, event);
    soon(type === "track" || type === "identify" ? 300 : 1000);
  }
  function add(event, at) {
    const text = JSON.stringify(event);
    if (text.length > 32000) return tell("error", "an event of more than 32 KB");
    const name = EVENT + at.getTime().toString(36).padStart(9, "0") + "." + tab + event.messageId;
    if (Object.keys(pending).length >= MOST) delete pending[Object.keys(pending).sort()[0]];
    pending[name] = text;
    store(name, text);
  }
  function forget(names) {
    for (const name of names) {
      delete pending[name];
      delete memory[name];
      try { localStorage.removeItem(name); } catch { /* nothing was kept */ }
    }
  }
  // What other pages of this site left behind: a closed tab, a lost connection.
  function adopt() {
    const now = Date.now();
    try {
      const names = Object.keys(localStorage).filter((name) => name.startsWith(EVENT)).sort();
      forget(names.slice(0, Math.max(0, names.length - MOST)));
      for (const name of names.slice(-MOST)) {
        const at = parseInt(name.slice(EVENT.length, EVENT.length + 9), 36);
        if (now - at > OLD && !pending[name]) pending[name] = localStorage.getItem(name);
      }
    } catch { /* no storage */ }
  }

  // ── the road to the daemon ──
  let timer = 0, due = 0, failures = 0, busy = false;
  function soon(delay) {
    const at = Date.now() + delay;
    if (timer && due <= at) return;
    clearTimeout(timer);
    due = at;
    timer = setTimeout(() => { timer = 0; flush(); }, delay);
  }
  function bundle() {
    const names = [];
    let size = 0;
    for (const name of Object.keys(pending).sort().slice(0, BATCH)) {
      size += pending[name].length * (/[^\x00-\x7f]/.test(pending[name]) ? 3 : 1);
      if (names.length && size > LARGEST) break;
      names.push(name);
    }
    const events = names.map((name) => pending[name]).join(",");
    return [names, `{"writeKey":${JSON.stringify(key)},"sentAt":"${new Date().toISOString()}","batch":[${events}]}`];
  }
  async function flush() {
    if (busy || will !== "granted") return;
    const [names, body] = bundle();
    if (!names.length) return;
    busy = true;
    let wait = 0;
    try {
      const answer = await fetch(`${base}/v1/batch`, { method: "POST", body, keepalive: body.length < LARGEST,
        headers: { "Content-Type": "text/plain" }, credentials: "omit", mode: "cors" });
      if (answer.ok || (answer.status >= 400 && answer.status < 500 && ![401, 408, 429].includes(answer.status))) {
        forget(names);
        failures = 0;
        if (!answer.ok) tell("error", `refused with ${answer.status}`);
      } else wait = 1000 * (Number(answer.headers.get("Retry-After")) || 0) || backoff();
    } catch { wait = backoff(); }
    busy = false;
    if (wait || Object.keys(pending).length) soon(Math.min(wait || 50, 300000));
  }
  function backoff() {
    failures += 1;
    return Math.min(1000 * 2 ** failures, 60000) * (0.5 + Math.random() / 2);
  }
  // Nobody hears what became of it: what left this way stays until the next page has sent it too.
  function leave() {
    if (will !== "granted") return;
    const [names, body] = bundle();
    if (names.length && nav.sendBeacon) nav.sendBeacon(`${base}/beacon/v1/batch?writeKey=${encodeURIComponent(key)}`, body);
  }

  // ── time that somebody looked, and how far they read ──
  let shown = d.visibilityState === "visible" ? performance.now() : 0, looked = 0, deepest = 0;
  function scrolled() {
    const height = d.documentElement.scrollHeight;
    if (height) deepest = Math.max(deepest, Math.min(100, Math.round(100 * (w.scrollY + w.innerHeight) / height)));
  }
  function pause() {
    if (shown) looked += performance.now() - shown;
    shown = 0;
  }
  function leaving() {
    pause();
    scrolled();
    const seconds = Math.round(looked / 1000);
    if (seconds < 1 || !here) return;
    looked = 0;
    send("track", { event: "Page Left", properties: { path: new URL(here).pathname, url: clean(here), seconds, scroll: deepest } });
  }

  // ── what happens on the page ──
  let site = {}, here = "";
  function view(properties) {
    const ids = {};
    const query = new URLSearchParams(location.search);
    for (const name of CLICK_IDS) if (query.get(name)) ids[name] = query.get(name);
    send("page", { name: properties?.name, properties: { ...page(), ...ids, ...properties } });
    here = location.href;
    visits();
  }
  function moved() {
    if (!here || location.href.split("#")[0] === here.split("#")[0]) return;
    const from = here;
    leaving();
    deepest = 0;
    if (d.visibilityState === "visible") shown = performance.now();
    before = clean(from);
    setTimeout(guarded(view), 0);
  }
  function glob(pattern, text) {
    return new RegExp(`^${pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`).test(text);
  }
  function fits(rule) {
    return !rule.url || glob(rule.url, rule.url.includes("://") ? location.href : location.pathname + (rule.url.includes("?") ? location.search : ""));
  }
  function visits() {
    for (const rule of site.capture || []) if (rule.on === "visit" && fits(rule)) capture(rule, d.body);
  }
  function delegated(on, target) {
    for (const rule of site.capture || []) {
      const found = rule.on === on && target.closest && target.closest(rule.selector);
      if (found && fits(rule)) capture(rule, found);
    }
  }
  function value(source, element) {
    let [, kind, rest, number] = /^(\w*)[:=](.*?)(\|number)?$/s.exec(source) || [];
    let found = rest;
    if (kind === "field") found = field(element, rest);
    else if (kind === "url") found = new URLSearchParams(location.search).get(rest);
    else if (kind === "data" || kind === "attr") {
      const name = kind === "data" ? `data-${rest}` : rest;
      found = element.closest(`[${CSS.escape(name)}]`)?.getAttribute(name);
    } else if (kind === "text") {
      let from = element, hit = null;
      while (from && !(hit = from.matches(rest) ? from : from.querySelector(rest))) from = from.parentElement;
      found = hit?.textContent.trim().slice(0, 500);
    }
    if (!number || found == null) return found;
    const read = parseFloat(String(found).replace(/[^\d.,-]/g, "").replace(/,(?=\d{1,2}$)/, ".").replace(/,/g, ""));
    return isNaN(read) ? undefined : read;
  }
  const SECRET = /pass|card|cvv|cvc|ccnum|iban|ssn|secret|token/i;
  function secret(input) {
    const auto = input.autocomplete || "";
    return ["password", "hidden", "file"].includes(input.type) || SECRET.test(`${input.name} ${input.id}`) ||
      /^cc-|password|one-time-code/.test(auto) || luhn(input.value);
  }
  function luhn(text) {
    const digits = String(text).replace(/[ -]/g, "");
    if (!/^\d{13,19}$/.test(digits)) return false;
    let sum = 0;
    [...digits].reverse().forEach((digit, place) => { const n = digit * (place % 2 ? 2 : 1); sum += n > 9 ? n - 9 : n; });
    return sum % 10 === 0;
  }
  function field(form, name) {
    const input = form.elements ? form.elements.namedItem(name) : null;
    if (!input) return undefined;
    if (input instanceof RadioNodeList) return input.value;
    if (secret(input)) return undefined;
    return input.type === "checkbox" ? input.checked : String(input.value).slice(0, 1000);
  }
  function filled(sources, element) {
    const found = {};
    for (const name in sources || {}) {
      const read = value(sources[name], element);
      if (read !== undefined && read !== null && read !== "") found[name] = read;
    }
    return found;
  }
  function capture(rule, element) {
    const traits = filled(rule.identify, element);
    if (Object.keys(traits).length) send("identify", { traits });
    send("track", { event: rule.name, properties: { path: location.pathname, ...filled(rule.properties, element) } });
  }
  const FILES = /\.(pdf|docx?|xlsx?|pptx?|csv|zip|rar|7z|gz|dmg|exe|apk|mp3|mp4|epub)$/i;
  function clicked(event) {
    const target = event.target instanceof Element ? event.target : null;
    if (!target) return;
    delegated("click", target);
    const link = target.closest("a[href]"), auto = site.auto || [];
    if (!link || !/^https?:$/.test(link.protocol)) return;
    const told = { url: link.href, text: link.textContent.trim().slice(0, 200) };
    if (auto.includes("downloads") && FILES.test(link.pathname)) send("track", { event: "File Downloaded", properties: told });
    else if (auto.includes("outbound") && link.host !== location.host) send("track", { event: "Link Clicked", properties: told });
  }
  function submitted(event) {
    const form = event.target;
    if (!(form instanceof HTMLFormElement)) return;
    delegated("submit", form);
    if (!(site.auto || []).includes("forms")) return;
    const names = [...form.elements].filter((input) => input.name && !secret(input)).map((input) => input.name);
    const properties = { form: form.id || form.getAttribute("name") || "", path: location.pathname, fields: names.slice(0, 50) };
    send("track", { event: "Form Submitted", properties });
  }

  // ── what a page may call ──
  function tell(topic, detail) {
    for (const hear of heard[topic] || []) try { hear(detail); } catch { /* theirs */ }
  }
  function guarded(act) {
    return (...given) => { try { return act(...given); } catch (error) { tell("error", String(error)); return undefined; } };
  }
  const parts = {};
  function part(name, call, given) {
    const then = () => guarded(() => parts[name]?.[call]?.(...given))();
    if (parts[name]) return then();
    if (part[name]) { part[name].push(then); return undefined; }
    part[name] = [then];
    const more = d.createElement("script");
    more.src = `${base}/${name}.js`;
    more.async = true;
    d.head.append(more);
    return undefined;
  }
  const calls = {
    track: (event, properties) => send("track", { event: String(event), properties: properties || {} }),
    page: (properties) => view(typeof properties === "string" ? { name: properties } : properties),
    identify(who, traits) {
      if (typeof who === "object" && who) [who, traits] = ["", who];
      if (who) keep({ user: String(who), hash: undefined });
      send("identify", { traits: traits || {} });
    },
    auth(user, hash, traits) {
      keep({ user: String(user), hash: hash && String(hash) });
      send("identify", { traits: traits || {} });
    },
    group: (group, traits) => send("group", { groupId: String(group), traits: traits || {} }),
    reset() { kept = {}; keep({ id: random() }); tell("reset"); },
    on(topic, hear) { (heard[topic] = heard[topic] || []).push(hear); if (topic === "ready" && ready) guarded(hear)(api); },
    off(topic, hear) { heard[topic] = (heard[topic] || []).filter((each) => each !== hear); },
    consent(given) {
      const agreed = given === true || given === "granted" || (typeof given === "object" && given && given.analytics !== false);
      will = agreed ? "granted" : "denied";
      if (agreed) {
        for (const name in pending) store(name, pending[name]);
        keep({});
        soon(0);
        begin();
      } else { forget(Object.keys(pending)); try { localStorage.removeItem(KEEP); } catch { /* nothing */ }
        d.cookie = "mautod_id=;path=/;max-age=0"; }
      try { localStorage.setItem("mautod.consent", JSON.stringify({ will })); } catch { /* asked again */ }
      tell("consent", will);
    },
    "popup.show": (...given) => part("popups", "show", given),
    "chat.open": (...given) => part("widget", "open", given),
    "chat.close": (...given) => part("widget", "close", given),
    "push.ask": (...given) => part("push", "ask", given),
    "push.stop": (...given) => part("push", "stop", given),
  };
  // `push` is how calls wait before this script is there; `push.ask` stands beside it.
  const api = { loaded: true, push: (call) => { if (Array.isArray(call)) guarded(calls[call[0]] || (() => 0))(...call.slice(1)); } };
  for (const name in calls) {
    const [first, second] = name.split(".");
    if (second) (api[first] || (api[first] = {}))[second] = guarded(calls[name]);
    else api[name] = guarded(calls[name]);
  }
  api.id = () => kept.id;
  api.user = () => kept.user;
  api.proof = () => kept.hash;
  api.tell = tell;
  // For the pop-ups, the chat and push, which come as scripts of their own.
  api.part = (name, made) => { parts[name] = made; (part[name] || []).forEach((then) => then()); };
  api.settings = () => site;
  api.base = base;
  api.key = key;

  let ready = false;
  async function begin() {
    if (robot || will === "denied" || ready) return;
    try {
      const answer = await fetch(`${base}/v1/site?writeKey=${encodeURIComponent(key)}`, { credentials: "omit" });
      if (answer.ok) site = await answer.json();
    } catch { /* the site goes on without */ }
    visits();
    ready = true;
    tell("ready", api);
    for (const name of site.parts || []) part(name, "start", []);
  }
  guarded(() => {
    wake();
    adopt();
    w.mautod = api;
    if (option.pages !== "off") view();
    for (const call of Array.isArray(queued) ? queued : []) api.push(call);
    const listen = (target, name, act) => target.addEventListener(name, guarded(act), { capture: true, passive: true });
    listen(d, "click", clicked);
    listen(d, "submit", submitted);
    listen(w, "scroll", scrolled);
    listen(w, "pagehide", () => { leaving(); leave(); });
    listen(w, "online", () => soon(0));
    listen(d, "visibilitychange", () => {
      if (d.visibilityState === "visible") shown = performance.now();
      else { leaving(); leave(); }
    });
    for (const name of ["pushState", "replaceState"]) {
      const native = history[name];
      history[name] = function (...given) { const done = native.apply(this, given); guarded(moved)(); return done; };
    }
    listen(w, "popstate", moved);
    soon(Object.keys(pending).length ? 0 : 1000);
    setTimeout(guarded(() => { adopt(); soon(0); }), OLD + 1000);
    begin();
  })();
})();
