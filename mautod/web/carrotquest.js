/* Carrot quest's calls on a site that tells mautod: change the address of its script, and nothing else. */
(() => {
  "use strict";
  const w = window, d = document, mine = d.currentScript;
  const base = new URL(mine.src).origin;
  const waiting = w.carrotquestasync || [];
  const mautod = (w.mautod = w.mautod || []);
  const call = (...given) => w.mautod.push(given);
  const NAMES = {
    $product_viewed: "Product Viewed", $cart_added: "Product Added", $cart_viewed: "Cart Viewed",
    $order_started: "Checkout Started", $order_completed: "Order Completed", $order_paid: "Order Paid",
    $order_cancelled: "Order Cancelled", $order_refunded: "Order Refunded", $registered: "Signed Up",
    $authorized: "Signed In",
  };
  const FIELDS = { $name: "name", $url: "url", $amount: "price", $img: "image_url", $order_id: "order_id",
    $order_id_human: "order_number", $order_amount: "total", $items: "products" };
  const TRAITS = { $name: "name", $email: "email", $phone: "phone" };
  const OPERATIONS = { update_or_create: "set", set_once: "set_once", add: "add", append: "append", union: "union",
    exclude: "remove", delete: "unset" };
  const renamed = (given, names) => Object.fromEntries(Object.entries(given || {}).map(([name, value]) => [names[name] || name.replace(/^\$/, ""), value]));

  function products(params) {
    const lists = Object.values(params).filter(Array.isArray);
    if (!lists.length) return params;
    const products = Array.from({ length: Math.max(...lists.map((list) => list.length)) }, (_, place) =>
      Object.fromEntries(Object.entries(params).filter(([, list]) => Array.isArray(list)).map(([name, list]) => [name, list[place]])));
    return { ...Object.fromEntries(Object.entries(params).filter(([, value]) => !Array.isArray(value))), products };
  }
  function operations(list) {
    const traits = {};
    for (const { op = "update_or_create", key, value } of list) {
      const name = TRAITS[key] || String(key).replace(/^\$/, "");
      const does = OPERATIONS[op] || "set";
      if (does === "set") traits[name] = value;
      else if (does === "unset") (traits.$unset = traits.$unset || []).push(name);
      else (traits[`$${does}`] = traits[`$${does}`] || {})[name] = value;
    }
    return traits;
  }
  const calls = {
    connect(apiKey) {
      if (d.querySelector("script[data-mautod]")) return;
      const tracker = d.createElement("script");
      tracker.src = `${base}/mautod.js`;
      tracker.async = true;
      tracker.dataset.mautod = "";
      tracker.dataset.key = mine.dataset.key || apiKey;
      for (const name of ["consent", "robots", "dnt", "pages"]) if (mine.dataset[name]) tracker.dataset[name] = mine.dataset[name];
      d.head.append(tracker);
    },
    track(name, params) {
      const told = renamed(params, FIELDS);
      call("track", NAMES[name] || String(name).replace(/^\$/, ""), name === "$cart_viewed" ? products(told) : told);
    },
    identify: (given) => call("identify", Array.isArray(given) ? operations(given) : renamed(given, TRAITS)),
    auth: (user, hash) => call("auth", user, hash),
    oth: () => 0,
    open: () => call("chat.open"),
    onReady: (hear) => call("on", "ready", () => { state(); hear(); }),
    addCallback: (topic, hear) => call("on", topic, hear),
    removeCallback: (topic, hear) => call("off", topic, hear),
    trackMessageInteraction: () => 0,
    removeChat: () => call("chat.close"),
  };
  function state() {
    const user = (carrotquest.data.user = carrotquest.data.user || {});
    user.id = w.mautod.id ? w.mautod.id() : undefined;
  }
  const carrotquest = { settings: (w.carrotquest && w.carrotquest.settings) || {}, data: {} };
  for (const name in calls) carrotquest[name] = (...given) => { try { return calls[name](...given); } catch { return undefined; } };
  w.carrotquest = carrotquest;
  w.carrotquestasync = { push: (name, given) => carrotquest[name] && carrotquest[name](...given) };
  for (let place = 0; place < waiting.length; place += 2) w.carrotquestasync.push(waiting[place], waiting[place + 1] || []);
  if (mine.dataset.key) carrotquest.connect(mine.dataset.key);
  if (!mautod.loaded) state();
})();
