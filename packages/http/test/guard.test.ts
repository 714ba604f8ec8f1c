import assert from "node:assert/strict";
import { createServer, isIP } from "node:net";
import { after, before, describe, test } from "node:test";
import { parseHttpUrl } from "../src/protocol/index.ts";
import { specialUse } from "../src/transport/guard.ts";
import { dial, isPublicAddress, type Address, type DialOptions, type HttpFailure } from "../src/transport/index.ts";
import { listen } from "../../../test/helpers/listen.ts";

/** Addresses at both ends of every block, in the spellings that lead filters astray, with the use that they are refused for. */
const REFUSED: readonly (readonly [address: string, use: RegExp])[] = [
  ["0.0.0.0", /^this host$/],
  ["0.255.255.255", /^this host$/],
  ["10.0.0.0", /^private$/],
  ["10.255.255.255", /^private$/],
  ["100.64.0.0", /carrier/],
  ["100.100.100.200", /carrier/],
  ["100.127.255.255", /carrier/],
  ["127.0.0.1", /^loopback$/],
  ["127.255.255.254", /^loopback$/],
  ["168.63.129.16", /cloud/],
  ["169.254.0.1", /^link-local$/],
  ["169.254.169.254", /metadata/],
  ["172.16.0.0", /^private$/],
  ["172.31.255.255", /^private$/],
  ["192.0.0.192", /assignments/],
  ["192.0.2.1", /documentation/],
  ["192.31.196.1", /AS112/],
  ["192.52.193.1", /AMT/],
  ["192.88.99.1", /6to4/],
  ["192.168.0.0", /^private$/],
  ["192.168.255.255", /^private$/],
  ["192.175.48.1", /AS112/],
  ["198.18.0.0", /benchmarking/],
  ["198.19.255.255", /benchmarking/],
  ["198.51.100.7", /documentation/],
  ["203.0.113.7", /documentation/],
  ["224.0.0.1", /multicast/],
  ["239.255.255.255", /multicast/],
  ["240.0.0.1", /reserved/],
  ["255.255.255.254", /reserved/],
  ["255.255.255.255", /broadcast/],
  ["::", /unspecified/],
  ["0:0:0:0:0:0:0:0", /unspecified/],
  ["::1", /^loopback$/],
  ["0000:0000:0000:0000:0000:0000:0000:0001", /^loopback$/],
  ["::0.0.0.1", /^loopback$/],
  ["::127.0.0.1", /IPv4-compatible/],
  ["::8.8.8.8", /IPv4-compatible/],
  ["::ffff:127.0.0.1", /^IPv4-mapped 127\.0\.0\.1, loopback$/],
  ["::ffff:7f00:1", /^IPv4-mapped 127\.0\.0\.1, loopback$/],
  ["::FFFF:7F00:0001", /loopback/],
  ["0:0:0:0:0:ffff:169.254.169.254", /metadata/],
  ["::ffff:0:127.0.0.1", /not assigned/],
  ["64:ff9b::10.0.0.1", /^NAT64 of 10\.0\.0\.1, private$/],
  ["64:ff9b::a9fe:a9fe", /metadata/],
  ["64:ff9b:1::1", /local NAT64/],
  ["64:ff9b:1:ffff::8.8.8.8", /local NAT64/],
  ["100::1", /discard/],
  ["2001::1", /Teredo/],
  ["2001:0:7f00:1::", /Teredo/],
  ["2001:2::1", /assignments/],
  ["2001:1ff:ffff::1", /assignments/],
  ["2001:db8::1", /documentation/],
  ["2002:7f00:1::", /^6to4 of 127\.0\.0\.1, loopback$/],
  ["2002:c0a8:0101::1", /^6to4 of 192\.168\.1\.1, private$/],
  ["2620:4f:8000::1", /AS112/],
  ["3fff:fff::1", /documentation/],
  ["4000::1", /not assigned/],
  ["5f00::1", /segment routing/],
  ["fc00::1", /unique local/],
  ["fd00:ec2::254", /unique local/],
  ["fdff:ffff::1", /unique local/],
  ["fe80::1", /link-local/],
  ["febf::1", /link-local/],
  ["fec0::1", /site-local/],
  ["ff02::1", /multicast/],
  ["fe80::1%lo", /zone/],
  ["2606:4700::1111%eth0", /zone/],
  // No addresses, whatever a resolver of the system's would make of them.
  ["", /no IP address/],
  ["localhost", /no IP address/],
  ["2130706433", /no IP address/],
  ["0x7f.1", /no IP address/],
  ["127.1", /no IP address/],
  ["0177.0.0.1", /no IP address/],
  ["08.8.8.8", /no IP address/],
  [" 8.8.8.8", /no IP address/],
  ["8.8.8.8\n", /no IP address/],
  ["[::1]", /no IP address/],
  ["::1/128", /no IP address/],
];

/** The nearest neighbours of the blocks, and what is embedded where it may be. */
const PUBLIC: readonly string[] = [
  ["1.0.0.0", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "126.255.255.255", "128.0.0.0", "168.63.129.15"],
  ["169.253.255.255", "169.255.0.0", "172.15.255.255", "172.32.0.0", "192.0.1.0", "192.0.3.0", "192.167.255.255", "192.169.0.0"],
  ["198.17.255.255", "198.20.0.0", "198.51.99.255", "198.51.101.0", "203.0.112.255", "203.0.114.0", "223.255.255.255", "8.8.8.8"],
  ["::ffff:8.8.8.8", "::ffff:808:808", "64:ff9b::8.8.8.8", "2002:808:808::1", "2000::", "2001:200::1", "2001:db7:ffff::1"],
  ["2001:db9::1", "2003::1", "2606:4700:4700::1111", "2620:4f:8001::1", "3ffe::1", "3fff:1000::1", "2A00:1450::1"],
].flat();

const dialFailure = (options: Omit<DialOptions, "port"> & { port?: number }): Promise<HttpFailure> =>
  new Promise((resolve, reject) => {
    const wrong = (): void => reject(new Error("it was connected to"));
    const connection = dial(
      { port: 80, guard: "public", ...options },
      {
        onOpen: () => {
          connection.destroy();
          wrong();
        },
        onData: wrong,
        onEnd: wrong,
        onError: resolve,
      },
    );
  });

const answering =
  (...addresses: string[]): NonNullable<DialOptions["lookup"]> =>
  (_host, callback) =>
    callback(
      null,
      addresses.map((address): Address => ({ address, family: address.includes(":") ? 6 : 4 })),
    );

test("addresses of every special use are told by it, however they are written", () => {
  for (const [address, use] of REFUSED) {
    assert.match(specialUse(address) ?? "public", use, address);
    assert.equal(isPublicAddress(address), false, address);
  }
});

test("the neighbours of every block are public, and so is what embeds a public IPv4 address", () => {
  for (const address of PUBLIC) assert.equal(specialUse(address), undefined, address);
});

describe("the guard of a connection", () => {
  let port: number;
  let connected = 0;
  const server = createServer((socket) => {
    connected++;
    socket.on("error", () => {}).end();
  });
  before(async () => {
    port = await listen(server);
  });
  after(() => server.close());

  test("refuses an address before it is connected to, after the call, and names it with its use", async () => {
    let returned = false;
    const failing = dialFailure({ host: "127.0.0.1", port }).then((failure) => [failure, returned] as const);
    returned = true;
    const [{ code, phase, blame, reason }, late] = await failing;
    assert.deepEqual([code, phase, blame, late, connected], ["address-refused", "connect", "caller", true, 0]);
    assert.match(reason, /^127\.0\.0\.1 \(loopback\) is not a public address/);
  });

  test("says nothing when the connection is destroyed in the meantime", async () => {
    const never = (): void => assert.fail("told");
    dial({ host: "127.0.0.1", port, guard: "public" }, { onOpen: never, onData: never, onEnd: never, onError: never }).destroy();
    await new Promise((resolve) => setImmediate(resolve));
  });

  test("refuses a name by what it leads to", async () => {
    const { code, phase, reason } = await dialFailure({ host: "inner.example", port, lookup: answering("127.0.0.1", "fd00::1") });
    assert.deepEqual([code, phase, connected], ["address-refused", "dns", 0]);
    assert.match(reason, /^the name "inner\.example" leads to 127\.0\.0\.1 \(loopback\), fd00::1 \(unique local\), /);
    assert.doesNotMatch(reason, /rebinding/);
  });

  test("refuses a name whole when one of its addresses is public and another is not", async () => {
    const { code, reason } = await dialFailure({ host: "rebind.example", port, lookup: answering("192.0.1.1", "127.0.0.1") });
    assert.deepEqual([code, connected], ["address-refused", 0]);
    assert.match(reason, /leads to 127\.0\.0\.1 \(loopback\), .*DNS rebinding\.$/);
    assert.doesNotMatch(reason, /192\.0\.1\.1/);
  });

  test("tells some of many addresses", async () => {
    const many = Array.from({ length: 300 }, (_, index) => `10.0.${Math.floor(index / 250)}.${index % 250}`);
    const { reason } = await dialFailure({ host: "many.example", lookup: answering(...many) });
    assert.match(reason, /10\.0\.0\.3 \(private\), and 296 more, /);
  });

  test("believes no lookup that answers with a name, which the system would look up again", async () => {
    const { code, reason } = await dialFailure({ host: "twice.example", port, lookup: answering("localhost") });
    assert.deepEqual([code, connected], ["address-refused", 0]);
    assert.match(reason, /localhost \(no IP address\)/);
  });

  test("checks the address that connectTo leads to", async () => {
    const { code } = await dialFailure({ host: "8.8.8.8", port: 80, connectTo: { "8.8.8.8:80": `127.0.0.1:${port}` } });
    assert.deepEqual([code, connected], ["address-refused", 0]);
  });

  test("refuses a proxy and a Unix socket, behind which it sees nothing", async () => {
    for (const [more, way] of [
      [{ proxy: { kind: "http", host: "8.8.8.8", port: 1 } }, /^through a proxy /],
      [{ proxy: { kind: "socks5", host: "8.8.8.8", port: 1 } }, /^through a proxy /],
      [{ socketPath: "/nowhere/socket" }, /^through a Unix socket /],
    ] as const) {
      const { code, reason } = await dialFailure({ host: "8.8.8.8", ...more });
      assert.equal(code, "address-refused");
      assert.match(reason, way);
    }
  });

  test("lets public addresses through, which are then connected to", async () => {
    const steps: string[] = [];
    const never = (): void => assert.fail("told");
    await new Promise<void>((resolve) => {
      const connection = dial(
        { host: "two.example", port: 9, guard: "public", lookup: answering("192.0.1.1", "2003::1") },
        {
          // No packet leaves the machine: the connection is destroyed as this step begins.
          onStep: (step) => {
            steps.push(step);
            if (step !== "connect") return;
            connection.destroy();
            setImmediate(resolve);
          },
          onOpen: never,
          onData: never,
          onEnd: never,
          onError: never,
        },
      );
    });
    assert.deepEqual(steps, ["dns", "connect"]);
  });

  test("catches every spelling of loopback that a URL may hold: as an address, or after the system's own lookup", async () => {
    const spellings = [
      "2130706433",
      "0x7f.1",
      "0x7f000001",
      "017700000001",
      "127.1",
      "0177.0.0.01",
      "localhost",
      "127.0.0.1",
      "127.0.0.1.",
    ];
    for (const host of [...spellings, "[::1]", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "[0:0:0:0:0:0:0:1]"]) {
      const url = parseHttpUrl(`http://${host}:${port}/`);
      const { code } = await dialFailure({ host: url.host, port });
      // A resolver that does not take the spelling for an address has none for it.
      if (code !== "address-refused") assert.match(code, /^dns-/, host);
      if (isIP(url.host) !== 0 || host === "localhost") assert.equal(code, "address-refused", host);
    }
    assert.equal(connected, 0);
  });
});
