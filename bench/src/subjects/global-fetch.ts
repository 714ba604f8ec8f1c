import { consumeResponse } from "../body.ts";
import { inPromisedLanes } from "../lanes.ts";
import { fetchBody } from "../upload.ts";
import type { Run, Subject, Target } from "../subject.ts";

const setup = async ({ work, url, upload }: Target): Promise<Run> => {
  const headers: Record<string, string> = work.connection === "close" ? { connection: "close" } : {};
  const init = { method: work.method, headers };
  return inPromisedLanes(async () => consumeResponse(await fetch(url, { ...init, ...fetchBody(upload()) }), work.consume), work.expects);
};

/** The fetch that comes with Node. */
export const subjects: readonly Subject[] = [{ name: "global fetch", does: () => true, setup }];
