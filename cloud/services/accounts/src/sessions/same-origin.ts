/** The part of a request that tells where it was made. */
export interface Origins {
  readonly headers: Headers;
  /** Where people reach us, which a proxy may have rewritten on the way. */
  readonly publicUrl: string;
}

/**
 * Where a browser says that a request was made. `Sec-Fetch-Site` cannot be set by a page; browsers without it send
 * `Origin` with every write. `unsaid` is no browser of the last ten years, or nothing that a page could have made.
 */
export function madeAt({ headers, publicUrl }: Origins): "here" | "elsewhere" | "unsaid" {
  const site = headers.get("sec-fetch-site");
  if (site !== null) return site === "same-origin" || site === "none" ? "here" : "elsewhere";
  const origin = headers.get("origin");
  if (origin === null) return "unsaid";
  const from = hostOf(origin);
  return from !== null && (from === headers.get("host") || from === hostOf(publicUrl)) ? "here" : "elsewhere";
}

const readingMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** A cookie comes along with whatever a page of somebody else makes the browser send; a write needs a sign of our own. */
export function mayUseCookie(request: Origins & { readonly method: string }): boolean {
  return readingMethods.has(request.method) || madeAt(request) === "here";
}

/** Host and port. A proxy that ends TLS hands us another scheme than the browser saw. `null` is an origin, too. */
function hostOf(url: string): string | null {
  return URL.parse(url)?.host ?? null;
}
