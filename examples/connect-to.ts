/**
 * Where the TypeScript examples connect instead of httpbin.org: CONNECT_TO="host:port=host:port,…", empty for the real one.
 * `npx nodemcu httpbin` and CONNECT_TO=httpbin.org:80=127.0.0.1:8080,httpbin.org:443=127.0.0.1:8443 keep them on this machine.
 */
export const connectTo: Record<string, string> = Object.fromEntries(
  (process.env["CONNECT_TO"] ?? "")
    .split(",")
    .filter(Boolean)
    .map((pair) => pair.split("=") as [string, string]),
);
