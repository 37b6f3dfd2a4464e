import { lookup } from "node:dns/promises";
import http, { type IncomingMessage } from "node:http";
import https from "node:https";
import { isIP, type LookupFunction } from "node:net";
import type { Answer, Post, Posted } from "./post.ts";
import { chooseAddress, parseTarget, type Reach } from "./target.ts";

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
  constructor(why: string) {
    super(`the address is refused: ${why}`);
    this.name = "TargetRefused";
  }
}

/**
 * Looks a name up once, judges every address it stands for, and connects to the one that was judged: a name that leads
 * elsewhere a moment later changes nothing. Redirects are answers like any other and are not followed.
 */
export class HttpPost implements Post {
  readonly #reach: Reach;
  readonly #resolve: Resolve;

  constructor(reach: Reach, resolve: Resolve = resolveBySystem) {
    this.#reach = reach;
    this.#resolve = resolve;
  }

  async refuse(url: string): Promise<string | null> {
    return this.#locate(url).then(
      () => null,
      (cause: unknown) => wordsOf(cause),
    );
  }

  async send(posted: Posted, signal: AbortSignal): Promise<Answer> {
    try {
      const { url, address } = await this.#locate(posted.url);
      signal.throwIfAborted();
      return await exchange(url, address, posted, signal);
    } catch (cause) {
      return { status: null, retryAfter: undefined, text: wordsOf(cause).slice(0, keptBytes) };
    }
  }

  async #locate(text: string): Promise<{ readonly url: URL; readonly address: string }> {
    const url = parseTarget(text, this.#reach);
    if (!url.ok) throw new TargetRefused(url.error);
    const host = url.value.hostname.replace(/^\[|\]$/g, "");
    const addresses = isIP(host) === 0 ? await this.#resolve(host) : [host];
    const address = chooseAddress(url.value, addresses, this.#reach);
    if (!address.ok) throw new TargetRefused(address.error);
    return { url: url.value, address: address.value };
  }
}

function exchange(url: URL, address: string, { headers, body }: Posted, signal: AbortSignal): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const request = (url.protocol === "https:" ? https : http).request(url, {
      method: "POST",
      headers: { ...headers, "content-length": Buffer.byteLength(body) },
      lookup: pinnedTo(address),
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

function pinnedTo(address: string): LookupFunction {
  const family = isIP(address);
  return (_hostname, options, callback) => {
    if (options.all) callback(null, [{ address, family }]);
    else callback(null, address, family);
  };
}

function wordsOf(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  return cause instanceof AggregateError && cause.message === "" ? String(cause.errors[0]) : cause.message;
}
