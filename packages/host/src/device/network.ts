import { rootCertificates } from "node:tls";
import { dial } from "nodemcu-http/transport";
import type { Connection, ConnectionHandlers, DialOptions, TlsOptions } from "nodemcu-http/transport";
import type { Network, Verification } from "../modules/index.ts";

/** How a device reaches the world. */
export interface NetworkSettings {
  /** `"host:port"` to `"host:port"`, as curl's `--connect-to`: only the address changes. */
  readonly connectTo?: Readonly<Record<string, string>> | undefined;
  /** Certificates (PEM) trusted beside the built-in ones. */
  readonly ca?: string | readonly string[] | undefined;
  /** Never verify a certificate, whatever the script asks, and never warn about one. */
  readonly insecure?: boolean | undefined;
}

/** TCP and TLS over the computer's own network. */
export class HostNetwork implements Network {
  readonly connectTo: Readonly<Record<string, string>>;
  readonly warnUnverified: boolean;
  readonly #trusted: readonly string[] | undefined;
  readonly #insecure: boolean;
  #verification: Verification = false;
  #tls: TlsOptions | undefined;

  constructor(settings: NetworkSettings = {}) {
    this.connectTo = settings.connectTo ?? {};
    this.#insecure = settings.insecure ?? false;
    this.warnUnverified = !this.#insecure;
    if (settings.ca !== undefined) this.#trusted = [...rootCertificates, settings.ca].flat();
  }

  get verification(): Verification {
    return this.#verification;
  }

  set verification(verification: Verification) {
    this.#verification = verification;
    this.#tls = undefined;
  }

  get tls(): TlsOptions {
    this.#tls ??= this.#options();
    return this.#tls;
  }

  dial(options: DialOptions, handlers: ConnectionHandlers): Connection {
    return dial({ ...options, connectTo: this.connectTo }, handlers);
  }

  // Without verification the trusted certificates still count: they decide whether there is something to warn about.
  #options(): TlsOptions {
    if (this.#insecure) return { verify: false };
    if (typeof this.#verification === "string") return { verify: true, ca: this.#verification };
    return { verify: this.#verification, ca: this.#trusted };
  }
}
