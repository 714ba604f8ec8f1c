import { STATUS_CODES } from "node:http";

// httpbin's framework names these differently from node:http.
const OTHER_NAMES: Readonly<Record<number, string>> = {
  203: "Non Authoritative Information",
  207: "Multi Status",
  306: "Switch Proxy",
  413: "Request Entity Too Large",
  414: "Request URI Too Long",
  416: "Requested Range Not Satisfiable",
  449: "Retry With",
  509: "Unknown",
  511: "Network Authentication Failed",
};

/** The reason phrase of a status code, in capitals as httpbin sends it; `UNKNOWN` for a code without a name. */
export const statusText = (status: number): string => (OTHER_NAMES[status] ?? STATUS_CODES[status] ?? "Unknown").toUpperCase();
