"use strict";
// The offer is hidden until here, so a page without scripts, or a browser without push, simply does not have it.
(async () => {
  const offer = document.getElementById("push-offer");
  if (!offer || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const { key, url } = offer.dataset;
  const [on, off] = offer.querySelectorAll("button");
  const status = offer.querySelector("[role=status]");
  const worker = await navigator.serviceWorker.register("/notifications/push/worker.js", { scope: "/notifications/" });

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (char) => char.charCodeAt(0));
  };
  const post = (path, body) =>
    fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  const show = (subscribed, said) => {
    on.hidden = subscribed;
    off.hidden = !subscribed;
    if (said) status.textContent = said;
  };

  on.addEventListener("click", async () => {
    try {
      const found = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
      const answer = await post(url, found.toJSON());
      if (!answer.ok) throw new Error(String(answer.status));
      show(true, status.dataset.on);
    } catch {
      show(false, status.dataset.refused);
    }
  });
  off.addEventListener("click", async () => {
    const found = await worker.pushManager.getSubscription();
    if (found) {
      await post(`${url}/off`, { endpoint: found.endpoint });
      await found.unsubscribe();
    }
    show(false, status.dataset.off);
  });

  show(Boolean(await worker.pushManager.getSubscription()), "");
  offer.hidden = false;
})();
