import type { Field } from "../../protocol/index.ts";
import { redactBody, redactField, redactText } from "../errors/redact-message.ts";
import { isSecretParameter, REDACTED, type SecretNames } from "../errors/redact.ts";

/** What becomes of everything that may hold a secret. */
export interface Redaction {
  readonly text: (text: string) => string;
  readonly field: (field: Field) => Field;
  readonly cookie: (value: string) => string;
  /** The value of a query parameter. */
  readonly value: (name: string, value: string) => string;
  /** Undefined: nobody can say what is in it. */
  readonly body: (bytes: Uint8Array, contentType: string | undefined) => Uint8Array | undefined;
}

export const NOTHING_HIDDEN: Redaction = {
  text: (text) => text,
  field: (field) => field,
  cookie: (value) => value,
  value: (_name, value) => value,
  body: (bytes) => bytes,
};

export const secretsHidden = (secrets: SecretNames): Redaction => ({
  text: (text) => redactText(text, secrets),
  field: (field) => redactField(field, secrets),
  cookie: () => REDACTED,
  value: (name, value) => (isSecretParameter(name, value, secrets) ? REDACTED : redactText(value, secrets)),
  body: (bytes, contentType) => redactBody(bytes, contentType, secrets),
});
