import { dial, HttpFailure, type Connection, type DialOptions } from "../../src/transport/index.ts";

/** Everything that a connection tells, until it has ended or failed. */
export interface Told {
  readonly steps: readonly string[];
  readonly text: string;
  readonly end: "orderly" | "truncated" | HttpFailure;
  readonly connection: Connection;
}

/** Dials, calls `opened` when the connection is open, and reads to its end. */
export function dialed(options: DialOptions, opened: (connection: Connection) => void = () => {}): Promise<Told> {
  const steps: string[] = [];
  let text = "";
  return new Promise((resolve) => {
    const over = (end: Told["end"]): void => {
      resolve({ steps, text, end, connection });
      setImmediate(() => connection.destroy());
    };
    const connection = dial(options, {
      onStep: (step) => steps.push(step),
      onOpen: () => {
        steps.push("open");
        opened(connection);
      },
      onData: (bytes) => (text += Buffer.from(bytes).toString("latin1")),
      onEnd: (truncated) => over(truncated ? "truncated" : "orderly"),
      onError: over,
    });
  });
}

/** The failure that dialing must come to. */
export async function dialFailure(options: DialOptions): Promise<HttpFailure> {
  const { end, text } = await dialed(options);
  if (end instanceof HttpFailure) return end;
  throw new Error(`it did not fail: ${end} after ${JSON.stringify(text)}`);
}
