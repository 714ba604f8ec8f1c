import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, test } from "node:test";
import { parseArguments, SHELL_OPTIONS, shellSettings } from "../src/cli/index.ts";
import { nodemcu, workspace } from "./helpers/workspace.ts";

const folder = workspace({ "a.pem": "no certificate", "wrong.txt": "X-One: 1\nsecret-without-colon\n" });
const docs = readFileSync(new URL("../../../docs/shell.md", import.meta.url), "utf8");
const VERBS = ["get", "head", "post", "put", "delete", "request"] as const;

describe("letters for options", () => {
  const table = { silent: { short: "s", help: "" }, location: { short: "L", help: "" }, output: { short: "o", value: "FILE", help: "" } };

  test("stand alone or together, the last perhaps with its value", () => {
    const parsed = parseArguments(["-s", "url", "-Lo", "a", "-ob", "-o", "-", "-so=c"], table);
    assert.deepEqual(parsed.words, ["url"]);
    assert.deepEqual(parsed.all("output"), ["a", "b", "-", "=c"]);
    assert.equal(parsed.all("silent").length, 2);
    assert.equal(parsed.has("location"), true);
  });

  test("are refused when unknown, or without their value", () => {
    for (const [args, message] of [
      [["-x"], /no option -x$/],
      [["-sx"], /no option -x$/],
      [["-silent"], /no option -i$/],
      [["-output"], undefined],
      [["-o"], /-o needs a value: -o FILE/],
      [["-o", "--silent"], /-o needs a value/],
    ] as const) {
      if (message) assert.throws(() => parseArguments(args, table), { name: "UsageError", message });
      else assert.equal(parseArguments(args, table).read("output", String), "utput");
    }
  });

  test("of no two options are the same", () => {
    const letters = Object.values(SHELL_OPTIONS).flatMap(({ short }) => short ?? []);
    assert.equal(new Set(letters).size, letters.length);
    assert.ok(letters.every((letter) => /^[A-Za-gi-z]$/.test(letter)));
  });
});

describe("help", () => {
  for (const verb of VERBS) {
    test(`of ${verb} explains every option, and makes no request`, async () => {
      const { exit, out, err } = await nodemcu(folder, [verb, "http://127.0.0.1:1/", "--help"]);
      assert.deepEqual([exit, err], [0, ""]);
      assert.ok(out.startsWith(`nodemcu ${verb} [OPTION…] `));
      for (const [name, { short }] of Object.entries(SHELL_OPTIONS))
        assert.ok(out.includes(`${short ? `-${short},` : "   "} --${name}`), name);
    });
  }

  test("of nodemcu names the verbs", async () => {
    const { out } = await nodemcu(folder, ["--help"]);
    for (const word of ["nodemcu get URL", "head", "post", "put", "delete", "nodemcu request METHOD URL"])
      assert.ok(out.includes(word), word);
  });

  test("is not what a value asks for", async () => {
    const { exit, out } = await nodemcu(folder, ["post", "-d", "-h", "http://127.0.0.1:1/"]);
    assert.deepEqual([exit, out], [7, ""]);
  });
});

describe("docs/shell.md", () => {
  for (const name of Object.keys(SHELL_OPTIONS))
    test(`has --${name}`, () => assert.ok(docs.includes(`\`--${name}`) || docs.includes(`, --${name}`)));

  test("shows no option that there is not", () => {
    const shown = [...docs.matchAll(/(?<![\w-])--([a-z][a-z-]+)/g)].map(([, name = ""]) => name).filter((name) => name !== "help");
    assert.deepEqual(
      shown.filter((name) => !Object.hasOwn(SHELL_OPTIONS, name)),
      [],
    );
  });

  const session = [...docs.matchAll(/^\$ nodemcu (\w+) ([^;|>\n]*)/gm)].map(([, verb = "", line = ""]) => ({ verb, line: line.trim() }));
  for (const { verb, line } of session) {
    test(`shows a command that can be read: ${verb} ${line}`, () => {
      const args = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? "");
      const settings = shellSettings(VERBS.find((name) => name === verb) ?? "get", parseArguments(args, SHELL_OPTIONS), folder);
      assert.match(settings.url, /^https?:\/\/127\.0\.0\.1:8/);
    });
  }
});

describe("wrong usage", () => {
  const url = "http://127.0.0.1:1/";
  const wrong: [string[], RegExp][] = [
    [["get"], /get needs a URL: nodemcu get URL/],
    [["request"], /request needs a URL: nodemcu request \[METHOD\] URL/],
    [["get", url, url], /get asks for one URL, not for 2/],
    [["request", "GET", url, url], /request asks for one URL, not for 2/],
    [["get", "--outptu", "a", url], /no option --outptu; did you mean --output\?/],
    [["get", "--timeout", "3s", url], /no option --timeout/],
    [["get", "-d", "a=1", url], /get sends no body; use nodemcu post, put or request \(nodemcu request GET sends one anyway\)/],
    [["head", "--json", "{}", url], /head sends no body/],
    [["get", "-X", "POST", url], /--request goes with the command request: nodemcu request POST http/],
    [["request", "-X", "POST", "PUT", url], /the method is given twice/],
    [["post", "-d", "a", "--json", "{}", url], /only one of --data and --json/],
    [["post", "--json", "1", "--json", "2", url], /--json can be given once/],
    [["post", "-d", "a=1", "-d", "@a.pem", url], /--data can be repeated for texts; a file and stdin are sent alone/],
    [["get", "-H", "no colon: but secret", url], /--header: a header is a name, a colon and a value/],
    [["get", "-H", "@missing.txt", url], /--header @missing\.txt: there is no such file/],
    [["get", "-H", "@wrong.txt", url], /--header: a header is/],
    [["get", "-u", "ada", url], /--user: it takes a user name, a colon and a password/],
    [["get", "-u", "a:b", "--bearer", "c", url], /only one of --user and --bearer/],
    [["get", "-u", "a:b", "-H", "authorization: c", url], /--user and --bearer are one way/],
    [["get", "--digest", url], /--digest needs --user/],
    [["get", "-C", url], /--continue-at needs a file: --output FILE/],
    [["get", "-C", "-o", "-", url], /--continue-at needs a file/],
    [["get", "-o", "a", "-O", url], /only one of --output and --remote-name/],
    [["get", "--max-redirs", "many", url], /--max-redirs many: it takes a whole number/],
    [["get", "--retry", "-1", url], /--retry -1: it takes a whole number/],
    [["get", "--max-time", "soon", url], /--max-time soon: a duration is a number/],
    [["get", "--connect-timeout", "0", url], /--connect-timeout 0: a duration must be longer/],
    [["get", "--max-filesize", "big", url], /--max-filesize big: a size is/],
    [["get", "--cacert", "missing.pem", url], /--cacert missing\.pem: there is no such file/],
    [["get", "--cacert", "a.pem", url], /--cacert a\.pem: there is no certificate in PEM form/],
    [["get", "--cert", "missing.pem", url], /--cert missing\.pem: there is no such file/],
    [["get", "--key", "a.pem", url], /--key needs --cert FILE/],
    [["get", "--proxy", "ftp://a", url], /--proxy ftp:\/\/a: a proxy is/],
    [["get", "--connect-to", "a:80", url], /--connect-to a:80: it takes four parts/],
    [["get", "--resolve", "a:80:b", url], /--resolve a:80:b: it takes a name, a port and one IP address/],
  ];
  for (const [args, message] of wrong) {
    test(`is nodemcu ${args.join(" ")}`, async () => {
      const { exit, out, err } = await nodemcu(folder, args);
      assert.deepEqual([exit, out], [2, ""]);
      assert.match(err, message);
      assert.match(err, new RegExp(`\nTry: nodemcu ${args[0]} --help\n$`));
    });
  }

  test("is told without what may be a secret", async () => {
    for (const args of [
      ["-H", "secret-text"],
      ["-H", "@wrong.txt"],
      ["-u", "secret-user"],
      ["-H", "a b: secret-value"],
    ])
      assert.doesNotMatch((await nodemcu(folder, ["get", ...args, url])).err, /secret/);
  });
});
