import type { ByteString, LuaCall, LuaInput } from "../lua/index.ts";
import type { Host } from "./host.ts";

/** `tls.cert`: what is checked of a server's certificate, by TLS sockets and https alike. */
export const certificateFunctions = (host: Host): ReadonlyMap<string, LuaInput> =>
  new Map<string, LuaInput>([["verify", (call: LuaCall) => verify(host, call)]]);

/** `verify(true | false | pem)`. Always true, or an error. */
function verify(host: Host, call: LuaCall): true {
  if (call.type(1) === "function") throw new Error("tls.cert.verify with a function is not supported by this host");
  host.network.verification = call.type(1) === "string" ? checkedPem(call.string(1)) : call.boolean(1);
  return true;
}

/** The errors of append_pem_blob (app/modules/tls.c), in its order. */
const PEM_RULES: readonly { readonly needs: RegExp; readonly error: string }[] = [
  { needs: /-----BEGIN /, error: "No PEM header" },
  { needs: /-----BEGIN CERTIFICATE/, error: "Wrong PEM type" },
  { needs: /-----BEGIN [^\n]*\n/, error: "Incorrect PEM format" },
  { needs: /-----BEGIN [^\n]*\n[A-Za-z0-9+/=\s]*-----/, error: "Invalid character in PEM" },
  { needs: /-----BEGIN [^\n]*\n[A-Za-z0-9+/=\s]*-----END CERTIFICATE/, error: "Invalid PEM format data" },
];

function checkedPem(pem: ByteString): ByteString {
  const broken = PEM_RULES.find(({ needs }) => !needs.test(pem));
  if (broken) throw new Error(broken.error);
  return pem;
}
