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
          if (one.body && one.state !== "waiting") words(line, one);
          list.append(line);
        });
        var kept = list.querySelector("details");
        [].forEach.call(document.querySelectorAll("[data-kept]"), function (e) { e.hidden = (e.dataset.kept === "no") === Boolean(kept); });
        if (list.parentElement) list.parentElement.hidden = !list.childElementCount;
      };
    };
  }

  // What was written and not taken: to be copied, or read out on the telephone, and then to go.
  function words(line, one) {
    var box = document.createElement("details");
    var name = document.createElement("summary");
    var gone = document.createElement("button");
    name.textContent = list.dataset.words;
    gone.textContent = list.dataset.forget;
    gone.type = "button";
    gone.className = "quiet";
    gone.onclick = function () { navigator.serviceWorker.controller.postMessage({ what: "drop", key: one.key }); };
    box.open = true;
    box.append(name);
    new URLSearchParams(one.body).forEach(function (said, field) {
      if (!said || field[0] === "_" || field === "wish") return;
      var text = document.createElement("p");
      text.dir = "auto";
      text.textContent = said;
      box.append(text);
    });
    box.append(gone);
    line.append(box);
  }

  var tell;
  addEventListener("load", function () {
    navigator.serviceWorker.addEventListener("message", function (event) {
      if (event.data > 0) setTimeout(function () { tell("send"); }, event.data);
      if (event.data === "sent" && list && !sent) location.replace(location.pathname + location.search.replace(/[?&]queued=1/, ""));
      else show();
    });
    navigator.serviceWorker.register("/surveys/offline.js", { scope: "/surveys/s/" }).then(function () {
      return navigator.serviceWorker.ready;
    }).then(function (registration) {
      tell = function (what) { registration.active.postMessage({ what: what, path: location.pathname, lang: document.documentElement.lang }); };
      if (sent) tell("forget");
      else if (form) tell("keep");
      tell("send");
      addEventListener("online", function () { tell("send"); });
    }).catch(function () { /* no worker: the page goes on without */ });
    show();
  });
})();
