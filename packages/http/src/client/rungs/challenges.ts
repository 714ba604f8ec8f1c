/** One way in which a server lets itself be convinced (RFC 9110 §11.3). */
export interface Challenge {
  /** In lower case. */
  readonly scheme: string;
  /** By their names in lower case, values without quotes. */
  readonly parameters: ReadonlyMap<string, string>;
}

const TOKEN = "[!#$%&'*+\\-.^_`|~0-9A-Za-z]+";

/** A token, which is a scheme when it is no parameter: auth-param = token BWS "=" BWS ( token / quoted-string ) (RFC 9110 §11.2). */
const ITEM = new RegExp(`[ \\t,]*(${TOKEN})(?:[ \\t]*=[ \\t]*(?:"((?:[^"\\\\]|\\\\.)*)"|(${TOKEN}))(?=[ \\t]*(?:,|$)))?`, "ys");

/** What some schemes have in place of parameters, and what must stand between a scheme and what follows. */
const TOKEN68 = /[ \t]+[A-Za-z0-9\-._~+/]+=*(?=[ \t]*(?:,|$))/y;
const BEHIND_SCHEME = /[ \t]+(?=[^,])|[ \t]*(?=,|$)/y;

/**
 * The challenges of WWW-Authenticate fields, each of which may hold several. One that is written wrongly ends the reading of its field; one that names a
 * parameter twice is left out: two readers could read it differently.
 */
export function parseChallenges(fields: readonly string[]): Challenge[] {
  return fields.flatMap(parseField);
}

function parseField(text: string): Challenge[] {
  const challenges: { scheme: string; parameters: Map<string, string>; twice: boolean }[] = [];
  for (let at = 0; at < text.length;) {
    ITEM.lastIndex = at;
    const match = ITEM.exec(text);
    if (!match) break;
    const [item, name = "", quoted, token] = match;
    at += item.length;
    const value = quoted === undefined ? token : quoted.replace(/\\(.)/gs, "$1");
    const current = challenges.at(-1);
    if (value === undefined) {
      at = behindScheme(text, at);
      if (at < 0) break;
      challenges.push({ scheme: name.toLowerCase(), parameters: new Map(), twice: false });
    } else if (current) {
      current.twice ||= current.parameters.has(name.toLowerCase());
      current.parameters.set(name.toLowerCase(), value);
    } else break;
  }
  return challenges.filter(({ twice }) => !twice);
}

/** Where the parameters begin; -1 when what stands there is none of this grammar. */
function behindScheme(text: string, at: number): number {
  for (const pattern of [TOKEN68, BEHIND_SCHEME]) {
    pattern.lastIndex = at;
    if (pattern.test(text)) return pattern.lastIndex;
  }
  return -1;
}
