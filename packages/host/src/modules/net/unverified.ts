import type { Place } from "../../lua/index.ts";
import type { Host, Network } from "../host.ts";

/** What has been said, per boot. */
const said = new WeakMap<Network, Set<string>>();

/** Says once per endpoint that a certificate was accepted which does not verify. */
export function warnUnverified(host: Host, endpoint: string, problem: { message: string; place: Place | undefined }): void {
  const endpoints = said.get(host.network) ?? new Set();
  if (!host.network.warnUnverified || endpoints.has(endpoint)) return;
  said.set(host.network, endpoints.add(endpoint));
  host.diagnose({ code: "tls-not-verified", severity: "warning", ...problem });
}
