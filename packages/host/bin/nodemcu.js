#!/usr/bin/env node
import { existsSync } from "node:fs";

const program = new URL("../dist/cli/index.js", import.meta.url);
if (existsSync(program)) {
  const { main, processIo } = await import(program.href);
  process.exitCode = await main(process.argv.slice(2), processIo());
} else {
  process.stderr.write("nodemcu is not built yet: run `npm run build` first\n");
  process.exitCode = 2;
}
