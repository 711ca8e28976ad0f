/* The service worker of mautod's push messages: a file at the root of the site. */
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("push", (event) => {
  let told = {};
  try { told = event.data.json(); } catch { /* not one of ours */ }
  if (!told.title) return;
  const { title, body, icon, image, tag, url } = told;
  event.waitUntil(self.registration.showNotification(title, { body, icon, image, tag, data: { url } }));
});
self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { url } = event.notification.data || {};
  if (url && (/^https?:\/\//.test(url) || url.startsWith("/"))) event.waitUntil(self.clients.openWindow(url));
});
