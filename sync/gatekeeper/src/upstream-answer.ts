import { Fault } from "@kerbside/proto/base/fault";

const passedHeaders = /^(electric-.*|content-type|retry-after)$/;
const refetchBody = '[{"headers":{"control":"must-refetch"}}]';

/** The shape server's answer as the client gets it: never kept by anyone, nothing of the definition in it. */
export async function passOn(answer: Response): Promise<Response> {
  const headers = ownHeaders();
  for (const [name, value] of answer.headers) if (passedHeaders.test(name)) headers.set(name, value);
  if (answer.status === 200 || answer.status === 409) {
    return new Response(answer.body, { status: answer.status, headers });
  }
  if (answer.status === 400 && (await concernsOffset(answer))) {
    // The log does not reach as far as the client has read, so the client begins anew. As a 400 it would give up.
    return new Response(refetchBody, { status: 409, headers: ownHeaders("application/json; charset=utf-8") });
  }
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

async function concernsOffset(answer: Response): Promise<boolean> {
  const body: unknown = await answer.json().catch(() => null);
  const errors = typeof body === "object" && body !== null && "errors" in body ? body.errors : null;
  return typeof errors === "object" && errors !== null && "offset" in errors;
}

function retryDetails(answer: Response): Record<string, number> {
  const seconds = Number(answer.headers.get("retry-after"));
  return seconds > 0 ? { retry_after_s: seconds } : {};
}
