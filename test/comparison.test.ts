import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { createServer as createTcpServer } from "node:net";
import { join, resolve } from "node:path";
import { after, before, describe, test } from "node:test";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";
import * as nodemcuHttp from "../packages/http/src/client-entry.ts";
import { listen } from "./helpers/listen.ts";

const page = readFileSync("docs/comparison.md", "utf8");
const NAMES = ["undici", "got", "axios", "ky"] as const;
type Name = (typeof NAMES)[number];

/** The cells of a row, by its first one. */
function row(label: string): readonly string[] {
  const line = page.split("\n").find((each) => each.startsWith(`| ${label} |`)) ?? assert.fail(`no row ${label}`);
  return line
    .split("|")
    .slice(2, -1)
    .map((cell) => cell.trim());
}

interface Locked {
  readonly version?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}
const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as { readonly packages: Readonly<Record<string, Locked>> };

/** Where a package finds another: in its own folder, or in one above. */
function found(name: string, from: string): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const path = `${folder === "" ? "" : `${folder}/`}node_modules/${name}`;
    if (packages[path]) return path;
    if (folder === "") return assert.fail(`no ${name}`);
  }
}

/** A package and all that it needs. */
function closure(path: string, seen: Set<string> = new Set<string>()): Set<string> {
  if (seen.has(path)) return seen;
  seen.add(path);
  for (const name of Object.keys(packages[path]?.dependencies ?? {})) closure(found(name, path), seen);
  return seen;
}

/** Bytes of the files of a package, without those of others in it. */
function size(folder: string): number {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== "node_modules");
  return entries.reduce((sum, entry) => {
    const path = join(folder, entry.name);
    return sum + (entry.isDirectory() ? size(path) : statSync(path).size);
  }, 0);
}

describe("docs/comparison.md", () => {
  test("names the versions that the bench has", () => {
    const { devDependencies } = JSON.parse(readFileSync("bench/package.json", "utf8")) as { devDependencies: Record<string, string> };
    for (const name of NAMES) {
      assert.ok(page.includes(`${name} ${devDependencies[name]}`), name);
      assert.equal(packages[found(name, "bench")]?.version, devDependencies[name]);
    }
  });

  test("counts the packages that come with each, and the kilobytes of all of them", () => {
    const counts = row("packages that come with it");
    const sizes = row("kB installed, with those");
    assert.deepEqual(Object.keys((JSON.parse(readFileSync("packages/http/package.json", "utf8")) as Locked).dependencies ?? {}), []);
    assert.equal(counts[0], "0");
    assert.ok(Math.abs(Number(sizes[0]) - size("packages/http/lib") / 1024) < 40, `${size("packages/http/lib") / 1024}`);
    for (const [index, name] of NAMES.entries()) {
      const folders = [...closure(found(name, "bench"))];
      assert.equal(Number(counts[index + 1]), folders.length - 1, name);
      const kilobytes = folders.reduce((sum, folder) => sum + size(folder), 0) / 1024;
      const told = Number(sizes[index + 1]);
      assert.ok(Math.abs(told - kilobytes) < kilobytes / 10, `${name}: ${told} is told, ${Math.round(kilobytes)} are there`);
    }
  });

  test("names functions and options that there are", () => {
    const own = page
      .split("\n")
      .filter((line) => line.startsWith("| "))
      .map((line) => line.split("|")[2] ?? "");
    const names = own.flatMap((cell) => [...cell.matchAll(/`(\w+)`/g)].map(([, name = ""]) => name));
    assert.ok(names.length > 10);
    const none = names.filter((name) => !Object.hasOwn(nodemcuHttp, name) && !isOption(name));
    assert.deepEqual(none, []);
  });
});

/** An option that does not exist is refused with other words than a value that cannot be meant. */
function isOption(name: string): boolean {
  try {
    void new nodemcuHttp.Client({ [name]: Symbol("none") });
    return true;
  } catch (error) {
    return !/there is no option/.test(String(error));
  }
}

/** Dependencies of the bench alone; what of them is used here. */
type Ask = (url: string, options?: object) => Promise<unknown>;
interface Interceptors {
  readonly redirect: (options: object) => object;
  readonly decompress: () => object;
}
interface Undici {
  readonly request: (url: string, options: object) => Promise<{ readonly body: { text(): Promise<string> } }>;
  readonly Agent: new () => { compose(interceptor: object): { compose(interceptor: object): object } };
  readonly interceptors: Interceptors;
}
const required = createRequire(resolve("bench/package.json"));
const load = (name: Name): Promise<unknown> => import(pathToFileURL(required.resolve(name)).href);

/** Each peer as most programs use it, without retries. */
async function peers(): Promise<Readonly<Record<Name | "nodemcu-http", Ask>>> {
  const undici = (await load("undici")) as Undici;
  const { default: got } = (await load("got")) as { default: (url: string, options: object) => Promise<{ body: string }> };
  const { default: axios } = (await load("axios")) as { default: (url: string, options: object) => Promise<{ data: unknown }> };
  const { default: ky } = (await load("ky")) as { default: (url: string, options: object) => Promise<Response> };
  const { decompress, redirect } = undici.interceptors;
  const dispatcher = new undici.Agent().compose(redirect({ maxRedirections: 3 })).compose(decompress());
  const client = new nodemcuHttp.Client();
  return {
    undici: async (url, options) => (await undici.request(url, { dispatcher, ...options })).body.text(),
    got: async (url, options) => (await got(url, { retry: { limit: 0 }, ...options })).body,
    axios: async (url, options) => (await axios(url, { ...options })).data,
    ky: async (url, options) => (await ky(url, { retry: 0, ...options })).text(),
    "nodemcu-http": async (url, options) => (await client.get(url, options)).text(),
  };
}

describe("what docs/comparison.md says of", async () => {
  const asks = await peers();
  const columns = ["nodemcu-http", ...NAMES] as const;
  /** Which of them do something; what the page says of each. */
  async function compared(label: string, does: (ask: Ask) => Promise<boolean>): Promise<void> {
    for (const [index, name] of columns.entries()) {
      const told = row(label)[index] ?? "";
      assert.equal(await does(asks[name]), told.startsWith("yes"), `${name}, of which the page says: ${told}`);
    }
  }

  let seen: Readonly<Record<string, unknown>> = {};
  const target = createServer(({ headers, url }, response) => {
    seen = headers;
    if (url === "/bomb") response.setHeader("Content-Encoding", "gzip").end(gzipSync(Buffer.alloc(30_000_000)));
    else response.setHeader("Content-Type", "application/json").end(url === "/json" ? "{wrong" : "{}");
  });
  let there: string;
  const source = createServer((_request, response) => void response.writeHead(302, { Location: `${there}/` }).end());
  let from: string;
  /** Resets a connection when it is used again. */
  const resetting = createTcpServer((socket) => {
    let requests = 0;
    socket.on("error", () => {});
    socket.on("data", () => {
      if (++requests > 1) socket.resetAndDestroy();
      else socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}");
    });
  });
  let stale: string;
  before(async () => {
    there = `http://127.0.0.1:${await listen(target)}`;
    from = `http://127.0.0.1:${await listen(source)}`;
    stale = `http://127.0.0.1:${await listen(resetting)}/`;
  });
  after(() => {
    for (const server of [target, source]) server.closeAllConnections();
    for (const server of [target, source, resetting]) server.close();
  });

  const redirected =
    (...names: string[]) =>
    async (ask: Ask): Promise<boolean> => {
      seen = {};
      await ask(from, { headers: { Authorization: "Bearer token", Cookie: "a=1", "X-Api-Key": "key", "X-Plain": "1" } });
      assert.equal(seen["x-plain"], "1");
      return names.every((name) => seen[name] === undefined);
    };

  test("secrets that every client knows, on the way to another origin", () =>
    compared("redirects to another origin lose Authorization and Cookie", redirected("authorization", "cookie")));

  test("secrets of one's own, on the way to another origin", () => compared("they lose X-Api-Key and its kin", redirected("x-api-key")));

  test("wrong JSON", async () => {
    const { default: axios } = (await load("axios")) as { default: (url: string) => Promise<{ data: unknown }> };
    assert.equal((await axios(`${there}/json`)).data, "{wrong");
    assert.match(row("wrong JSON is an error")[3] ?? "", /^no: a string/);
    const response = await nodemcuHttp.get(`${there}/json`);
    await assert.rejects(response.json(), { code: "invalid-json" });
  });

  test("connections that were reset while they were kept", () =>
    compared("a connection that was reset while it was kept is replaced", async (ask) => {
      // A keep-alive agent is Node's default; it needs a moment to take the connection back.
      await ask(stale);
      await new Promise((later) => setTimeout(later, 30));
      return ask(stale).then(
        () => true,
        () => false,
      );
    }));

  test("what decoding may come to", () =>
    compared("the ratio of decoding is limited", (ask) =>
      ask(`${there}/bomb`).then(
        () => false,
        () => true,
      ),
    ));
});
