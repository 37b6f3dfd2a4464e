import { Fault, type FieldError } from "@kerbside/proto/base/fault";

const passedHeaders = /^(electric-.*|content-type|retry-after)$/;
const clientsOwn: ReadonlySet<string> = new Set(["handle", "live", "live_sse", "cursor", "log"]);
const refetchBody = '[{"headers":{"control":"must-refetch"}}]';

/** The shape server's answer as the client gets it: never kept by anyone, nothing of the definition in it. */
export async function passOn(answer: Response): Promise<Response> {
  const headers = ownHeaders();
  for (const [name, value] of answer.headers) if (passedHeaders.test(name)) headers.set(name, value);
  if (answer.status === 200 || answer.status === 409) {
    return new Response(answer.body, { status: answer.status, headers });
  }
  const refused = answer.status === 400 ? await refusal(answer) : {};
  // The log does not reach as far as the client has read, so the client begins anew. As a 400 it would give up.
  if ("offset" in refused)
    return new Response(refetchBody, { status: 409, headers: ownHeaders("application/json; charset=utf-8") });
  if (isRecord(refused["subset"])) throw new Fault("invalid_request", {}, errorsAt("/subset", refused["subset"]));
  const position = Object.entries(refused).filter(([name]) => clientsOwn.has(name));
  if (position.length > 0) throw new Fault("invalid_request", {}, errorsAt("/query", Object.fromEntries(position)));
  if (!answer.bodyUsed) await answer.body?.cancel();
  // Whatever else went wrong, it was not the client's doing, and is worth another try.
  throw new Fault("unavailable", retryDetails(answer));
}

function ownHeaders(contentType?: string): Headers {
  const headers = new Headers({
    "cache-control": "private, no-store",
    vary: "authorization, cookie",
    "x-accel-buffering": "no",
  });
  if (contentType) headers.set("content-type", contentType);
  return headers;
}

/** What the shape server found wrong, by field. */
async function refusal(answer: Response): Promise<Readonly<Record<string, unknown>>> {
  const body: unknown = await answer.json().catch(() => null);
  const errors = isRecord(body) ? body["errors"] : null;
  return isRecord(errors) ? errors : {};
}

/** What is wrong with the client's own words: a subset, or a position that does not fit together. */
function errorsAt(place: string, errors: Readonly<Record<string, unknown>>): readonly FieldError[] {
  return Object.entries(errors).map(([name, messages]) => ({ pointer: `${place}/${name}`, message: String(messages) }));
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function retryDetails(answer: Response): Record<string, number> {
  const seconds = Number(answer.headers.get("retry-after"));
  return seconds > 0 ? { retry_after_s: seconds } : {};
}
