import { lookup } from "node:dns/promises";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import { type Answer, type Post, type Posted, type Refusal, refusals } from "./post.ts";
import { judgeAddresses, parseTarget, type Reach } from "./target.ts";

/** What is kept of an answer, and what is read of it before the connection is dropped. */
const keptBytes = 1_024;
const readBytesMax = 65_536;

/** Every address that a name stands for. A test gives its own. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const resolveBySystem: Resolve = async (hostname) => {
  const found = await lookup(hostname, { all: true, verbatim: true });
  return found.map(({ address }) => address);
};

class TargetRefused extends Error {
  readonly refusal: Refusal;

  constructor(refusal: Refusal, options?: ErrorOptions) {
    super(`the address is refused: ${refusals[refusal]}`, options);
    this.name = "TargetRefused";
    this.refusal = refusal;
  }
}

/**
 * Looks a name up once, judges every address it stands for, and connects to one of those that were judged: a name that
 * leads elsewhere a moment later changes nothing. Redirects are answers like any other and are not followed.
 */
export class HttpPost implements Post {
  readonly #reach: Reach;
  readonly #resolve: Resolve;

  constructor(reach: Reach, resolve: Resolve = resolveBySystem) {
    this.#reach = reach;
    this.#resolve = resolve;
  }

  async refuse(url: string): Promise<Refusal | null> {
    try {
      await this.#locate(url);
      return null;
    } catch (cause) {
      if (cause instanceof TargetRefused) return cause.refusal;
      throw cause;
    }
  }

  async send(posted: Posted, signal: AbortSignal): Promise<Answer> {
    try {
      const { url, addresses } = await this.#locate(posted.url);
      signal.throwIfAborted();
      return await exchange(url, addresses, posted, signal);
    } catch (cause) {
      return { status: null, retryAfter: undefined, text: wordsOf(cause).slice(0, keptBytes) };
    }
  }

  async #locate(text: string): Promise<{ readonly url: URL; readonly addresses: readonly string[] }> {
    const url = parseTarget(text, this.#reach);
    if (!url.ok) throw new TargetRefused(url.error);
    const host = url.value.hostname.replace(/^\[|\]$/g, "");
    const found = isIP(host) === 0 ? await this.#lookUp(host) : [host];
    const addresses = judgeAddresses(url.value, found, this.#reach);
    if (!addresses.ok) throw new TargetRefused(addresses.error);
    return { url: url.value, addresses: addresses.value };
  }

  async #lookUp(host: string): Promise<readonly string[]> {
    try {
      return await this.#resolve(host);
    } catch (cause) {
      throw new TargetRefused(isUnknownName(cause) ? "host_not_found" : "lookup_failed", { cause });
    }
  }
}

function exchange(
  url: URL,
  addresses: readonly string[],
  { headers, body }: Posted,
  signal: AbortSignal,
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(url, {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      lookup: pinnedTo(addresses),
      // A connection of its own for each message: none is shared with an address that was judged another time.
      agent: false,
      signal,
    });
    request.once("error", reject);
    request.once("response", (response) => {
      readAnswer(response).then(resolve, reject);
    });
    request.end(body);
  });
}

/** Reads no more than it has to; a receiver that sends without end is cut off and has answered all the same. */
async function readAnswer(response: IncomingMessage): Promise<Answer> {
  const kept: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of response) {
    const part = Buffer.from(chunk);
    if (bytes < keptBytes) kept.push(part.subarray(0, keptBytes - bytes));
    bytes += part.byteLength;
    if (bytes > readBytesMax) break;
  }
  return {
    status: response.statusCode ?? null,
    retryAfter: response.headers["retry-after"],
    // Postgres takes no NUL in a text.
    text: Buffer.concat(kept).toString("utf8").replaceAll("\u0000", ""),
  };
}

/** Where one of several does not answer, the runtime goes on to the next. */
function pinnedTo(addresses: readonly string[]): LookupFunction {
  const judged = addresses.map((address) => ({ address, family: isIP(address) }));
  return (_hostname, options, callback) => {
    const [first] = judged;
    if (options.all) callback(null, judged);
    else callback(null, first?.address ?? "", first?.family);
  };
}

/** The name's own servers say that it stands for nothing; that they cannot be asked is another matter. */
function isUnknownName(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && (cause.code === "ENOTFOUND" || cause.code === "ENODATA");
}

function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause instanceof AggregateError && cause.message === "" ? String(cause.errors[0]) : cause.message;
}
