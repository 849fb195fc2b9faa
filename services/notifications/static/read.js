"use strict";
// Two seconds on the screen: long enough that nobody but a reader does it. The button stays for pages without scripts.
(() => {
  const form = document.getElementById("read");
  if (!form) return;
  let timer = null;
  const said = () => {
    document.removeEventListener("visibilitychange", look);
    fetch(form.action, { method: "POST", redirect: "manual", keepalive: true }).then(() => form.remove());
  };
  const look = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") timer = setTimeout(said, 2000);
  };
  document.addEventListener("visibilitychange", look);
  look();
})();
