// Testing a program that uses the client: declared answers and faults in place of the network.
import { Client, isHttpError, mockTransport } from "nodemcu-http/client";

const transport = mockTransport([
  { method: "GET", url: "https://api.example.com/devices", times: 1, fault: "connection-reset" },
  { method: "GET", url: "https://api.example.com/devices", reply: { json: [{ name: "lamp" }] } },
  { method: "POST", url: /\/devices$/, reply: (request) => ({ status: 201, json: request.json() }) },
  { url: "/never-asked" },
]);
const client = new Client({ transport, baseUrl: "https://api.example.com/", retry: { limit: 1, delay: 1 } });

// The first attempt fails, the second one is answered.
const devices = await client.get("devices");
console.log(devices.attempts.length, await devices.text());

const made = await client.post("devices", { json: { name: "fan" }, auth: { bearer: "a token" } });
console.log(made.status, await made.text());

// What was asked, for assertions.
console.log(transport.requests.map(({ method, url }) => `${method} ${new URL(url).pathname}`).join(", "));
console.log(transport.requests.at(-1)?.headers.get("authorization"), transport.unused.length);

// What nobody declared is an error that says so.
try {
  await client.put("devices", { body: "x" });
} catch (error) {
  if (isHttpError(error)) console.log(error.code, error.blame, error.message.includes("its method is another one"));
}
