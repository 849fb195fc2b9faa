"use strict";
// Everything here is extra: the page is answered, saved and sent without it. Loads after the page stands.
(function () {
  var form = document.getElementById("survey");
  var sent = document.getElementById("sent");
  var list = document.getElementById("queue");
  var mine = "typed:" + location.pathname;

  // What was typed and not sent yet outlives a reload, on this telephone, for this link only.
  function fields() {
    return [].filter.call(form.elements, function (e) { return e.name && e.name[0] !== "_" && e.name !== "wish"; });
  }
  function keep() {
    var typed = { rev: form.elements._rev ? form.elements._rev.value : "", said: {} };
    fields().forEach(function (e) {
      var box = e.type === "radio" || e.type === "checkbox";
      if (box ? e.checked : e.value) (typed.said[e.name] = typed.said[e.name] || []).push(e.value);
    });
    try { localStorage.setItem(mine, JSON.stringify(typed)); } catch (full) { /* then the page alone holds it */ }
  }
  function restore() {
    var typed = JSON.parse(localStorage.getItem(mine) || "null");
    var rev = form.elements._rev ? form.elements._rev.value : "";
    if (!typed || (rev && typed.rev !== rev)) return;
    fields().forEach(function (e) {
      var said = typed.said[e.name];
      if (!said) return;
      if (e.type === "radio" || e.type === "checkbox") e.checked = said.indexOf(e.value) >= 0;
      else e.value = said[0];
    });
    form.dispatchEvent(new Event("change", { bubbles: true }));
  }
  try {
    // another person's link on the same telephone: what the one before has typed is not left lying about
    Object.keys(localStorage).forEach(function (key) {
      if (key.indexOf("typed:") === 0 && (key !== mine || sent)) localStorage.removeItem(key);
    });
    if (form) {
      restore();
      form.addEventListener("input", keep);
    }
  } catch (none) { /* storage is switched off: nothing is kept */ }

  var faults = document.getElementById("faults");
  if (faults) faults.focus();

  if (!("serviceWorker" in navigator) || !window.indexedDB) return;

  // What waits on this telephone and what has gone, for this link only.
  function show() {
    if (!list) return;
    var open = indexedDB.open("surveys", 1);
    open.onupgradeneeded = function () { open.result.createObjectStore("queue", { keyPath: "key" }); };
    open.onsuccess = function () {
      var all = open.result.transaction("queue").objectStore("queue").getAll();
      all.onsuccess = function () {
        open.result.close();
        list.textContent = "";
        all.result.filter(function (one) { return one.path === location.pathname; }).forEach(function (one) {
          var line = document.createElement("li");
          line.dataset.state = one.state;
          var time = document.createElement("time");
          time.dateTime = one.at;
          time.textContent = new Date(one.at).toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
          line.append(time, " · ", list.dataset[one.state] || one.state);
          list.append(line);
        });
        if (list.parentElement) list.parentElement.hidden = !list.childElementCount;
      };
    };
  }

  addEventListener("load", function () {
    navigator.serviceWorker.addEventListener("message", function (event) {
      if (event.data === "sent" && list && !sent) location.replace(location.pathname + location.search.replace(/[?&]queued=1/, ""));
      else show();
    });
    navigator.serviceWorker.register("/surveys/offline.js", { scope: "/surveys/s/" }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (registration) {
      function tell(what) { registration.active.postMessage({ what: what, path: location.pathname, lang: document.documentElement.lang }); }
      if (sent) tell("forget");
      else if (form) tell("keep");
      tell("send");
      addEventListener("online", function () { tell("send"); });
    }).catch(function () { /* no worker: the page goes on without */ });
    show();
  });
})();
