"use strict";
// A survey's page where the network comes and goes. It keeps an empty copy of each open form, and what was sent without
// a network until it has arrived: once, under its own key. Nothing of a form that has arrived is left but time and state;
// what the school does not take stays whole, is shown to who wrote it, and goes when they say so.
const CACHE = "surveys-1";
const PATIENCE = 15000; // ms for an answer, then it is kept and sent later
const BUSY = 30; // seconds until the next try, where a school that is busy names no other
const LONGEST = 3600;
const KEPT = 90 * 24 * 3600 * 1000; // ms that the list of what was sent goes back

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

function queue(mode, work) {
  return new Promise((done, fail) => {
    const open = indexedDB.open("surveys", 1);
    open.onupgradeneeded = () => open.result.createObjectStore("queue", { keyPath: "key" });
    open.onerror = () => fail(open.error);
    open.onsuccess = () => {
      const deal = open.result.transaction("queue", mode);
      const asked = work(deal.objectStore("queue"));
      deal.oncomplete = () => { open.result.close(); done(asked && asked.result); };
      deal.onerror = () => { open.result.close(); fail(deal.error); };
    };
  });
}
const put = (one) => queue("readwrite", (store) => store.put(one));
const all = () => queue("readonly", (store) => store.getAll());

async function tell(what) {
  for (const client of await self.clients.matchAll()) client.postMessage(what);
}

async function patient(request, init) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), PATIENCE);
  try {
    return await fetch(request, { ...init, signal: stop.signal });
  } finally {
    clearTimeout(timer);
  }
}

async function post(request) {
  const copy = request.clone();
  let refused = null;
  try {
    const answer = await patient(request);
    if (answer.status < 400 || answer.status === 422) return answer; // 422: the form again, with all that was written
    refused = answer;
  } catch (gone) { /* kept below */ }
  const url = new URL(copy.url);
  const body = await copy.text();
  const said = new URLSearchParams(body);
  if (said.get("wish") === "next" || said.get("wish") === "back") said.set("wish", "save");
  const key = said.get("_once") || crypto.randomUUID();
  const at = new Date().toISOString();
  const kept = { key, path: url.pathname, search: url.search, body: said.toString(), at, state: "waiting", wish: said.get("wish") };
  await put(refused ? { ...kept, ...later(refused) } : kept);
  if (self.registration.sync) await self.registration.sync.register("surveys").catch(() => {});
  const lang = url.searchParams.get("lang");
  return Response.redirect(`${url.pathname}?${lang ? `lang=${lang}&` : ""}queued=1`, 303);
}

const STATES = { 403: "refused", 404: "refused", 410: "closed" };

// What becomes of one that was not taken: tried again by itself, or kept until its writer has seen it.
function later(answer) {
  if (answer.status !== 429 && answer.status < 500) return { state: STATES[answer.status] || "check" };
  const named = answer.headers.get("Retry-After") || "";
  const seconds = /^\d+$/.test(named) ? Number(named) : (Date.parse(named) - Date.now()) / 1000 || BUSY;
  return { after: Date.now() + Math.min(Math.max(seconds, 1), LONGEST) * 1000 };
}

let turn = Promise.resolve();

// One after the other; a second press, or two open pages, send nothing twice: the server knows the link.
function flush() {
  turn = turn.then(sendAll, sendAll);
  return turn;
}

async function sendAll() {
  let changed = false;
  const resting = new Map(); // by form: what comes behind one that waits does not overtake it
  for (const one of await all()) {
    if (one.state !== "waiting") {
      if (Date.now() - Date.parse(one.at) > KEPT) await queue("readwrite", (store) => store.delete(one.key));
      continue;
    }
    const rest = Math.max(resting.get(one.path) || 0, one.after || 0);
    if (rest > Date.now()) {
      resting.set(one.path, rest);
      continue;
    }
    let answer;
    try {
      answer = await patient(one.path + one.search, {
        method: "POST",
        headers: { "Content-Type": "application/x-www-form-urlencoded", "Idempotency-Key": one.key },
        body: one.body,
        redirect: "manual",
      });
    } catch (gone) {
      return;
    }
    if (answer.type === "opaqueredirect" || answer.ok) {
      const state = one.wish === "save" ? "saved" : "sent";
      await put({ key: one.key, path: one.path, at: one.at, state, wish: one.wish }); // what was said is gone from here
    } else {
      const next = { ...one, ...later(answer) };
      await put(next);
      if (next.state === "waiting") {
        resting.set(one.path, next.after);
        continue;
      }
    }
    changed = true;
  }
  if (resting.size) await tell(Math.min(...resting.values()) - Date.now());
  if (changed) await tell("sent");
}

async function open(request) {
  const url = new URL(request.url);
  try {
    if ((await all()).some((one) => one.state === "waiting" && one.path === url.pathname)) await flush();
    const answer = await patient(request);
    const lost = answer.status >= 400 && (await all()).some((one) => one.body && one.path === url.pathname);
    return (lost && (await (await caches.open(CACHE)).match("/surveys/offline"))) || answer;
  } catch (gone) {
    const store = await caches.open(CACHE);
    const page = url.searchParams.has("queued") ? "/surveys/offline" : url.pathname;
    return (await store.match(page)) || (await store.match("/surveys/offline")) || Response.error();
  }
}

async function asset(request) {
  const store = await caches.open(CACHE);
  const kept = await store.match(request);
  if (kept) return kept;
  const answer = await fetch(request);
  if (answer.ok) await store.put(request, answer.clone());
  return answer;
}

async function keep({ path, lang }) {
  const store = await caches.open(CACHE);
  const want = async (name, address) => {
    const answer = await fetch(address);
    if (answer.ok && !answer.redirected) await store.put(name, answer.clone());
    return answer.ok ? answer.text() : "";
  };
  const html = await want("/surveys/offline", `/surveys/offline?lang=${lang}`) + await want(path, `${path}?blank=1&lang=${lang}`);
  const files = new Set([...html.matchAll(/(?:href|src)="(\/surveys\/(?:assets|browser)\/[^"]+)"/g)].map((found) => found[1]));
  for (const file of files) if (!(await store.match(file))) await store.add(file);
}

const WORK = {
  keep,
  send: flush,
  drop: async ({ key }) => { await queue("readwrite", (store) => store.delete(key)); await tell("dropped"); },
  forget: async ({ path }) => (await caches.open(CACHE)).delete(path),
};

self.addEventListener("message", (event) => {
  const work = WORK[event.data.what];
  if (work) event.waitUntil(work(event.data).catch(() => {}));
});
self.addEventListener("sync", (event) => event.waitUntil(flush()));
self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  if (url.origin !== location.origin) return;
  if (url.pathname.startsWith("/surveys/s/") && event.request.mode === "navigate") {
    event.respondWith(event.request.method === "POST" ? post(event.request) : open(event.request));
  } else if (event.request.method === "GET" && /^\/surveys\/(assets|browser)\//.test(url.pathname)) {
    event.respondWith(asset(event.request));
  }
});
