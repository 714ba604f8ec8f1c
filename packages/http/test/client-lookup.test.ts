import assert from "node:assert/strict";
import { after, before, describe, it } from "node:test";
import { Client, type ClientOptions, type Lookup } from "../src/client-entry.ts";
import { startEchoServer, type EchoServer } from "./helpers/echo-server.ts";
import { until } from "./helpers/exchange-rig.ts";

let server: EchoServer;
let port: string;
before(async () => {
  server = await startEchoServer((response, { url }) => response.writeHead(200, { Connection: "close" }).end(url));
  port = server.host.split(":")[1] ?? "";
});
after(() => server.close());

const url = (host = "name.example", path = "/"): string => `http://${host}:${port}${path}`;

type Done = Parameters<Lookup>[1];
const here: Parameters<Done> = [null, [{ address: "127.0.0.1", family: 4 }]];
const missing: Parameters<Done> = [Object.assign(new Error("no such name"), { code: "ENOTFOUND" }), []];

/** A lookup that notes what it is asked; it answers later, with what `answers` says of the first question, the second and so on, then with loopback. */
function noting(...answers: Parameters<Done>[]): { asked: string[]; lookup: Lookup } {
  const asked: string[] = [];
  const lookup: Lookup = (host, done) => {
    const answer = answers[asked.push(host) - 1] ?? here;
    setImmediate(() => done(...answer));
  };
  return { asked, lookup };
}

/** Asks, over a connection of its own each time: this server closes them all. */
const text = async (client: Client, address = url(), options: ClientOptions = {}): Promise<string> =>
  (await client.get(address, options)).text();

describe("A client", () => {
  it("looks a name up once for 20 requests at once, whatever its case", async () => {
    const { asked, lookup } = noting();
    await using client = new Client({ lookup });
    const paths = Array.from({ length: 20 }, (_, index) => `/${index}`);
    const answers = await Promise.all(paths.map((path, index) => text(client, url(index % 2 ? "name.example" : "NAME.example", path))));
    assert.deepEqual(answers, paths);
    assert.deepEqual(asked, ["NAME.example"]);
  });

  it("remembers the addresses for the next connections, with http and https alike", async () => {
    const { asked, lookup } = noting();
    await using client = new Client({ lookup });
    for (let round = 0; round < 3; round++) await text(client);
    await assert.rejects(client.get(url().replace("http:", "https:")), { code: "tls-not-tls" });
    assert.deepEqual(asked, ["name.example"]);
  });

  it("asks again when dnsCacheTimeout is over, and follows a name that has moved", async () => {
    const moved: Parameters<Done> = [null, [{ address: "127.0.0.2", family: 4 }]];
    const { asked, lookup } = noting(moved);
    await using client = new Client({ lookup, dnsCacheTimeout: 0.001 });
    await assert.rejects(text(client), { code: "connect-refused", message: /127\.0\.0\.2/ });
    assert.equal(await text(client), "/");
    assert.equal(asked.length, 2);
  });

  it("remembers no failure", async () => {
    const { asked, lookup } = noting(missing);
    await using client = new Client({ lookup });
    const both = await Promise.allSettled([text(client), text(client)]);
    assert.deepEqual(
      both.map(({ status }) => status),
      ["rejected", "rejected"],
    );
    assert.equal(asked.length, 1);
    assert.equal(await text(client), "/");
    assert.equal(asked.length, 2);
  });

  it("shares no addresses across lookup functions, nor with another client", async () => {
    const [one, other] = [noting(), noting()];
    await using client = new Client({ lookup: one.lookup });
    await text(client);
    await text(client, url(), { lookup: other.lookup });
    await text(client, url(), { lookup: other.lookup });
    assert.deepEqual([one.asked.length, other.asked.length], [1, 1]);
    await using second = client.extend({});
    await text(second);
    assert.equal(one.asked.length, 2);
  });

  it("lets one request give up while the others wait for the same answer", async () => {
    const waiting: Done[] = [];
    await using client = new Client({ lookup: (_host, done) => void waiting.push(done) });
    const stop = new AbortController();
    const [gone, kept] = [client.get(url(), { signal: stop.signal }), text(client)];
    await until(() => waiting.length === 1);
    stop.abort();
    await assert.rejects(gone, { code: "aborted", phase: "dns" });
    waiting[0]?.(...here);
    assert.equal(await kept, "/");
    assert.equal(waiting.length, 1);
  });

  it("makes a lookup that throws a failed request, and asks it again", async () => {
    let asked = 0;
    const lookup: Lookup = (_host, done) => {
      if (++asked === 1) throw new RangeError("no such table");
      done(...here);
    };
    await using client = new Client({ lookup });
    await assert.rejects(text(client), { code: "dns-failed", phase: "dns", message: /could not be looked up \(no such table\)/ });
    assert.equal(await text(client), "/");
  });

  it("asks no lookup about an address", async () => {
    const { asked, lookup } = noting();
    await using client = new Client({ lookup });
    assert.equal(await text(client, url("127.0.0.1")), "/");
    assert.deepEqual(asked, []);
  });

  it("tries each address of a name, and tells what each said when none answers", async () => {
    const two: Parameters<Done> = [
      null,
      [
        { address: "127.0.0.2", family: 4 },
        { address: "127.0.0.1", family: 4 },
      ],
    ];
    const { lookup } = noting(two, two);
    await using client = new Client({ lookup, dnsCacheTimeout: 0.001 });
    assert.equal(await text(client), "/");
    await assert.rejects(text(client, "http://name.example:1/"), { code: "connect-refused", message: /127\.0\.0\.2:1.*127\.0\.0\.1:1/ });
  });
});
