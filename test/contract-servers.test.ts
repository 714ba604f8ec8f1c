import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { startHttpbin, type Httpbin } from "../packages/host/src/httpbin/index.ts";
import { luaSubject } from "./contract/lua-subject.ts";
import { callOne, type Call, type Outcome, type Setup, type Subject } from "./contract/subject.ts";
import { typescriptSubject } from "./contract/typescript-subject.ts";
import { SERVERS, skipReason, startNginx, startRealHttpbin, type Nginx } from "./servers/index.ts";

const SUBJECTS: readonly Subject[] = [typescriptSubject, luaSubject];

/** An httpbin, embedded or real. */
interface HttpbinServer {
  readonly port: number;
  close(): Promise<void>;
}

const HTTPBINS: readonly (readonly [string, () => Promise<HttpbinServer | undefined>])[] = [
  ["the embedded httpbin", () => startHttpbin()],
  [
    "the real httpbin",
    async () => {
      const real = await startRealHttpbin();
      return real && { port: Number(new URL(real.url).port), close: () => real.close() };
    },
  ],
];

const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, value) => value));

const json = ({ data }: Outcome): Record<string, unknown> => JSON.parse(data?.toString() ?? "") as Record<string, unknown>;

for (const [serverName, start] of HTTPBINS) {
  describe(`the five documented calls against ${serverName}`, () => {
    let server: HttpbinServer | undefined;
    before(async () => {
      server = await start();
    });
    after(() => server?.close());

    for (const subject of SUBJECTS) {
      const call = (wanted: Omit<Call, "url"> & { path: string }): Promise<Outcome> =>
        callOne(
          subject,
          { ...wanted, url: `http://httpbin.org${wanted.path}` },
          { connectTo: { "httpbin.org:80": `127.0.0.1:${server?.port}` } },
        );

      test(`${subject.name} gets, posts, puts, deletes and asks for the head`, async (t) => {
        if (!server) return t.skip(skipReason(SERVERS.httpbin));
        const got = await call({ operation: "get", path: "/ip" });
        assert.deepEqual([got.code, json(got)], [200, { origin: "127.0.0.1" }]);

        const headers = "Content-Type: application/json\r\n";
        const posted = await call({ operation: "post", path: "/post", headers, body: Buffer.from('{"hello":"world"}') });
        assert.deepEqual([posted.code, json(posted)["json"], json(posted)["url"]], [200, { hello: "world" }, "http://httpbin.org/post"]);
        const echoed = json(posted)["headers"] as Record<string, string>;
        assert.deepEqual([echoed["User-Agent"], echoed["Host"], echoed["Content-Type"]], ["ESP8266", "httpbin.org", "application/json"]);

        const put = await call({
          operation: "put",
          path: "/put",
          headers: "Content-Type: text/plain\r\n",
          body: Buffer.from("Hello!\nBye!"),
        });
        assert.deepEqual([put.code, json(put)["data"]], [200, "Hello!\nBye!"]);

        const deleted = await call({ operation: "delete", path: "/delete", headers: "", body: Buffer.alloc(0) });
        assert.deepEqual([deleted.code, json(deleted)["url"]], [200, "http://httpbin.org/delete"]);

        const head = await call({ operation: "request", method: "HEAD", path: "/", headers: "", body: Buffer.alloc(0) });
        assert.deepEqual([head.code, head.data?.length], [200, 0]);
      });

      test(`${subject.name} posts all 256 byte values and gets them back byte for byte`, async (t) => {
        if (!server) return t.skip(skipReason(SERVERS.httpbin));
        const posted = await call({
          operation: "post",
          path: "/post",
          headers: "Content-Type: application/octet-stream\r\n",
          body: ALL_BYTES,
        });
        const data = String(json(posted)["data"]);
        assert.deepEqual(Buffer.from(data.slice(data.indexOf("base64,") + 7), "base64"), ALL_BYTES);
      });

      test(`${subject.name} gets a binary response byte for byte`, async (t) => {
        if (!server) return t.skip(skipReason(SERVERS.httpbin));
        const first = await call({ operation: "get", path: "/bytes/3000?seed=7" });
        const zipped = await call({ operation: "get", path: "/gzip" });
        assert.deepEqual([first.code, first.data?.length, zipped.data?.subarray(0, 2).toString("hex")], [200, 3000, "1f8b"]);
        const again = await callOne(typescriptSubject, { operation: "get", url: `http://127.0.0.1:${server.port}/bytes/3000?seed=7` });
        assert.deepEqual(first.data, again.data);
      });

      test(`${subject.name} does not follow a redirect, and sees every status`, async (t) => {
        if (!server) return t.skip(skipReason(SERVERS.httpbin));
        const redirected = await call({ operation: "get", path: "/redirect/1" });
        assert.deepEqual([redirected.code, redirected.headers?.has("location")], [302, true]);
        for (const status of [200, 204, 404, 500, 503])
          assert.equal((await call({ operation: "get", path: `/status/${status}` })).code, status);
      });
    }
  });
}

describe("https against the embedded httpbin", () => {
  let server: Httpbin;
  before(async () => {
    server = await startHttpbin();
  });
  after(() => server.close());
  const call: Call = { operation: "get", url: "https://httpbin.org/get" };
  const setup = (): Setup => ({ connectTo: { "httpbin.org:443": `127.0.0.1:${server.tlsPort}` } });

  for (const subject of SUBJECTS) {
    test(`${subject.name} speaks https when the certificate is trusted`, async () => {
      const got = await callOne(subject, call, { ...setup(), ca: server.certificate });
      assert.deepEqual([got.code, json(got)["url"], got.diagnostics], [200, "https://httpbin.org/get", []]);
    });
  }

  test("TypeScript refuses a certificate signed by itself; device Lua takes it, as the chip does, and says so", async () => {
    const refused = await callOne(typescriptSubject, call, setup());
    assert.deepEqual([refused.code, refused.failure], [-1, "tls-self-signed"]);
    const taken = await callOne(luaSubject, call, setup());
    assert.deepEqual([taken.code, taken.failure, taken.diagnostics], [200, undefined, ["tls-not-verified"]]);
  });
});

describe("nginx", () => {
  let nginx: Nginx | undefined;
  before(async () => {
    nginx = await startNginx();
  });
  after(() => nginx?.close());

  for (const subject of SUBJECTS) {
    const get = (path: string, setup?: Setup): Promise<Outcome> =>
      callOne(subject, { operation: "get", url: `${nginx?.url}${path}` }, setup);

    test(`${subject.name} reads what it sends with a length, in chunks, large, closing and slowly`, async (t) => {
      if (!nginx) return t.skip(skipReason(SERVERS.nginx));
      const small = await get("/small.txt");
      assert.deepEqual([small.code, small.data], [200, nginx.files["/small.txt"]]);
      const chunked = await get("/included.shtml");
      assert.deepEqual(
        [chunked.code, chunked.headers?.get("transfer-encoding"), chunked.data?.toString()],
        [200, "chunked", "<p>GET</p>\n".repeat(100)],
      );
      assert.deepEqual((await get("/large.bin")).data, nginx.files["/large.bin"]);
      assert.equal((await get("/closing/small.txt")).code, 200);
      assert.deepEqual([(await get("/silent")).failure, (await get("/status/503")).code], ["closed-early", 503]);
    });

    test(`${subject.name} reads the same over TLS`, async (t) => {
      if (!nginx) return t.skip(skipReason(SERVERS.nginx));
      const large = await callOne(subject, { operation: "get", url: `${nginx.tlsUrl}/large.bin` }, { ca: nginx.certificate });
      assert.deepEqual([large.code, large.data, large.diagnostics], [200, nginx.files["/large.bin"], []]);
    });

    test(`${subject.name} fails on a page of 17 MiB, and on a body that nginx finds too large it gets the 413`, async (t) => {
      if (!nginx) return t.skip(skipReason(SERVERS.nginx));
      const huge = await get("/huge.bin");
      assert.deepEqual([huge.calls, huge.code, huge.failure], [1, -1, "response-too-large"]);
      const limited = await callOne(subject, { operation: "put", url: `${nginx.url}/limited`, body: Buffer.alloc(200_000) });
      assert.deepEqual([limited.calls, limited.code], [1, 413]);
    });
  }
});
