import { joinEndpoint, splitEndpoint } from "../../transport/index.ts";

/** `"host:port"` to `"host:port"`: keys in the form they are looked up by. A RangeError when one side is something else. */
export function checkedConnectTo(map: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const checked: Record<string, string> = Object.create(null);
  for (const [from, to] of Object.entries(map)) {
    splitEndpoint(to);
    checked[joinEndpoint(splitEndpoint(from))] = to;
  }
  return checked;
}
