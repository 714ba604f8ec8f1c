// The TypeScript twin of http-delete.lua.
import { createHttp } from "nodemcu-http";
import { connectTo } from "./connect-to.ts";

const http = createHttp({ connectTo });

http.delete("http://httpbin.org/delete", "", "", (code, data, _headers, failure) => {
  if (code < 0) console.log("HTTP request failed", failure?.message);
  else console.log(code, data);
});
