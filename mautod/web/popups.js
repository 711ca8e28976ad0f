/* Pop-ups of mautod: what the server chose for this visitor, shown when its moment comes. */
(() => {
  "use strict";
  const w = window, d = document, api = w.mautod;
  if (!api || !api.part || !api.base) return;
  const KEEP = "mautod.popups";
  const TEXTS = {
    en: { close: "Close", wrong: "Please check this field.", next: "Next", thanks: "Thank you!" },
    ru: { close: "Закрыть", wrong: "Проверьте это поле.", next: "Дальше", thanks: "Спасибо!" },
  };
  const STYLE = `
:host { all: initial; --accent: var(--mautod-accent, #1a56db); --ink: var(--mautod-ink, #1b1f24);
  --paper: var(--mautod-paper, #fff); --radius: var(--mautod-radius, 14px); --shade: var(--mautod-shade, rgba(15, 20, 30, .55)) }
* { box-sizing: border-box }
.veil { position: fixed; inset: 0; z-index: 2147483000; display: grid; place-items: center; padding: 16px; background: var(--shade); overflow: auto }
.box { position: relative; width: min(440px, 100%); max-height: 100%; overflow: auto; padding: 28px; border-radius: var(--radius); background: var(--paper);
  color: var(--ink); font: var(--mautod-font, 16px/1.5 system-ui, sans-serif); box-shadow: 0 18px 60px rgba(0, 0, 0, .3); animation: rise .25s ease-out }
.full .box { width: 100%; min-height: 100%; border-radius: 0; display: grid; place-content: center; justify-items: stretch }
.corner, .bar, .button { position: fixed; z-index: 2147483000 }
.corner { inset-block-end: 16px; inset-inline-end: 16px; width: min(360px, calc(100% - 32px)); max-height: calc(100% - 32px) }
.bar { inset-inline: 0; inset-block-end: 0 } .bar .box { width: 100%; border-radius: 0; padding: 14px 56px 14px 20px }
.bar form { display: flex; flex-wrap: wrap; gap: 12px; align-items: center } .bar h2 { font-size: 17px; margin: 0 } .bar p, .bar label { margin: 0 }
.button { inset-block-end: 20px; inset-inline-end: 20px } .embedded .box { width: 100%; box-shadow: none; border: 1px solid rgba(128, 128, 128, .3); animation: none }
h2 { margin: 0 0 8px; font-size: 22px; line-height: 1.25; overflow-wrap: anywhere; padding-inline-end: 24px } p { margin: 0 0 16px; white-space: pre-line; overflow-wrap: anywhere }
img { display: block; max-width: 100%; height: auto; border-radius: 8px; margin: 0 0 16px }
label, fieldset { display: block; margin: 0 0 12px; border: 0; padding: 0 } legend, .name { display: block; margin: 0 0 4px; font-size: 14px }
input:not([type=checkbox], [type=radio]), textarea, select { width: 100%; padding: 11px 12px; font: inherit; color: inherit; background: transparent;
  border: 1px solid rgba(128, 128, 128, .55); border-radius: 8px } .line { display: flex; gap: 8px; align-items: start; font-size: 14px }
.scale { display: flex; flex-wrap: wrap; gap: 6px } .scale label { margin: 0 } .scale input { position: absolute; opacity: 0 }
.scale span { display: grid; place-items: center; min-width: 36px; height: 36px; border: 1px solid rgba(128, 128, 128, .55); border-radius: 8px; cursor: pointer }
.scale input:checked + span { background: var(--accent); color: #fff; border-color: var(--accent) }
.go, .open { padding: 12px 20px; font: inherit; font-weight: 600; border: 0; border-radius: 8px; background: var(--accent); color: var(--mautod-on-accent, #fff); cursor: pointer }
.go { width: 100%; text-align: center; text-decoration: none; display: block } .bar .go { width: auto } .open { border-radius: 999px; box-shadow: 0 6px 24px rgba(0, 0, 0, .25) }
.close { position: absolute; inset-block-start: 8px; inset-inline-end: 8px; width: 36px; height: 36px; border: 0; border-radius: 50%; background: transparent;
  color: inherit; font: 22px/1 sans-serif; cursor: pointer; opacity: .65 } .close:hover { opacity: 1 }
:is(input, textarea, select, button, a):focus-visible, .scale input:focus-visible + span { outline: 3px solid var(--accent); outline-offset: 2px }
.wrong { color: #b42318; font-size: 14px; margin: -6px 0 12px } @keyframes rise { from { opacity: 0; transform: translateY(10px) } }
@media (prefers-reduced-motion: reduce) { * { animation: none !important } }
@media (prefers-color-scheme: dark) { :host { --ink: var(--mautod-ink, #e8eaed); --paper: var(--mautod-paper, #22262c) } }
@media (max-width: 480px) { .veil { place-items: end stretch; padding: 0 } .veil .box { border-end-start-radius: 0; border-end-end-radius: 0 } }`;
  let offers = [], page = "", views = Number(sessionStorage.getItem("mautod.views") || 0), stops = [], open = null, tries = 0;

  function kept() {
    try { return JSON.parse(localStorage.getItem(KEEP)) || {}; } catch { return {}; }
  }
  function keep(key, change) {
    const all = kept();
    all[key] = { ...all[key], ...change };
    try { localStorage.setItem(KEEP, JSON.stringify(all)); } catch { /* asked at the server alone */ }
  }
  // The server learns of what was seen a moment later than this page.
  function name(offer) { return offer.message ? `message ${offer.message}` : offer.key; }
  function fresh(offer) {
    const seen = kept()[name(offer)];
    if (!seen || offer.again === 0) return true;
    return !seen.answered && offer.again !== -1 && Date.now() - seen.at >= offer.again;
  }
  function el(name, attributes, ...children) {
    const made = d.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
    made.append(...children.filter((child) => child != null && child !== ""));
    return made;
  }
  function safe(address) {
    try {
      const url = new URL(address, location.href);
      return /^https?:$/.test(url.protocol) ? url.href : "";
    } catch { return ""; }
  }

  // ── which, and when ──
  async function ask() {
    page = location.href;
    const mobile = matchMedia("(max-width: 640px), (pointer: coarse) and (max-width: 900px)").matches;
    const body = JSON.stringify({ writeKey: api.key, anonymousId: api.id(), userId: api.user() || "", userHash: api.proof() || "",
      url: page.slice(0, 4096), language: navigator.language || "", device: mobile ? "mobile" : "desktop" });
    const answer = await fetch(`${api.base}/v1/popups`, { method: "POST", body, headers: { "Content-Type": "text/plain" }, credentials: "omit" });
    if (!answer.ok || page !== location.href) return;
    const told = await answer.json();
    if (told.retryAfterMs && tries++ < 4) { setTimeout(() => ask().catch(() => 0), told.retryAfterMs); return; }
    tries = 0;
    disarm();
    offers = told.popups || [];
    offers.filter(fresh).forEach(arm);
  }
  function viewed() {
    views += 1;
    try { sessionStorage.setItem("mautod.views", views); } catch { /* counts this page alone */ }
    disarm();
    ask().catch(() => 0);
  }
  function disarm() {
    stops.forEach((stop) => stop());
    stops = [];
  }
  function listen(target, name, act) {
    target.addEventListener(name, act, { passive: true });
    stops.push(() => target.removeEventListener(name, act));
  }
  function arm(offer) {
    const rule = offer.show, fire = once(() => show(offer));
    if (offer.kind === "embedded") return embed(offer);
    if (offer.kind === "button") return sticky(offer);
    if (rule.page && views !== rule.page) return;
    const others = ["after", "scroll", "exit", "idle", "seen", "event"].filter((name) => name in rule);
    if (rule.page && !others.length) return void fire();
    if ("after" in rule) later(rule.after, fire);
    if (rule.scroll) listen(w, "scroll", () => {
      if (100 * (w.scrollY + w.innerHeight) / d.documentElement.scrollHeight >= rule.scroll) fire();
    });
    if (rule.exit) {
      listen(d.documentElement, "mouseleave", (event) => { if (event.clientY <= 0) fire(); });
      // Fingers leave by a quick way up.
      let last = w.scrollY, at = Date.now();
      if (matchMedia("(pointer: coarse)").matches) listen(w, "scroll", () => {
        const now = Date.now();
        if (now - at > 100) { if ((last - w.scrollY) / (now - at) > 2) fire(); last = w.scrollY; at = now; }
      });
    }
    if (rule.idle) {
      let timer;
      const wait = () => { clearTimeout(timer); timer = setTimeout(fire, rule.idle); };
      for (const name of ["mousemove", "keydown", "scroll", "touchstart"]) listen(w, name, wait);
      stops.push(() => clearTimeout(timer));
      wait();
    }
    if (rule.seen) {
      const target = d.querySelector(rule.seen);
      const watch = new IntersectionObserver((seen) => { if (seen.some((each) => each.isIntersecting)) fire(); });
      if (target) watch.observe(target);
      stops.push(() => watch.disconnect());
    }
    if (rule.event) {
      const hear = (event) => { if (event.event === rule.event) fire(); };
      api.on("track", hear);
      stops.push(() => api.off("track", hear));
    }
  }
  function later(delay, fire) {
    const timer = setTimeout(fire, delay);
    stops.push(() => clearTimeout(timer));
  }
  function once(act) {
    let done = false;
    return () => { if (!done) { done = true; act(); } };
  }

  // ── how it looks ──
  function root(offer, place) {
    const host = el("div", { "data-mautod-popup": offer.key, lang: offer.language });
    const shadow = host.attachShadow({ mode: "open" });
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [sheet];
    } catch { shadow.append(el("style", {}, STYLE)); }
    (place || d.body).append(host);
    return [host, shadow];
  }
  function told(name, offer, more) {
    const properties = { popup: offer.key, path: location.pathname, ...more };
    if (offer.variant) properties.variant = offer.variant;
    if (offer.message) properties.message = offer.message;
    api.track(name, properties);
  }
  function place(offer) {
    const there = d.querySelector(offer.place);
    if (!there || there.querySelector(`[data-mautod-popup="${CSS.escape(offer.key)}"]`)) return;
    if (offer.message && !fresh(offer)) return;
    const [host, shadow] = root(offer, there);
    if (offer.message) keep(name(offer), { at: Date.now() });
    const frame = el("div", { class: "embedded", dir: "auto" });
    shadow.append(frame);
    step(offer, 0, { frame, close: () => host.remove(), answers: {} });
    told("Popup Shown", offer);
    stops.push(() => host.remove());
  }
  function sticky(offer) {
    const [host, shadow] = root(offer);
    const first = offer.steps[0];
    const opener = el("button", { class: "open", type: "button", dir: "auto" }, first.button || first.title);
    opener.addEventListener("click", () => show({ ...offer, kind: "modal", steps: first.button ? offer.steps.slice(offer.steps.length > 1 ? 1 : 0) : offer.steps }));
    shadow.append(el("div", { class: "button" }, opener));
    stops.push(() => host.remove());
  }
  // Tabs learn of each other's notes late; a lock, held as long as the page lives, they know at once.
  function alone(offer, act) {
    if (!offer.message || !navigator.locks) return act();
    return navigator.locks.request(`mautod.${name(offer)}`, { ifAvailable: true }, (lock) => {
      if (!lock) return null;
      act();
      return new Promise(() => 0);
    });
  }
  const show = (offer) => alone(offer, () => draw(offer));
  const embed = (offer) => alone(offer, () => place(offer));
  function draw(offer) {
    if (open || (offer.message && !fresh(offer))) return;
    const [host, shadow] = root(offer);
    const modal = offer.kind === "modal" || offer.kind === "full";
    const frame = el("div", { class: modal ? `veil ${offer.kind}` : offer.kind, dir: "auto", role: "dialog", "aria-modal": modal ? "true" : false, "aria-labelledby": "title" });
    const before = d.activeElement;
    const close = () => {
      if (!open) return;
      open = null;
      d.removeEventListener("keydown", keys, true);
      host.remove();
      if (before && before.focus) before.focus();
    };
    const closed = () => { told("Popup Closed", offer, { step: state.at + 1 }); close(); };
    const keys = (event) => {
      if (event.key === "Escape") { event.stopPropagation(); closed(); }
      if (event.key === "Tab" && modal) trap(event, shadow);
    };
    const state = { frame, close, closed, answers: {}, at: 0, modal };
    open = { offer, close };
    if (modal) frame.addEventListener("click", (event) => { if (event.target === frame) closed(); });
    d.addEventListener("keydown", keys, true);
    shadow.append(frame);
    step(offer, 0, state);
    keep(name(offer), { at: Date.now() });
    told("Popup Shown", offer);
    api.tell("popup", offer.key);
  }
  function trap(event, shadow) {
    const all = [...shadow.querySelectorAll("button, a[href], input, textarea, select")].filter((each) => !each.disabled);
    const at = all.indexOf(shadow.activeElement);
    const next = all[(at + (event.shiftKey ? all.length - 1 : 1)) % all.length];
    if (next) { event.preventDefault(); next.focus(); }
  }
  function step(offer, at, state) {
    state.at = at;
    const now = offer.steps[at], texts = TEXTS[(offer.language || "en").slice(0, 2)] || TEXTS.en;
    const form = el("form", { novalidate: true });
    if (now.image) form.append(el("img", { src: safe(now.image), alt: "" }));
    if (now.title) form.append(el("h2", { id: "title" }, now.title));
    if (now.text) form.append(el("p", {}, now.text));
    if (now.html) {
      const own = el("div");
      own.innerHTML = now.html;
      own.querySelectorAll("[data-close]").forEach((each) => each.addEventListener("click", state.closed || state.close));
      form.append(own);
    }
    const inputs = now.fields.map((field) => build(field, form));
    if (now.button && now.link && !now.fields.length) {
      const link = el("a", { class: "go", href: safe(now.link) }, now.button);
      link.addEventListener("click", () => told("Popup Clicked", offer, { step: at + 1, url: now.link }));
      form.append(link);
    } else if (now.button || offer.steps.length > at + 1) form.append(el("button", { class: "go" }, now.button || texts.next));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      form.querySelectorAll(".wrong").forEach((each) => each.remove());
      const wrong = inputs.filter((input) => !input.fits());
      if (wrong.length) return refuse(wrong, texts);
      for (const input of inputs) Object.assign(state.answers, input.read());
      if (!now.fields.length) told("Popup Clicked", offer, { step: at + 1 });
      if (at + 1 < offer.steps.length) return step(offer, at + 1, state);
      return finish(offer, state, now, texts);
    });
    const box = el("div", { class: "box" }, form);
    if (state.closed) {
      const close = el("button", { class: "close", type: "button", "aria-label": texts.close }, "×");
      close.addEventListener("click", state.closed);
      box.append(close);
    }
    state.frame.replaceChildren(box);
    const first = form.querySelector("input, textarea, select, .go") || box.querySelector(".close");
    if (state.modal && first) first.focus({ preventScroll: true });
  }
  function refuse(wrong, texts) {
    for (const input of wrong) input.element.after(el("div", { class: "wrong", role: "alert" }, texts.wrong));
    wrong[0].element.querySelector("input, textarea, select").focus();
  }
  function finish(offer, state, now, texts) {
    const asked = offer.steps.flatMap((each) => each.fields);
    if (asked.length) {
      const traits = {}, topics = [];
      for (const field of asked) {
        const answer = state.answers[field.name];
        if (field.save && answer !== undefined && answer !== "") traits[field.name] = answer;
        if (field.topic && answer) topics.push([field.topic, field.label]);
      }
      if (Object.keys(traits).length) api.identify(traits);
      told("Popup Submitted", offer, { ...state.answers,
        ...(topics.length ? { topics: topics.map(([topic]) => topic), agreed: topics.map(([, text]) => text).join("\n") } : {}) });
      keep(name(offer), { answered: true, at: Date.now() });
    }
    if (now.link) { location.assign(safe(now.link)); return; }
    if (!asked.length && !offer.done) return state.close();
    const said = el("div", { class: "box", role: "status" }, el("h2", { id: "title" }, offer.done || texts.thanks));
    if (state.closed) {
      const close = el("button", { class: "close", type: "button", "aria-label": texts.close }, "×");
      close.addEventListener("click", state.close);
      said.append(close);
      setTimeout(state.close, 6000);
    }
    state.frame.replaceChildren(said);
    said.querySelector(".close")?.focus();
  }
  function build(field, form) {
    const name = `f-${field.name}`;
    let element, fits, read;
    const scale = { nps: [0, 10], rating: [1, 5] }[field.type];
    if (scale || field.type === "choice") {
      const values = scale ? Array.from({ length: scale[1] - scale[0] + 1 }, (_, n) => n + scale[0]) : field.values;
      const options = values.map((value, at) => {
        const input = el("input", { type: "radio", name, value });
        return el("label", scale ? {} : { class: "line" }, input, el("span", {}, String(scale ? value : field.options[at])));
      });
      element = el("fieldset", {}, el("legend", {}, field.label), el("div", { class: scale ? "scale" : "" }, ...options));
      const picked = () => element.querySelector("input:checked");
      fits = () => !field.required || picked();
      read = () => (picked() ? { [field.name]: scale ? Number(picked().value) : picked().value } : {});
    } else if (field.type === "checkbox" || field.type === "consent") {
      const input = el("input", { type: "checkbox", name });
      element = el("label", { class: "line" }, input, el("span", {}, field.label));
      fits = () => !field.required || input.checked;
      read = () => ({ [field.name]: input.checked });
    } else {
      const types = { email: "email", phone: "tel" };
      const input = field.type === "long" ? el("textarea", { name, rows: 3, maxlength: 2000 })
        : field.type === "select" ? el("select", { name }, el("option", { value: "" }, ""), ...field.values.map((value, at) => el("option", { value }, field.options[at])))
        : el("input", { name, type: types[field.type] || "text", autocomplete: types[field.type] || false, maxlength: 255 });
      element = el("label", {}, el("span", { class: "name" }, field.label), input);
      const shape = { email: /^[^\s@]+@[^\s@]+\.[^\s@.]{2,}$/, phone: /^\+?[\d\s()-]{6,20}$/ }[field.type];
      fits = () => (input.value.trim() ? !shape || shape.test(input.value.trim()) : !field.required);
      read = () => (input.value.trim() ? { [field.name]: input.value.trim() } : {});
    }
    form.append(element);
    return { element, fits, read };
  }

  api.part("popups", {
    start() {
      api.on("page", viewed);
      viewed();
    },
    show(key) {
      const found = offers.find((offer) => offer.key === key);
      if (found) show(found);
      else api.tell("error", `no pop-up ${key} for this visitor`);
    },
    preview: (offer) => show({ ...offer, kind: offer.kind === "embedded" || offer.kind === "button" ? "modal" : offer.kind }),
  });
})();
