/** A browser keeps a `__Host-` cookie to one host, path `/` and https (RFC 6265bis), so no sister site can plant one. */
const names = { secure: "__Host-kerbside_session", plain: "kerbside_session" } as const;

/** The session cookie of an installation that people reach under `publicUrl`. */
export class SessionCookie {
  readonly #isSecure: boolean;

  constructor(publicUrl: string) {
    this.#isSecure = publicUrl.startsWith("https:");
  }

  get #name(): string {
    return this.#isSecure ? names.secure : names.plain;
  }

  /** Lax lets a link from elsewhere open a signed-in page; writes are held to our own origin beside it. */
  issue(token: string, lifeMs: number): string {
    const secure = this.#isSecure ? "; Secure" : "";
    return `${this.#name}=${token}; Path=/; Max-Age=${Math.floor(lifeMs / 1_000)}; HttpOnly; SameSite=Lax${secure}`;
  }

  expire(): string {
    return this.issue("", 0);
  }

  /** The token that a request carries, if it looks like one of ours. */
  read(headers: Headers): string | null {
    for (const pair of (headers.get("cookie") ?? "").split(";")) {
      const [name, value] = pair.trim().split("=", 2);
      if (name === this.#name && value !== undefined && /^[\w-]{43}$/.test(value)) return value;
    }
    return null;
  }
}
