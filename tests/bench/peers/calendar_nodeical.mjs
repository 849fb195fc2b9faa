// node-ical reads a folder of calendar files: node calendar_nodeical.mjs FOLDER PACKAGES; prints what calendar_common.py describes.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, packages] = process.argv.slice(2);
const ical = createRequire(join(packages, "package.json"))("node-ical");
const FROM = new Date(Date.UTC(2025, 11, 1));
const TO = new Date(Date.UTC(2037, 1, 1));
const events = {};
const broken = {};

const mark = (text) => createHash("sha256").update(text?.val ?? text ?? "", "utf8").digest("hex").slice(0, 12);
const pad = (number) => String(number).padStart(2, "0");
// whole days are local midnights to node-ical
const day = (at) => `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;

function read(text) {
  for (const event of Object.values(ical.sync.parseICS(text))) {
    if (event.type !== "VEVENT") continue;
    const whole = event.datetype === "date" || event.start?.dateOnly;
    const said = (at) => (whole ? day(at) : Math.round(at.getTime() / 1000));
    const rows = (events[event.uid] ??= []);
    if (!event.rrule) {
      rows.push([said(event.start), said(event.end), mark(event.summary), event.status]);
      continue;
    }
    for (const each of ical.expandRecurringEvent(event, { from: FROM, to: TO })) {
      rows.push([said(each.start), said(each.end), mark(each.event?.summary ?? each.summary), each.event?.status ?? event.status]);
    }
  }
}

for (const name of readdirSync(folder).filter((each) => each.endsWith(".ics")).sort()) {
  try {
    read(readFileSync(join(folder, name), "utf8"));
  } catch (error) {
    broken[name] = String(error).slice(0, 200);
  }
}
for (const uid of Object.keys(events)) events[uid].sort((a, b) => (String(a) < String(b) ? -1 : 1));
process.stdout.write(JSON.stringify({ events, broken }));
