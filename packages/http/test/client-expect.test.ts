import assert from "node:assert/strict";
import type { Socket } from "node:net";
import { Readable } from "node:stream";
import { describe, it } from "node:test";
import { Client, isHttpError, type ClientOptions, type Informational, type RequestOptions } from "../src/client-entry.ts";
import { RawPeer, until } from "./helpers/exchange-rig.ts";

const CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";
const OK = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
const refusal = (status: number, more = ""): string => `HTTP/1.1 ${status} No\r\n${more}Content-Length: 2\r\n\r\nno`;

/** A day: a body that comes was asked for, or its server has answered. */
const FOR_EVER = 86_400_000;

/** A server that is told when the head of a request has come, and when its body has. */
class Host {
  /** Head and body of each request. */
  readonly requests: { head: string; body: string }[] = [];
  readonly peer: RawPeer;
  readonly #texts = new WeakMap<Socket, string>();

  constructor(onHead: (socket: Socket, number: number) => void, onBody: (socket: Socket) => void = (socket) => socket.write(OK)) {
    this.peer = new RawPeer((socket, piece) => {
      const before = this.#texts.get(socket) ?? "";
      const text = before + piece;
      const end = text.indexOf("\r\n\r\n") + 4;
      const [head, body] = [text.slice(0, end), text.slice(end)];
      const length = Number(/^content-length: (\d+)/im.exec(head)?.[1] ?? 0);
      const whole = /^transfer-encoding/im.test(head) ? body.endsWith("0\r\n\r\n") : body.length >= length;
      if (before === "") this.requests.push({ head, body: "" });
      const request = this.requests.at(-1);
      if (request) request.body = body;
      if (/^expect:/im.test(head) && before === "") onHead(socket, this.requests.length);
      this.#texts.set(socket, whole ? "" : text);
      if (whole) onBody(socket);
    });
  }
}

async function withHost(
  host: Host,
  work: (ask: (options?: RequestOptions, method?: string) => ReturnType<Client["request"]>) => Promise<void>,
  options: ClientOptions = {},
): Promise<void> {
  const url = await host.peer.listen();
  await using client = new Client({ expectContinue: FOR_EVER, timeout: 10_000, ...options });
  try {
    await work((more = {}, method = "PUT") => client.request(method, url, { body: "the body", ...more }));
  } finally {
    host.peer.close();
  }
}

describe("A request with expectContinue", () => {
  it("sends its body when the server has said 100 Continue, and not before", () => {
    let before = "not asked";
    const host: Host = new Host((socket) => {
      setTimeout(() => {
        before = host.requests[0]?.body ?? "";
        socket.write(CONTINUE);
      }, 30);
    });
    return withHost(host, async (ask) => {
      const response = await ask();
      assert.deepEqual([response.status, await response.text(), before, host.requests[0]?.body], [200, "ok", "", "the body"]);
      assert.match(host.requests[0]?.head ?? "", /\r\nExpect: 100-continue\r\n/);
      const again = await ask();
      assert.deepEqual([again.status, again.connection.reused], [200, true]);
    });
  });

  it("sends its body once, however often the server says so", () => {
    const host = new Host(
      (socket) => void socket.write(CONTINUE + CONTINUE),
      (socket) => void socket.write(CONTINUE + OK),
    );
    return withHost(host, async (ask) => {
      assert.equal((await ask()).status, 200);
      assert.deepEqual(
        host.requests.map(({ body }) => body),
        ["the body"],
      );
    });
  });

  it("sends its body after the wait when the server says nothing", () =>
    withHost(new Host(() => {}), async (ask) => assert.equal((await ask()).status, 200), { expectContinue: 20 }));

  it("waits a second unless another time is given", () =>
    withHost(new Host(() => {}), async (ask) => assert.ok(((await ask()).timings.send ?? 0) >= 990), { expectContinue: true }));

  for (const status of [401, 403, 413])
    it(`has its answer when the server refuses with ${status}: no body is sent, and the connection is closed`, () => {
      const host = new Host((socket) => void socket.write(refusal(status)));
      return withHost(host, async (ask) => {
        const response = await ask();
        assert.deepEqual([response.status, await response.text()], [status, "no"]);
        await until(() => host.peer.open === 0);
        assert.deepEqual(
          host.requests.map(({ body }) => body),
          [""],
        );
        assert.equal((await ask()).connection.reused, false);
      });
    });

  it("sends no body behind an answer that has begun, whatever its status", () => {
    const host = new Host((socket) => {
      socket.write("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no");
      setTimeout(() => socket.write("k"), 80);
    });
    return withHost(
      host,
      async (ask) => {
        assert.equal(await (await ask()).text(), "ok");
        await until(() => host.peer.open === 0);
        assert.deepEqual(
          host.requests.map(({ body }) => body),
          [""],
        );
      },
      { expectContinue: 20 },
    );
  });

  it("lets a stream go that the server did not want", () => {
    const body = Readable.from(["never sent"]);
    return withHost(new Host((socket) => void socket.write(refusal(403))), async (ask) => {
      assert.equal((await ask({ body })).status, 403);
      await until(() => body.destroyed);
    });
  });

  for (const [what, body] of [
    ["in memory", () => "the body"],
    ["a stream that nobody has read yet", () => Readable.from(["the body"])],
  ] as const)
    it(`is sent once more without Expect when the server answers 417: ${what}`, () => {
      const host = new Host((socket) => void socket.write(refusal(417)));
      return withHost(host, async (ask) => {
        const response = await ask({ body: body() });
        assert.equal(response.status, 200);
        assert.deepEqual(
          host.requests.map(({ head, body: sent }) => [/expect/i.test(head), sent.includes("the body")]),
          [
            [true, false],
            [false, true],
          ],
        );
        assert.deepEqual(
          response.attempts.map(({ status }) => status),
          [417, 200],
        );
      });
    });

  it("has the 417 itself when a stream was sent already", () => {
    const host = new Host(
      (socket) => void socket.write(CONTINUE),
      (socket) => void socket.write(refusal(417)),
    );
    return withHost(host, async (ask) => assert.equal((await ask({ body: Readable.from(["the body"]) })).status, 417));
  });

  it("without a body expects nothing", () => {
    const host = new Host(() => {});
    return withHost(host, async (ask) => {
      for (const [method, body] of [
        ["GET", undefined],
        ["POST", ""],
        ["POST", undefined],
      ] as const)
        assert.equal((await ask({ body }, method)).status, 200);
      for (const { head } of host.requests) assert.doesNotMatch(head, /expect/i);
    });
  });

  it("expects again behind a redirect", () => {
    const host = new Host((socket, number) => void socket.write(number === 1 ? refusal(307, "Location: /there\r\n") : CONTINUE));
    return withHost(host, async (ask) => {
      assert.equal((await ask()).status, 200);
      assert.deepEqual(
        host.requests.map(({ head, body }) => [head.split(" ")[1], /Expect: 100-continue/.test(head), body]),
        [
          ["/", true, ""],
          ["/there", true, "the body"],
        ],
      );
    });
  });

  it("follows a redirect with a stream that nobody has read yet, but not with one that was read", () => {
    const redirect = refusal(307, "Location: /there\r\n");
    const early = new Host((socket, number) => void socket.write(number === 1 ? redirect : CONTINUE));
    const late = new Host(
      (socket) => void socket.write(CONTINUE),
      (socket) => void socket.write(redirect),
    );
    return withHost(early, async (ask) => {
      assert.equal((await ask({ body: Readable.from(["the body"]) })).status, 200);
      await withHost(late, async (again) => {
        await assert.rejects(again({ body: Readable.from(["the body"]) }), { code: "redirect-refused" });
      });
    });
  });

  it("makes no timeout.send of the wait", () =>
    withHost(new Host((socket) => void setTimeout(() => socket.write(CONTINUE), 150)), async (ask) =>
      assert.equal((await ask({ timeout: { send: 50, headers: 5000 } })).status, 200),
    ));

  it("ends with the time of the call when the server never says anything, and with the signal", () =>
    withHost(new Host(() => {}), async (ask) => {
      await assert.rejects(ask({ timeout: 80 }), (error) => isHttpError(error) && error.code === "timeout" && error.phase === "send");
      await assert.rejects(ask({ signal: AbortSignal.timeout(50) }), { code: "aborted", phase: "send" });
      assert.ok(!process.getActiveResourcesInfo().includes("Timeout"), "the wait for 100 Continue is left");
    }));
});

describe("An answer that comes before the request is complete", () => {
  it("is delivered when it refuses: the rest is not sent, and the connection is not used again", () => {
    let sent = 0;
    const peer = new RawPeer((socket, text) => {
      sent += text.length;
      if (text.startsWith("PUT")) socket.write(refusal(413));
    });
    return (async () => {
      const url = await peer.listen();
      await using client = new Client({ timeout: 10_000 });
      let pulled = 0;
      const body = async function* (): AsyncGenerator<Uint8Array> {
        for (; pulled < 1000; pulled++) {
          yield new Uint8Array(100_000);
          await new Promise((resolve) => setImmediate(resolve));
        }
      };
      const response = await client.put(url, { body });
      assert.deepEqual([response.status, await response.text()], [413, "no"]);
      await until(() => peer.open === 0);
      assert.ok(pulled < 1000 && sent < 100_000_000);
      peer.close();
    })();
  });
});

describe("onInformational", () => {
  const interim = (host: string): Host =>
    new Host(
      (socket) => void socket.write(host),
      (socket) => void socket.write(OK),
    );

  it("is told each interim response with its headers, and 100 too", () => {
    const heard: Informational[] = [];
    const hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\nLink: </b.js>; rel=preload\r\n\r\n";
    return withHost(interim(hints + CONTINUE), async (ask) => {
      const response = await ask({ onInformational: (one) => void heard.push(one) });
      assert.equal(await response.text(), "ok");
      assert.deepEqual(heard, [
        {
          status: 103,
          headers: [
            ["Link", "</a.css>; rel=preload"],
            ["Link", "</b.js>; rel=preload"],
          ],
        },
        { status: 100, headers: [] },
      ]);
    });
  });

  it("ends the call when it throws, and its connection", () => {
    const cause = new Error("enough");
    const host = interim("HTTP/1.1 103 Early Hints\r\n\r\n");
    return withHost(host, async (ask) => {
      const onInformational = (): never => {
        throw cause;
      };
      await assert.rejects(ask({ onInformational }), (error) => {
        assert.ok(isHttpError(error));
        assert.deepEqual([error.code, error.phase, error.cause], ["callback-failed", "send", cause]);
        assert.match(error.message, /: onInformational threw: enough \[phase send, 127\.0\.0\.1:\d+, /);
        return true;
      });
      await until(() => host.peer.open === 0);
    });
  });
});
