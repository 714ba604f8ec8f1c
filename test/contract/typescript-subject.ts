import { setTimeout as sleep } from "node:timers/promises";
import { createHttp, type HttpCallback, type HttpModule } from "nodemcu-http";
import type { Call, Outcome, Setup, Subject } from "./subject.ts";

/** The module as a TypeScript program uses it. */
export const typescriptSubject: Subject = {
  name: "the TypeScript module",
  async call(setup, calls) {
    return Promise.all(calls.map((call) => callOnce(setup, call)));
  },
};

type Mutable = { -readonly [Key in keyof Outcome]: Outcome[Key] };

async function callOnce(setup: Setup, call: Call): Promise<Outcome> {
  const diagnostics: string[] = [];
  const outcome: Mutable = { ...NOTHING, diagnostics };
  let finish = (): void => {};
  const finished = new Promise<void>((resolve) => (finish = resolve));
  const http = createHttp({
    body: "bytes",
    ...(setup.memory !== undefined && { memory: setup.memory }),
    ...(setup.connectTo && { connectTo: setup.connectTo }),
    ...(setup.ca !== undefined && { tls: { ca: setup.ca } }),
    onDiagnostic: ({ code }) => diagnostics.push(code),
    onExchange: ({ failure }) => {
      outcome.failure = failure?.code;
      outcome.reason = failure?.reason;
      finish();
    },
  });
  let returned = false;
  outcome.returned = String(
    invoke(http, call, (code, data, headers) => {
      outcome.calls++;
      outcome.early ||= !returned;
      Object.assign(outcome, { code, data: data && Buffer.from(data), headers: headers && new Map(Object.entries(headers)) });
    }),
  );
  returned = true;
  await finished;
  // A second callback would come now.
  await sleep(20);
  return outcome;
}

const NOTHING: Outcome = {
  calls: 0,
  early: false,
  returned: "",
  code: undefined,
  data: undefined,
  headers: undefined,
  failure: undefined,
  reason: undefined,
  diagnostics: [],
};

function invoke(
  http: HttpModule<Uint8Array>,
  { operation, url, method = "", headers, body, callback: wanted }: Call,
  given: HttpCallback<Uint8Array>,
): void {
  const callback = wanted === false ? undefined : given;
  if (operation === "get") return http.get(url, headers, callback);
  if (operation === "request") return http.request(url, method, headers, body, callback);
  return http[operation](url, headers, body, callback);
}
