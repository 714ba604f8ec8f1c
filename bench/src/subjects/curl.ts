import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import type { Outcome, Run, Subject, Target } from "../subject.ts";
import type { Upload } from "../upload.ts";
import type { Work } from "../work.ts";

const CURL = "/usr/bin/curl";
const FORMAT = "%{http_code} %{size_download} %{time_total}\\n";

/** The seconds of each transfer as curl saw them, in milliseconds: its start as a process is not what is compared. */
export function readTimings(output: string, expects: number): Outcome {
  const lines = output.trimEnd().split("\n");
  const latencies = lines.map((line) => {
    const [code, size, seconds] = line.split(" ").map(Number);
    if (code !== 200 || size !== expects) throw new Error(`curl received ${line}`);
    return (seconds ?? Number.NaN) * 1000;
  });
  return { latencies: Float64Array.from(latencies), wall: latencies.reduce((sum, value) => sum + value, 0) };
}

const capture = (args: readonly string[], input: Upload | undefined): Promise<string> =>
  new Promise((resolve, reject) => {
    const child = execFile(CURL, args, { timeout: 120_000 }, (error, stdout) => (error ? reject(error) : resolve(stdout)));
    child.stdin?.end(input);
  });

// curl reads its whole input before the first transfer begins.
const UPLOAD = ["--data-binary", "@-", "-H", "Content-Type: application/octet-stream", "-H", "Expect:"];

const setup = async ({ work, url, upload }: Target): Promise<Run> => {
  const body = upload();
  const common = ["-s", "-S", "-w", FORMAT, ...(body === undefined ? [] : UPLOAD)];
  return async (count) => {
    const transfers = Array.from({ length: count }, () => ["-o", "/dev/null", url]).flat();
    return readTimings(await capture([...common, ...transfers], body), work.expects);
  };
};

/** It has nothing to keep a body in, and a stream would have to come from the process that measures. */
const does = ({ moves, consume, streamed }: Work): boolean => moves !== undefined && consume !== "bytes" && !streamed && existsSync(CURL);

/** The curl command on large bodies, which leave its library's speed and not the command's start to be measured. */
export const subjects: readonly Subject[] = [{ name: "curl", does, setup }];
