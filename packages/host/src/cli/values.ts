const MILLISECONDS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** What a timer of Node can wait at most, 24.8 days. */
const LONGEST_MS = 2 ** 31 - 1;

/** `500ms`, `3s`, `2m`, `1h`, or seconds without a unit; in milliseconds. A RangeError says what is wrong. */
export function parseDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (!match) throw new RangeError("a duration is a number with ms, s, m or h: 500ms, 3s, 2m, 1h (a bare number is seconds)");
  const ms = Number(match[1]) * (MILLISECONDS[match[2] ?? "s"] ?? 1000);
  if (ms <= 0) throw new RangeError("a duration must be longer than nothing");
  if (ms > LONGEST_MS) throw new RangeError("a duration can be 24 days at most");
  return ms;
}

const UNITS: Readonly<Record<string, number>> = { k: 1024, m: 1024 ** 2 };

const SMALLEST_HEAP = 4096;
const LARGEST_HEAP = 1024 ** 3;

/** A size in bytes, with k or M for its 1024ths. A RangeError says what is wrong. */
export function parseHeap(text: string): number {
  const match = /^(\d+)([kKmM]?)$/.exec(text);
  if (!match) throw new RangeError("a size is a number of bytes, with k or M for its thousands of 1024: 65536, 64k, 1M");
  const bytes = Number(match[1]) * (UNITS[(match[2] ?? "").toLowerCase()] ?? 1);
  if (bytes < SMALLEST_HEAP) throw new RangeError(`the heap must be ${SMALLEST_HEAP} bytes at least`);
  if (bytes > LARGEST_HEAP) throw new RangeError("the heap can be 1024M at most");
  return bytes;
}

/** A TCP port; 0 lets the system choose. */
export function parsePort(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : NaN;
  if (!(port <= 65_535)) throw new RangeError("a port is a number from 0 to 65535");
  return port;
}

const HOST = String.raw`(\[[0-9a-fA-F:.%]+\]|[^:[\]]*)`;
const CONNECT_TO = new RegExp(`^${HOST}:(\\d*):${HOST}:(\\d*)$`);

const isPort = (text: string): boolean => text === "" || (Number(text) >= 1 && Number(text) <= 65_535);

/**
 * curl's `--connect-to HOST1:PORT1:HOST2:PORT2` as an entry of `connectTo`. An empty HOST2 or PORT2 is the request's own; an empty HOST1 or
 * PORT1, which in curl stands for every one, is refused. A RangeError says what is wrong.
 */
export function parseConnectTo(text: string): readonly [from: string, to: string] {
  const match = CONNECT_TO.exec(text);
  if (!match)
    throw new RangeError("it takes four parts, HOST1:PORT1:HOST2:PORT2, with IPv6 addresses in brackets: httpbin.org:80:127.0.0.1:8080");
  const [, host = "", port = "", toHost = "", toPort = ""] = match;
  if (host === "" || port === "") throw new RangeError("HOST1 and PORT1 must be given: one name and one port are redirected at a time");
  if (!isPort(port) || !isPort(toPort)) throw new RangeError("a port is a number from 1 to 65535");
  return [`${host}:${Number(port)}`.toLowerCase(), `${toHost || host}:${Number(toPort || port)}`];
}
