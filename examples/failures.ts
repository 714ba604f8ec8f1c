// Why it is -1: every failure has a code, a phase and a message that says what to do.
import { createHttp } from "nodemcu-http";

const http = createHttp({ timeout: 2_000 });

for (const url of ["http://no-such-host.invalid/", "http://127.0.0.1:1/", "httpbin.org/ip", "http://127.0.0.1/a path"]) {
  http.get(url, null, (code, _data, _headers, failure) => console.log(code, failure?.code, failure?.phase, failure?.blame));
}
