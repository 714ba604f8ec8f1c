import type { TlsOptions } from "../../transport/index.ts";

const anything = (): boolean => true;

/** Every member, and what it must be; what certificates, keys and pins are worth is looked at when they are used. */
const MEMBERS: Readonly<Record<keyof TlsOptions, (value: unknown) => boolean>> = {
  verify: (value) => typeof value === "boolean",
  ca: anything,
  cert: anything,
  key: anything,
  pin: anything,
  servername: (value) => typeof value === "string" && /^[\w.:-]+$/.test(value),
};

export const TLS_WORDS: string = `an object of ${Object.keys(MEMBERS).join(", ")}`;

/** Whether something is options of TLS and nothing else: one that Node knows, such as `minVersion`, must not seem to have an effect. */
export const areTlsOptions = (value: unknown): boolean =>
  typeof value === "object" &&
  value !== null &&
  !Array.isArray(value) &&
  Object.entries(value).every(([name, member]) => isMember(name) && (member === undefined || MEMBERS[name](member)));

const isMember = (name: string): name is keyof TlsOptions => Object.hasOwn(MEMBERS, name);
