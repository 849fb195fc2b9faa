"use strict";
// The offer is hidden until here, so a page without scripts, or a browser without push, simply does not have it.
(async () => {
  const offer = document.getElementById("push-offer");
  if (!offer || !("serviceWorker" in navigator) || !("PushManager" in window)) return;
  const { key, url } = offer.dataset;
  const button = offer.querySelector("button");
  const status = offer.querySelector("[role=status]");
  const worker = await navigator.serviceWorker.register("/notifications/push/worker.js", { scope: "/notifications/" });

  const bytes = (text) => {
    const plain = atob(text.replace(/-/g, "+").replace(/_/g, "/"));
    return Uint8Array.from(plain, (char) => char.charCodeAt(0));
  };
  const post = (path, body) =>
    fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
  let current = await worker.pushManager.getSubscription();
  const show = (said) => {
    button.textContent = current ? button.dataset.off : button.dataset.on;
    button.classList.toggle("quiet", Boolean(current));
    status.textContent = said;
  };
  const switchOn = async () => {
    const made = await worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) });
    const answer = await post(url, made.toJSON());
    if (!answer.ok) throw new Error(String(answer.status));
    current = made;
    show(status.dataset.on);
  };
  const switchOff = async () => {
    await post(`${url}/off`, { endpoint: current.endpoint });
    await current.unsubscribe();
    current = null;
    show(status.dataset.off);
  };
  button.addEventListener("click", () => (current ? switchOff() : switchOn()).catch(() => show(status.dataset.refused)));

  show("");
  offer.hidden = false;
})();
