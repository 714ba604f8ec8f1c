import { HttpFailure, isFieldValue, lowerCase } from "../../protocol/index.ts";
import type { HeadersInit, SearchParams } from "../options/options.ts";
import type { BodyInit } from "./body-init.ts";
import { bytesOf } from "./chunk-encoder.ts";
import { CONTENTS, kind, listWords, type Content, type Kind } from "./content.ts";
import { formText } from "./form-text.ts";
import { hasMethods, kindName } from "./members.ts";
import { multipartContent, type MultipartInit } from "./multipart.ts";
import type { RequestBody } from "./request-body.ts";

/** The options that say what the body is. */
export interface BodyOptions {
  readonly headers?: HeadersInit | undefined;
  readonly body?: BodyInit | undefined;
  readonly json?: unknown;
  readonly form?: SearchParams | undefined;
  readonly multipart?: MultipartInit | undefined;
}

/** A body, and the media type that it has unless the caller says another one. */
export interface Payload {
  readonly body: RequestBody | undefined;
  readonly type: string | undefined;
}

/** What a body can be; the first kind that holds is it. */
const BODIES: Readonly<Record<string, Kind>> = {
  ...CONTENTS,
  searchParams: kind({ words: "URLSearchParams", holds: (value) => value instanceof URLSearchParams, content: formContent }),
  formData: kind({ words: "FormData", holds: (value) => value instanceof FormData, content: multipartContent }),
};

const KINDS: readonly (readonly [name: string, kind: Kind])[] = Object.entries(BODIES);

/** For a message: `a string, bytes, a Blob … or FormData`. */
export const BODY_WORDS: string = listWords(Object.values(BODIES));

/** What kind of body a value is; undefined for what cannot be sent. */
export const bodyKind = (value: unknown): string | undefined => KINDS.find(([, { holds }]) => holds(value))?.[0];

const MAKERS = {
  body: ({ body }: BodyOptions) => bodyContent(body),
  json: ({ json }: BodyOptions) => jsonContent(json),
  form: ({ form = "" }: BodyOptions) => formContent(form),
  multipart: ({ multipart = [] }: BodyOptions) => multipartContent(multipart),
} as const;

/** The names of the options that say what the body is; at most one is given. */
export const BODY_OPTIONS = ["body", "json", "form", "multipart"] as const;

const NONE: Payload = { body: undefined, type: undefined };

/**
 * What a request sends. A TypeError for more than one body and for what cannot be sent; `invalid-headers` for a type or the head of a part
 * that would break its line. A stream is taken by this: when the request is not sent, its body is to be discarded.
 */
export function payloadOf(options: BodyOptions): Payload {
  const [name, other] = BODY_OPTIONS.filter((each) => Object.hasOwn(options, each) && options[each] !== undefined);
  if (name === undefined) return NONE;
  if (other !== undefined) throw new TypeError("only one of body, json, form and multipart can be given");
  if ((name === "multipart" || options[name] instanceof FormData) && hasContentType(options))
    throw new TypeError("a multipart body has a Content-Type of its own, which tells its boundary: it cannot be among the headers");
  return MAKERS[name](options);
}

function hasContentType(options: BodyOptions): boolean {
  const headers = Object.hasOwn(options, "headers") ? (options.headers ?? []) : [];
  const names =
    hasMethods(headers, Symbol.iterator) && Symbol.iterator in headers ? [...headers].map(([name]) => name) : Object.keys(headers);
  return names.some((name) => lowerCase(name) === "content-type");
}

/** A body must not change while it is sent, or between a redirect and its answer: bytes are copied, as by fetch. */
function bodyContent(value: unknown): Content {
  const bytes = bytesOf(value);
  if (bytes) return { body: Buffer.from(bytes), type: undefined };
  for (const [, { content }] of KINDS) {
    const found = content(value);
    if (found) return checked(found);
  }
  throw new TypeError(`the body must be ${BODY_WORDS}, not ${kindName(value)}`);
}

/** The type of a Blob is whatever its class makes of it. */
function checked(content: Content): Content {
  if (content.type === undefined || isFieldValue(content.type)) return content;
  throw new HttpFailure("invalid-headers", {
    phase: "request",
    reason: "the headers cannot be sent: the type of the body cannot stand in Content-Type. Nothing was sent.",
  });
}

function jsonContent(value: unknown): Content {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError("json is nothing that JSON can say");
  return { body: Buffer.from(text), type: "application/json" };
}

function formContent(form: SearchParams): Content {
  return { body: Buffer.from(formText(form)), type: "application/x-www-form-urlencoded;charset=UTF-8" };
}
