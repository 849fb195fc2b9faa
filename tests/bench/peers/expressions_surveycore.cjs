// One line of JSON in, one out: what survey-core makes of the same expressions, and which questions of a survey it shows.
"use strict";
const path = require("path");
const { ExpressionRunner, Model, settings } = require(path.join(process.argv[2], "node_modules", "survey-core"));

let day = null;
settings.onDateCreated = (date, reason, value) => (value ? date : new Date(day + "T00:00:00"));

function run(expression, values) {
  const runner = new ExpressionRunner(expression);
  if (!runner.canRun()) return { unread: true };
  const value = runner.runValues(values);
  return value === undefined || (typeof value === "number" && isNaN(value)) ? null : value;
}

// Answers are given in the order of dependence: survey-core forgets what a question held when it is hidden, even for a moment.
function shown(survey, order, values) {
  const model = new Model(survey);
  for (const name of order) {
    const question = model.getQuestionByName(name);
    if (question && question.isVisible && values[name] !== undefined) model.setValue(name, values[name]);
  }
  return model.getAllQuestions().filter((question) => question.isVisible).map((question) => question.name);
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const ask = JSON.parse(line);
  day = ask.day;
  if (ask.time) {
    const bound = ask.time.map(([text, values]) => [new ExpressionRunner(text), values]);
    const start = process.cpuUsage();
    for (let round = 0; round < ask.rounds; round++) for (const [runner, values] of bound) runner.runValues(values);
    const used = process.cpuUsage(start);
    process.stdout.write(JSON.stringify({ done: ask.rounds * bound.length, cpu_s: (used.user + used.system) / 1e6 }) + "\n");
    return;
  }
  const value = ask.texts.map((text) => run(text, ask.values));
  process.stdout.write(JSON.stringify({ value, shown: ask.survey ? shown(ask.survey, ask.order, ask.said) : null }) + "\n");
});
