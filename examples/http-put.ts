// The TypeScript twin of http-put.lua.
import { createHttp } from "nodemcu-http";
import { connectTo } from "./connect-to.ts";

const http = createHttp({ connectTo });

http.put("http://httpbin.org/put", "Content-Type: text/plain\r\n", "The first line.\nThe second line.", (code, data, _headers, failure) => {
  if (code < 0) console.log("HTTP request failed", failure?.message);
  else console.log(code, data);
});
