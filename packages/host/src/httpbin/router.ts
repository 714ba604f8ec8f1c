import { errorReply, htmlReply } from "./reply.ts";
import type { Reply } from "./reply.ts";
import type { HttpbinRequest } from "./request.ts";
import { ROUTES } from "./routes.ts";
import type { Route } from "./routes.ts";

const SEGMENTS: Readonly<Record<string, string>> = { "<int>": "([0-9]{1,4300})", "<text>": "([^/]+)", "<path>": "([^/][^]*)" };

interface CompiledRoute extends Route {
  readonly pattern: RegExp;
}

const COMPILED: readonly CompiledRoute[] = ROUTES.map((entry) => {
  const pattern = entry.path.replaceAll(".", "\\.").replace(/<[a-z]+>/g, (name) => SEGMENTS[name] ?? name);
  return { path: entry.path, methods: entry.methods, answer: entry.answer, pattern: new RegExp(`^${pattern}$`) };
});

const allowedMethods = ({ methods }: Route): string[] => [...methods, ...(methods.includes("GET") ? ["HEAD"] : []), "OPTIONS"];

/** The answer when a path or a method is not served; undefined when it is. */
export function refuse(method: string, path: string): Reply | undefined {
  const served = COMPILED.find(({ pattern }) => pattern.test(path));
  if (served === undefined) return errorReply(404, "There is no such path on this server.");
  const allowed = allowedMethods(served);
  if (allowed.includes(method)) return undefined;
  return errorReply(405, `This path does not serve ${method}.`, [["Allow", allowed.join(", ")]]);
}

/** The answer to any request. */
export async function route(request: HttpbinRequest): Promise<Reply> {
  const refusal = refuse(request.method, request.path);
  if (refusal !== undefined) return refusal;
  for (const candidate of COMPILED) {
    const found = candidate.pattern.exec(request.path);
    if (found === null) continue;
    if (request.method === "OPTIONS") return htmlReply("", { headers: [["Allow", allowedMethods(candidate).join(", ")]] });
    return candidate.answer(request, found.slice(1));
  }
  throw new Error(`no route for ${request.path}`);
}
