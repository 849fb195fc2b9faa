// ical.js reads a folder of calendar files: node calendar_icaljs.mjs FOLDER PACKAGES; prints what calendar_common.py describes.
import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const [folder, packages] = process.argv.slice(2);
const found = createRequire(join(packages, "package.json"))("ical.js");
const ICAL = found.default ?? found;
const END = ICAL.Time.fromDateString("2037-02-01");
const events = {};
const broken = {};

const moment = (time) => (time.isDate ? time.toString() : floating(time) ?? time.toUnixTime());
const floating = (time) => (time.zone === ICAL.Timezone.localTimezone ? `floating ${time.toString()}` : null);
const mark = (text) => createHash("sha256").update(text ?? "", "utf8").digest("hex").slice(0, 12);

function add(item, start, end) {
  const status = item.component.getFirstPropertyValue("status");
  (events[item.uid] ??= []).push([moment(start), moment(end), mark(item.summary), status]);
}

function read(text) {
  ICAL.TimezoneService.reset(); // zones from the file itself, as it says them
  const calendar = new ICAL.Component(ICAL.parse(text));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  // exceptions are related below, by UID: left to itself, ical.js gives every series all exceptions of the file
  const all = calendar.getAllSubcomponents("vevent").map((component) => new ICAL.Event(component, { exceptions: [] }));
  const exceptions = all.filter((event) => event.isRecurrenceException());
  for (const event of all.filter((each) => !each.isRecurrenceException())) {
    for (const other of exceptions.filter((each) => each.uid === event.uid)) event.relateException(other);
    if (!event.isRecurring()) {
      add(event, event.startDate, event.endDate);
      continue;
    }
    const steps = event.iterator();
    for (let next = steps.next(); next && next.compare(END) < 0; next = steps.next()) {
      const details = event.getOccurrenceDetails(next);
      add(details.item, details.startDate, details.endDate);
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
