// HTTPS is verified. A server with a certificate of one's own is trusted by naming it: CA_FILE is a PEM file. That of `nodemcu httpbin`:
// openssl s_client -connect 127.0.0.1:8443 < /dev/null | openssl x509 > ca.pem
import { readFileSync } from "node:fs";
import { createHttp } from "nodemcu-http";
import { connectTo } from "./connect-to.ts";

const url = "https://httpbin.org/get";
const ca = readFileSync(process.env["CA_FILE"] ?? "", "utf8");

createHttp({ connectTo }).get(url, null, (code, _data, _headers, failure) => console.log("without:", code, failure?.code));
createHttp({ connectTo, tls: { ca } }).get(url, null, (code, data) => console.log("with:", code, JSON.parse(data ?? "").url));
