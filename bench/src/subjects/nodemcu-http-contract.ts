import { inLanes } from "../lanes.ts";
import type { Run, Subject, Target } from "../subject.ts";
import type { Work } from "../work.ts";

const ROOM_FOR_LARGE = { body: "bytes", memory: 200_000_000, timeout: 60_000 } as const;

async function setup({ work, url, upload }: Target): Promise<Run> {
  const { createHttp, http } = await import("nodemcu-http");
  const module = work.moves === undefined ? http : createHttp(ROOM_FOR_LARGE);
  const bytes = upload();
  // A work that streams is none that it does.
  const body = Buffer.isBuffer(bytes) ? bytes : undefined;
  return inLanes((_lane, done) => {
    module.request(url, work.method, null, body, (code, data, _headers, failure) => {
      done(code === 200 ? undefined : (failure ?? new Error(`status ${code}`)), data?.length ?? 0);
    });
  }, work.expects);
}

/** The contract closes its connection after each response, hands a body over in one piece and leaves it as it was encoded. */
const does = ({ connection, consume, moves, streamed }: Work): boolean =>
  connection === "close" || (moves !== undefined && consume !== "stream" && !streamed);

/** NodeMCU's contract, with the settings it comes with where they allow for the size. */
export const subjects: readonly Subject[] = [{ name: "nodemcu-http http.get", ours: true, does, setup }];
