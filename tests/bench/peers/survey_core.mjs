// survey-core as a server's validator: the same six questions; a model that is kept and filled anew, its better way.
// node survey_core.mjs PACKAGES ANSWERS SECONDS   prints {done, valid, cpu_s, version}
import { createRequire } from "node:module";
import { readFileSync } from "node:fs";

const [packages, file, seconds] = process.argv.slice(2);
const require = createRequire(`${packages}/`);
const { Model } = require("survey-core");
const choices = (name, values) => ({ name, type: "radiogroup", choices: values });
const form = {
  elements: [
    choices("channel", ["sms", "email", "call"]),
    { name: "times", type: "checkbox", choices: ["morning", "noon", "evening"] },
    choices("welcome", ["not_at_all", "somewhat", "very"]),
    choices("worry", ["some", "nothing"]),
    { name: "worry_words", type: "comment", maxLength: 2000, visibleIf: "{worry} = 'some'" },
    { name: "anything", type: "comment", maxLength: 2000 },
  ],
  clearInvisibleValues: "onComplete",
};
const answers = JSON.parse(readFileSync(file, "utf8"));
const model = new Model(form);
let done = 0;
let valid = 0;
const began = process.cpuUsage();
const spent = () => { const used = process.cpuUsage(began); return (used.user + used.system) / 1e6; };
while (spent() < Number(seconds)) {
  for (let n = 0; n < 25; n += 1) {
    model.clear(true, true);
    model.data = answers[done % answers.length];
    valid += model.tryComplete() ? 1 : 0;
    done += 1;
  }
}
console.log(JSON.stringify({ done, valid, cpu_s: spent(), version: JSON.parse(readFileSync(`${packages}/node_modules/survey-core/package.json`, "utf8")).version }));
