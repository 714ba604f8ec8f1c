// Binary both ways: a Uint8Array goes out, a Uint8Array comes back. More memory than the default is asked for.
import { createHttp } from "nodemcu-http";
import { connectTo } from "./connect-to.ts";

const http = createHttp({ connectTo, body: "bytes", memory: 64 * 1024 * 1024 });

http.get("http://httpbin.org/bytes/5000?seed=1", null, (code, bytes) => console.log(code, bytes?.constructor.name, bytes?.length));
http.post("http://httpbin.org/post", { "Content-Type": "application/octet-stream" }, Uint8Array.of(0, 1, 254, 255), (code, bytes) => {
  console.log(code, JSON.parse(Buffer.from(bytes ?? []).toString()).data);
});
