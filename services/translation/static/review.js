"use strict";
// For those who read all day: Ctrl+Enter sends, j and k go through the queue. Everything works without this.
(() => {
  const form = document.getElementById("reading");
  const items = [...document.querySelectorAll("a[data-item]")];
  document.addEventListener("keydown", (event) => {
    if (form && event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      form.requestSubmit(form.querySelector("button[data-send]"));
      return;
    }
    const typing = event.target instanceof Element && event.target.closest("input, textarea, select");
    if (typing || event.ctrlKey || event.metaKey || event.altKey || !items.length) return;
    const step = { j: 1, k: -1 }[event.key];
    if (!step) return;
    const at = items.indexOf(document.activeElement);
    items[Math.min(Math.max(at + step, 0), items.length - 1)].focus();
  });
})();
