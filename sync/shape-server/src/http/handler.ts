import { InvalidRequest } from "../shapes/resolve.ts";
import { type Answer, corsHeaders, type Events, invalid, isEvents, jsonAnswer, unavailable } from "./answer.ts";
import { EitherSignal } from "./either-signal.ts";
import { readDefinition, readShapeRequest } from "./request.ts";
import type { ShapeServing } from "./serve-shape.ts";

/** A request without the clothes of a particular HTTP server. */
export interface Asking {
  readonly method: string;
  readonly url: URL;
  readonly ifNoneMatch: string | null;
  /** Reads the body; null when it is too large. */
  readonly body: () => Promise<string | null>;
  readonly signal: AbortSignal;
}

export interface HandlerOptions {
  readonly serving: ShapeServing;
  readonly isStreaming: () => boolean;
  /** When set, requests must carry it as `secret`. */
  readonly secret: string | null;
  readonly onTrouble: (problem: unknown) => void;
  /** Aborts when the server ends: whoever still waits is sent away to come back. */
  readonly closing: AbortSignal;
  /** Ends the shape that the query names; false when there is none. Null: deletion is off. */
  readonly drop:
    | ((query: URLSearchParams, definition: ReturnType<typeof readDefinition> | null) => Promise<boolean>)
    | null;
}

const preflight: Answer = { status: 204, headers: { "access-control-max-age": "86400" }, body: null };
const noCaching = { "cache-control": "no-cache, no-store, must-revalidate" };

/** Every answer of the server. Rejects only when whoever asked has gone. */
export class Handler {
  readonly #options: HandlerOptions;

  constructor(options: HandlerOptions) {
    this.#options = options;
  }

  async answer(asking: Asking): Promise<Answer> {
    const answer = await this.#guarded(asking);
    const headers = { ...corsHeaders, "electric-server": "kerbside", ...answer.headers };
    if (asking.method === "HEAD") return { ...answer, headers, body: null };
    return { ...answer, headers, body: isEvents(answer.body) ? this.#guardedEvents(answer.body) : answer.body };
  }

  /** Nothing can be said of an error once the stream has begun: it ends, and whoever comes again hears why. */
  #guardedEvents(events: Events): Events {
    const { closing, onTrouble } = this.#options;
    return async function* (gone) {
      using either = new EitherSignal(gone, closing);
      try {
        yield* events(either.signal);
      } catch (problem) {
        if (!either.signal.aborted) onTrouble(problem);
      }
    };
  }

  async #guarded(asking: Asking): Promise<Answer> {
    const { closing } = this.#options;
    using either = new EitherSignal(asking.signal, closing);
    try {
      return await this.#route({ ...asking, signal: either.signal });
    } catch (problem) {
      if (problem instanceof InvalidRequest) return invalid(problem.field, problem.message);
      if (asking.signal.aborted) throw problem;
      if (closing.aborted) return unavailable("the shape server is stopping", 1);
      this.#options.onTrouble(problem);
      return isPostgres(problem)
        ? unavailable("the database does not answer", 5)
        : jsonAnswer(500, { message: "Unable to serve the shape" });
    }
  }

  async #route(asking: Asking): Promise<Answer> {
    const { method, url } = asking;
    if (url.pathname === "/") return { status: 200, headers: {}, body: "" };
    if (url.pathname === "/v1/health") return this.#health();
    if (url.pathname !== "/v1/shape")
      return { status: 404, headers: { "content-type": "text/plain" }, body: "Not found" };
    if (method === "OPTIONS") return preflight;
    if (!this.#isTrusted(url.searchParams)) return jsonAnswer(401, { message: "Unauthorized - Invalid API secret" });
    if (method === "GET" || method === "HEAD") return this.#shape(asking);
    if (method === "POST") return this.#post(asking);
    if (method === "DELETE") return this.#drop(url.searchParams);
    return jsonAnswer(405, { message: "Method not allowed" });
  }

  #health(): Answer {
    const isActive = this.#options.isStreaming();
    return jsonAnswer(isActive ? 200 : 202, { status: isActive ? "active" : "starting" }, noCaching);
  }

  async #shape({ url, ifNoneMatch, signal }: Asking): Promise<Answer> {
    const answer = await this.#options.serving.answer(readShapeRequest(url.searchParams, null), signal);
    const { etag } = answer.headers;
    const isKnown = answer.status === 200 && etag && ifNoneMatch?.split(/\s*,\s*/).includes(etag);
    return isKnown ? { ...answer, status: 304, body: null } : answer;
  }

  async #post({ url, body, signal }: Asking): Promise<Answer> {
    const text = await body();
    if (text === null) return jsonAnswer(413, { message: "Request body too large" });
    return this.#options.serving.answer(readShapeRequest(url.searchParams, text), signal);
  }

  async #drop(query: URLSearchParams): Promise<Answer> {
    const { drop } = this.#options;
    if (!drop) return jsonAnswer(405, { message: "DELETE not allowed" });
    const definition = query.has("table") ? readDefinition(query) : null;
    const isDropped = await drop(query, definition);
    return isDropped
      ? { status: 202, headers: { "cache-control": "no-cache" }, body: "" }
      : jsonAnswer(404, { message: "Shape not found" });
  }

  #isTrusted(query: URLSearchParams): boolean {
    const { secret } = this.#options;
    return secret === null || (query.get("secret") ?? query.get("api_secret")) === secret;
  }
}

/** Errors of the database and of the way to it carry a code. */
function isPostgres(problem: unknown): boolean {
  return problem instanceof Error && ("code" in problem || /connection|terminated/i.test(problem.message));
}
