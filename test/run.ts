// Runs the test files of every package; arguments choose those whose path contains one of them.
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";

const folders = [...readdirSync("packages").map((name) => join("packages", name, "test")), "examples", "test"];
const wanted = process.argv.slice(2);

// Node 20's test runner knows no patterns, hence a list of files.
const files = folders
  .filter((folder) => existsSync(folder))
  .flatMap((folder) => readdirSync(folder, { recursive: true, encoding: "utf8" }).map((name) => join(folder, name)))
  .filter((file) => file.endsWith(".test.ts") && (wanted.length === 0 || wanted.some((part) => file.includes(part))))
  .toSorted();

if (files.length === 0) {
  console.error(`no test file matches ${wanted.join(" ")}`);
  process.exit(1);
}

const options = ["--import", "tsx", "--test", "--test-reporter=spec", "--test-concurrency=2"];
process.exitCode = spawnSync(process.execPath, [...options, ...files], { stdio: "inherit" }).status ?? 1;
