"use strict";
// Shows what was pushed; the page behind it is the family's own. The tag makes a push that came twice one notice.
self.addEventListener("push", (event) => {
  const notice = event.data ? event.data.json() : {};
  event.waitUntil(
    self.registration.showNotification(notice.title || "", {
      body: notice.body || "",
      lang: notice.lang || "en",
      dir: notice.dir || "auto",
      tag: notice.tag,
      data: { url: notice.url },
    }),
  );
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  const url = event.notification.data && event.notification.data.url;
  if (url) event.waitUntil(self.clients.openWindow(url));
});
