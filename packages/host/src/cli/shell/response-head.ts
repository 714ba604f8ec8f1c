import type { ClientResponse } from "nodemcu-http/client";

const COLORS = { success: "1;32", redirect: "1;36", error: "1;31", name: "1" } as const;

const paint = (text: string, code: string): string => `\u001b[${code}m${text}\u001b[0m`;

function statusColor(status: number): string {
  if (status >= 400) return COLORS.error;
  return status >= 300 ? COLORS.redirect : COLORS.success;
}

/** A response's head as lines without their ends. The engine speaks HTTP/1.1 alone. */
export function headLines(response: ClientResponse): { readonly status: string; readonly fields: readonly (readonly [string, string])[] } {
  const { status, statusText, headers } = response;
  return { status: `HTTP/1.1 ${status}${statusText === "" ? "" : ` ${statusText}`}`, fields: [...headers.entries()] };
}

/** A response's head as it stands before a body, in its bytes. */
export function headBytes(response: ClientResponse, { color }: { readonly color: boolean }): Uint8Array {
  const { status, fields } = headLines(response);
  const first = color ? paint(status, statusColor(response.status)) : status;
  const lines = fields.map(([name, value]) => `${color ? paint(name, COLORS.name) : name}: ${value}`);
  return Buffer.from(`${[first, ...lines].join("\r\n")}\r\n\r\n`, "latin1");
}
