// The TypeScript twin of http-get.lua.
import { createHttp } from "nodemcu-http";
import { connectTo } from "./connect-to.ts";

const http = createHttp({ connectTo });

http.get("http://httpbin.org/ip", null, (code, data, _headers, failure) => {
  if (code < 0) console.log("HTTP request failed", failure?.message);
  else console.log(code, data);
});
