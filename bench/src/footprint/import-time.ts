// A fresh process that loads one package and tells the milliseconds. It has no channel to the process that started it: that would load
// much of what the packages load.
import { writeSync } from "node:fs";

const [, , name = ""] = process.argv;
const before = performance.now();
await import(name);
writeSync(1, JSON.stringify(performance.now() - before));
