import { lowerCase, type Field } from "../../protocol/index.ts";
import { isSecret, REDACTED, redactUrl, type SecretNames } from "./redact.ts";

/** User and password of a URL, wherever it stands in a text. */
const CREDENTIALS = /\/\/[^\s/?#@"'<>]*@/g;

/** A text that may have URLs in it, without what is secret in them. They end with white space, which no URL has. */
export const redactText = (text: string, secrets: SecretNames): string =>
  text.replace(CREDENTIALS, "//").replace(/\S+/g, (word) => (/[?#]/.test(word) ? redactUrl(word, secrets) : word));

/** A field line for a file or a log. Of cookies the names stay, and the attributes. */
export function redactField([name, value]: Field, secrets: SecretNames): Field {
  const lower = lowerCase(name);
  if (lower === "cookie") return [name, value.split(";").map(redactCookie).join(";")];
  if (lower === "set-cookie") return [name, value.replace(/^[^;]*/, redactCookie)];
  if (isSecret(name, secrets)) return [name, REDACTED];
  return [name, redactText(value, secrets)];
}

const redactCookie = (cookie: string): string =>
  cookie.replace(/=[^]*$|^[^=]+$/, (found) => (found.startsWith("=") ? `=${REDACTED}` : REDACTED));

/**
 * A body for a file or a log: members of JSON, fields of forms and parts of multipart bodies lose their values when their names are secret. The
 * same bytes when there are none; undefined for JSON that cannot be read, of which nobody knows what is in it. Of other types nothing is known.
 */
export function redactBody(bytes: Uint8Array, contentType: string | undefined, secrets: SecretNames): Uint8Array | undefined {
  const [type = ""] = lowerCase(contentType ?? "").split(";", 1);
  const media = type.trim();
  if (media === "application/x-www-form-urlencoded") return replaced(bytes, (text) => redactUrl(`?${text}`, secrets).slice(1));
  const boundary = multipartBoundary(contentType);
  if (boundary !== undefined) return redactParts(bytes, boundary, secrets);
  if (/[/+]json$/.test(media)) return redactJson(bytes, secrets) ?? redactLines(bytes, secrets);
  const looksLikeJson = /^\s*[[{"]/.test(Buffer.from(bytes.subarray(0, 100)).toString());
  return looksLikeJson ? (redactJson(bytes, secrets) ?? redactLines(bytes, secrets) ?? redactMembers(bytes, secrets)) : bytes;
}

/** The boundary of a multipart type (RFC 2046 §5.1.1). */
export function multipartBoundary(contentType: string | undefined): string | undefined {
  const [, quoted, token] = /^\s*multipart\/[^;]*;(?:[^]*;)?\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType ?? "") ?? [];
  return quoted ?? token;
}

function replaced(bytes: Uint8Array, redact: (text: string) => string): Uint8Array {
  const text = Buffer.from(bytes).toString();
  const redacted = redact(text);
  return redacted === text ? bytes : Buffer.from(redacted);
}

function redactJson(bytes: Uint8Array, secrets: SecretNames): Uint8Array | undefined {
  if (bytes.length === 0) return bytes;
  let found = false;
  const redact = (name: string, value: unknown): unknown => {
    const hidden = hide(name, value, secrets);
    found ||= hidden !== value;
    return hidden;
  };
  try {
    const value: unknown = JSON.parse(new TextDecoder("utf-8").decode(bytes), redact);
    return found ? Buffer.from(JSON.stringify(value)) : bytes;
  } catch {
    return undefined;
  }
}

/** One value in each line, as in logs and streams; undefined when it is something else. */
function redactLines(bytes: Uint8Array, secrets: SecretNames): Uint8Array | undefined {
  const lines = Buffer.from(bytes).toString().split("\n");
  const redacted = lines.map((line) => redactJson(Buffer.from(line), secrets));
  return redacted.every((line) => line !== undefined) ? Buffer.from(redacted.map((line) => Buffer.from(line)).join("\n")) : undefined;
}

/** A string of JSON, and the string or the word that it names, if it does. One without an end takes all the rest: each character is looked at once. */
const MEMBER = /"((?:[^"\\]|\\[^])*)(?:"(?:\s*:\s*(?:"(?:[^"\\]|\\[^])*"?|[^\s"{}[\],]+))?|\\?$)/g;

/** JSON that cannot be read, where the bytes must be kept all the same: what looks like a member with a name that is secret loses its value. */
export function redactMembers(bytes: Uint8Array, secrets: SecretNames): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  const redacted = text.replace(MEMBER, (member, name: string) => {
    const [colon] = /^\s*:\s*/.exec(member.slice(name.length + 2)) ?? [];
    return colon !== undefined && isSecret(name, secrets) ? `"${name}"${colon}"${REDACTED}"` : redactText(member, secrets);
  });
  return redacted === text ? bytes : Buffer.from(redacted, "latin1");
}

function hide(name: string, value: unknown, secrets: SecretNames): unknown {
  if (name !== "" && value !== null && isSecret(name, secrets)) return REDACTED;
  if (typeof value !== "string") return value;
  // JSON in a string of JSON: servers echo what they were sent.
  const inner = /^\s*[[{]/.test(value) ? redactJson(Buffer.from(value), secrets) : undefined;
  return inner ? Buffer.from(inner).toString() : redactText(value, secrets);
}

/** Byte by character: what else is in the parts stays what it is. */
function redactParts(bytes: Uint8Array, boundary: string, secrets: SecretNames): Uint8Array {
  const text = Buffer.from(bytes).toString("latin1");
  const parts = text.split(`--${boundary}`);
  const redacted = parts.map((part) => redactPart(part, secrets)).join(`--${boundary}`);
  return redacted === text ? bytes : Buffer.from(redacted, "latin1");
}

function redactPart(part: string, secrets: SecretNames): string {
  const end = part.indexOf("\r\n\r\n");
  const [, name = ""] = /;\s*name="([^"]*)"/i.exec(part.slice(0, Math.max(0, end))) ?? [];
  return isSecret(name, secrets) ? `${part.slice(0, end)}\r\n\r\n${REDACTED}\r\n` : part;
}
