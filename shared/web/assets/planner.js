// While a plan is computed: look every two seconds whether it is there. Without it, the button on the page does the same.
"use strict";
(() => {
  const place = document.getElementById("progress");
  const look = async () => {
    const answer = await fetch(location.href, { credentials: "same-origin" });
    if (!answer.ok) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const fresh = page.getElementById("progress");
    if (fresh && fresh.dataset.running !== place.dataset.running) location.reload();
    else setTimeout(look, 2000);
  };
  if (place && place.dataset.running !== "0") setTimeout(look, 2000);
})();
