/** White space, then a mark, a string, or a number or literal (RFC 8259 §2, §6, §7). */
const TOKEN =
  /[ \t\n\r]*(?:([{}[\],:])|"(?:[^"\\\x00-\x1f]+|\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4}))*"|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[Ee][+-]?[0-9]+)?|true|false|null)/y;

/** What may come next, as first characters of tokens: `"` is a string, `v` any other value without a mark. */
const NEXT: Readonly<Record<"value" | "first" | "key" | "firstKey" | "colon" | "behind", string>> = {
  value: '"v{[',
  first: '"v{[]',
  key: '"',
  firstKey: '"}',
  colon: ":",
  behind: ",}]",
};

/** The index of the first token with which a text stops being JSON; its length when it only ends too early. For a text that is no JSON. */
export function jsonFault(text: string): number {
  const open: string[] = [];
  let next: keyof typeof NEXT = "value";
  let at = 0;
  for (;;) {
    TOKEN.lastIndex = at;
    const match = TOKEN.exec(text);
    const token = match?.[0].trimStart() ?? "";
    const start = match ? at + match[0].length - token.length : text.length - text.slice(at).replace(/^[ \t\n\r]+/, "").length;
    const kind = match?.[1] ?? (token.startsWith('"') ? '"' : "v");
    const expected = next === "behind" ? behind(open.at(-1)) : NEXT[next];
    if (!match || !expected.includes(kind)) return start;
    at = start + token.length;
    if (kind === "{" || kind === "[") open.push(kind);
    if (kind === "}" || kind === "]") open.pop();
    next = following(kind, { next, inObject: open.at(-1) === "{" });
  }
}

/** Behind a value: a comma, or the mark that closes what is open. */
function behind(open: string | undefined): string {
  if (open === undefined) return "";
  return open === "{" ? ",}" : ",]";
}

function following(kind: string, { next, inObject }: { next: keyof typeof NEXT; inObject: boolean }): keyof typeof NEXT {
  if (kind === "{") return "firstKey";
  if (kind === "[") return "first";
  if (kind === ":") return "value";
  if (kind === ",") return inObject ? "key" : "value";
  return kind === '"' && (next === "key" || next === "firstKey") ? "colon" : "behind";
}

const OPEN_STRING = /^"(?:[^"\\\x00-\x1f]+|\\[^])*\\?$/;

/** What is wrong with a text that is no JSON, and where, with the text around that place. */
export function jsonProblem(text: string): string {
  if (text === "") return "the body is empty, which is no JSON.";
  const at = jsonFault(text);
  const from = Math.max(0, at - 20);
  const near = `${from > 0 ? "…" : ""}${text.slice(from, at + 40)}${text.length > at + 40 ? "…" : ""}`;
  if (at >= text.length || OPEN_STRING.test(text.slice(at)))
    return `the body is no JSON: it ends too early, after ${text.length} characters: ${JSON.stringify(near)}.`;
  const before = text.slice(0, at).split("\n");
  const place = `line ${before.length}, column ${(before.at(-1)?.length ?? 0) + 1}, position ${at}`;
  return `the body is no JSON: ${JSON.stringify(text.slice(at, at + 1))} cannot stand at ${place}: ${JSON.stringify(near)}.`;
}
