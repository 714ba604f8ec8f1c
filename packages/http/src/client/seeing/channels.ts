import { openChannel, type Channel } from "../../system/index.ts";

/** The channels of node:diagnostics_channel on which the client tells what it does; docs/seeing.md describes their messages. */
export const CHANNELS: Readonly<Record<"request" | "response" | "complete" | "redirect" | "retry" | "error" | "connect", Channel>> = {
  request: openChannel("nodemcu-http:request"),
  response: openChannel("nodemcu-http:response"),
  complete: openChannel("nodemcu-http:complete"),
  redirect: openChannel("nodemcu-http:redirect"),
  retry: openChannel("nodemcu-http:retry"),
  error: openChannel("nodemcu-http:error"),
  connect: openChannel("nodemcu-http:connect"),
};
