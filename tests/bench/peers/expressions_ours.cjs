// One line of JSON in, one out: what the browser's script makes of expressions and of whole surveys. `node … SCRIPT`
"use strict";
const script = require(process.argv[2]);

function answer(ask) {
  if (ask.time) {
    const start = process.cpuUsage();
    let done = 0;
    for (let round = 0; round < ask.rounds; round++) {
      for (const [tree, values] of ask.time) { script.value(tree, values, ask.day); done++; }
    }
    const used = process.cpuUsage(start);
    return { done, cpu_s: (used.user + used.system) / 1e6 };
  }
  const value = ask.trees.map((tree) => script.value(tree, ask.values, ask.day));
  return { value, look: ask.rules ? script.look(ask.rules, ask.said, ask.declined) : null };
}

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  process.stdout.write(JSON.stringify(answer(JSON.parse(line))) + "\n");
});
