import { consumeResponse } from "../body.ts";
import { inPromisedLanes } from "../lanes.ts";
import { fetchBody } from "../upload.ts";
import type { Run, Subject, Target } from "../subject.ts";

const setup = async ({ work, url, upload }: Target): Promise<Run> => {
  const { default: ky } = await import("ky");
  const headers: Record<string, string> = work.connection === "close" ? { connection: "close" } : {};
  const options = { method: work.method, headers, retry: 0, timeout: 60_000 };
  return inPromisedLanes(async () => consumeResponse(await ky(url, { ...options, ...fetchBody(upload()) }), work.consume), work.expects);
};

/** ky, a layer over the fetch that comes with Node. */
export const subjects: readonly Subject[] = [{ name: "ky", dependency: "ky", does: () => true, setup }];
