// The TypeScript twin of http-request.lua.
import { createHttp } from "nodemcu-http";
import { connectTo } from "./connect-to.ts";

const http = createHttp({ connectTo });

http.request("http://httpbin.org/", "HEAD", "", "", (code, data, _headers, failure) => {
  if (code < 0) console.log("HTTP request failed", failure?.message);
  else console.log(code, data);
});
