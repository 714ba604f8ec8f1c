// The TypeScript twin of http-post.lua.
import { createHttp } from "nodemcu-http";
import { connectTo } from "./connect-to.ts";

const http = createHttp({ connectTo });

http.post(
  "http://httpbin.org/post",
  "Content-Type: application/json\r\n",
  `{"sensor":"kitchen","celsius":21.5}`,
  (code, data, _headers, failure) => {
    if (code < 0) console.log("HTTP request failed", failure?.message);
    else console.log(code, data);
  },
);
