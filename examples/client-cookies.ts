// The modern client: cookies kept in a jar, here tough-cookie's, for every hop of a redirect.
import { Client } from "nodemcu-http/client";
import { CookieJar } from "tough-cookie";
import { connectTo } from "./connect-to.ts";

const jar = new CookieJar();
await using client = new Client({ baseUrl: "http://httpbin.org/", connectTo, timeout: 20_000, cookies: jar });

// It sets a cookie and redirects: the cookie is sent to where that leads.
const set = await client.get("cookies/set", { searchParams: { room: "kitchen" } });
console.log(set.redirected, JSON.stringify(await set.json()));

console.log(await jar.getCookieString("http://httpbin.org/"), (await jar.getCookieString("http://example.com/")) === "");

// A header of the program's own goes before the jar.
const own = await client.get("cookies", { headers: { Cookie: "room=cellar" } });
console.log(JSON.stringify(await own.json()));

// Without them for once: a jar that is empty.
const without = await client.get("cookies", { cookies: new CookieJar() });
console.log(JSON.stringify(await without.json()));
