import assert from "node:assert/strict";
import { test } from "node:test";
import { splitEndpoint } from "../src/transport/index.ts";
import { matchesNoProxy } from "../src/transport/no-proxy.ts";

/** Lists, the targets that they take in, and those that they do not. */
const TABLE: readonly (readonly [list: string, direct: string, proxied: string])[] = [
  ["", "", "a.example:80 127.0.0.1:80"],
  ["*", "a.example:80 127.0.0.1:80 [::1]:80", ""],
  ["b.example, *", "a.example:80", ""],
  [
    "example.com",
    "example.com:80 www.example.com:443 a.b.example.com:1",
    "nonexample.com:80 example.com.evil.example:80 com:80 example:80",
  ],
  [".example.com", "example.com:80 www.example.com:443", "nonexample.com:80"],
  ["*.example.com", "example.com:80 www.example.com:443", "nonexample.com:80"],
  ["Example.COM", "example.com:80 WWW.EXAMPLE.com:80", ""],
  ["example.com.", "example.com:80 example.com.:80 www.example.com.:80", ""],
  ["localhost", "localhost:80 localhost.:80 LOCALHOST:80 a.localhost:80", "127.0.0.1:80 localhost.evil.example:80"],
  ["a.example,b.example", "a.example:80 b.example:80", "c.example:80"],
  [" a.example , b.example\tc.example\n", "a.example:80 b.example:80 c.example:80", "d.example:80"],
  [",, ,", "", "a.example:80"],
  ["example.com:8080", "example.com:8080 www.example.com:8080", "example.com:80 example.com:8081"],
  [".example.com:8080", "www.example.com:8080", "www.example.com:8081"],
  ["example.com:", "", "example.com:80"],
  ["example.com:x", "", "example.com:80"],
  ["bücher.example", "xn--bcher-kva.example:80 www.xn--bcher-kva.example:80", "bucher.example:80"],
  [
    "127.0.0.1",
    "127.0.0.1:80 127.1:80 2130706433:80 0x7f000001:80 0x7f.1:80 017700000001:80 0177.0.0.1:80 127.0.0.1.:80",
    "127.0.0.2:80 128.0.0.1:80",
  ],
  ["127.0.0.1", "[::ffff:127.0.0.1]:80 [::ffff:7f00:1]:80 [0:0:0:0:0:ffff:7f00:0001]:80", "[::127.0.0.1]:80 [::1]:80"],
  ["0x7f.1", "127.0.0.1:80", "127.0.0.2:80"],
  ["::ffff:127.0.0.1", "127.0.0.1:80 [::ffff:127.0.0.1]:80", "127.0.0.2:80"],
  ["127.0.0.1:8080", "127.0.0.1:8080 [::ffff:127.0.0.1]:8080", "127.0.0.1:80"],
  ["10.0.0.1", "10.0.0.1:80", "1.10.0.0.1:80 10.0.0.1.example:80 10.0.0.10:80"],
  ["0.0.1", "0.0.0.1:80", "10.0.0.1:80"],
  [".0.0.1", "", "10.0.0.1:80"],
  ["[::1]", "[::1]:80 [0:0:0:0:0:0:0:1]:80", "[::2]:80 localhost:80"],
  ["::1", "[::1]:80 [0::0001]:443", "[::2]:80"],
  ["[::1]:8080", "[::1]:8080", "[::1]:80"],
  ["2001:DB8::1", "[2001:db8::1]:80 [2001:0db8:0::0:1]:80", "[2001:db8::2]:80"],
  [
    "10.0.0.0/8",
    "10.0.0.0:80 10.255.255.255:80 [::ffff:10.1.2.3]:80 167772161:80",
    "11.0.0.0:80 9.255.255.255:80 [fd00::1]:80 a.example:80",
  ],
  ["10.1.2.3/8", "10.200.0.1:80", "11.0.0.1:80"],
  ["192.168.16.0/20", "192.168.16.0:80 192.168.31.255:80", "192.168.15.255:80 192.168.32.0:80"],
  ["192.0.2.1/32", "192.0.2.1:80", "192.0.2.2:80"],
  ["0.0.0.0/0", "1.2.3.4:80 255.255.255.255:80", "[2001:db8::1]:80 a.example:80"],
  ["fd00::/8", "[fd12::1]:80 [fdff:ffff::]:443", "[fc00::1]:80 10.0.0.1:80"],
  ["[2001:db8::]/33", "[2001:db8:7fff::1]:80", "[2001:db8:8000::1]:80"],
  ["::/0", "[2001:db8::1]:80", "10.0.0.1:80 [::ffff:10.0.0.1]:80"],
  ["::ffff:10.0.0.0/80", "", "10.0.0.1:80 11.0.0.1:80 [::ffff:10.0.0.1]:80"],
  ["::ffff:10.0.0.0/104", "10.1.2.3:80 [::ffff:10.1.2.3]:80", "11.0.0.1:80"],
  [
    "10.0.0.0/33 10.0.0.0/ 10.0.0.0/x 10/8 /8 a.example/8 2001:db8::/129 10.0.0.0/-1",
    "",
    "10.0.0.1:80 0.0.0.1:80 a.example:80 [2001:db8::1]:80",
  ],
  ["a example/path @b http://c.example ]", "a:80 b.a:80", "b:80 c.example:80 path:80"],
  ["..", "", "a.example:80"],
];

for (const [list, direct, proxied] of TABLE) {
  test(`NO_PROXY=${JSON.stringify(list)} takes in ${direct.split(" ")[0] || "nothing"} and what is like it`, () => {
    const taken = (targets: string): readonly string[] =>
      targets.split(" ").filter((target) => target !== "" && matchesNoProxy(list, splitEndpoint(target)));
    assert.deepEqual([taken(direct).join(" "), taken(proxied).join(" ")], [direct, ""]);
  });
}
